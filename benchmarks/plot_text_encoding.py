"""Draw what ``text_encoding.py`` measured: seconds of each way, and growth with the vocabulary.

python benchmarks/plot_text_encoding.py docs/performance/text_encoding.jsonl
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt


def main() -> None:
    file = Path(sys.argv[1])
    records = [json.loads(line) for line in file.read_text().splitlines()]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), width_ratios=(3, 2))
    draw_ways(left, [r for r in records if r['vocabulary'] == 'ade20k'])
    draw_growth(right, [r for r in records if r['vocabulary'].startswith('names:')])
    figure.tight_layout()
    figure.savefig(file.with_suffix('.png'), dpi=120)


def draw_ways(axes, records: list[dict]) -> None:
    seconds = [r['seconds'] for r in records]
    bars = axes.barh([r['way'] for r in records], seconds, color='tab:blue')
    axes.bar_label(bars, [f'{s:.0f} s' for s in seconds], padding=3)
    axes.invert_yaxis()
    axes.set_xlabel('seconds')
    first = records[0]
    axes.set_title(f'{first["model"]}, ADE20K, {first["prompts"]:,} prompts', fontsize=10)
    axes.margins(x=0.18)


def draw_growth(axes, records: list[dict]) -> None:
    for templates in sorted({r['templates'] for r in records}):
        points = sorted(
            (r['candidates'], r['seconds']) for r in records if r['templates'] == templates
        )
        axes.plot(*zip(*points, strict=True), marker='o', label=f'{templates} templates')
    axes.set_xlabel('names')
    axes.set_ylabel('seconds')
    axes.set_title(f'growth, {records[0]["model"]}', fontsize=10)
    axes.legend()
    axes.set_xlim(0)
    axes.set_ylim(0)


if __name__ == '__main__':
    main()

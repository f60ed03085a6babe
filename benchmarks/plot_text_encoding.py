"""Draw what ``text_encoding.py`` measured: seconds of each way, and growth with the vocabulary.

python benchmarks/plot_text_encoding.py docs/performance/text_encoding.jsonl

Writes a picture for each language of the docs: ``text_encoding.png``, ``text_encoding_zh-CN.png``.
"""

import json
import string
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import matplotlib

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

matplotlib.use('Agg')
import matplotlib.pyplot as plt
from fontTools.subset import Subsetter
from fontTools.ttLib import TTCollection, TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from matplotlib.font_manager import FontProperties, fontManager

from seg.panoptic.text_drawing import best_font

CHINESE = {
    "open_clip's build_zero_shot_classifier": 'open_clip 的 build_zero_shot_classifier',
    'prefix tree, fp32': '前缀树，fp32',
    'prefix tree, bf16': '前缀树，bf16',
    'bare matrix products of the distinct prefixes': '下限：只对互不相同的前缀做矩阵乘法',
    '{:.0f} s': '{:.0f} 秒',
    'seconds': '秒',
    '{}, ADE20K, {:,} prompts': '{}，ADE20K，{:,} 条提示词',
    '{} templates': '{} 个模板',
    'names': '名称数',
    'growth, {}': '随词表增长，{}',
}


def main() -> None:
    file = Path(sys.argv[1])
    records = [json.loads(line) for line in file.read_text().splitlines()]
    draw(records, file.with_suffix('.png'), str)
    with tempfile.TemporaryDirectory() as folder:
        font = chinese_font(folder)
        fontManager.addfont(font)
        with plt.rc_context({'font.family': [FontProperties(fname=font).get_name()]}):
            draw(records, file.with_name(f'{file.stem}_zh-CN.png'), CHINESE.__getitem__)


def chinese_font(folder: str) -> str:
    """A font with the characters of the Chinese picture and ASCII, of regular weight."""
    characters = ''.join(CHINESE.values()) + string.printable
    path = best_font(frozenset(map(ord, ''.join(CHINESE.values()))))
    faces = TTCollection(path).fonts if path.endswith('c') else [TTFont(path)]
    # A collection has a face for each country, which draws some characters its own way.
    font = next((own for own in faces if ' SC' in own['name'].getDebugName(1)), faces[0])
    subsetter = Subsetter()
    subsetter.populate(text=characters)
    subsetter.subset(font)
    if 'fvar' in font:  # matplotlib takes the thinnest of all weights
        font = instantiateVariableFont(font, {'wght': 400})
    font.save(f'{folder}/chinese.otf')
    return f'{folder}/chinese.otf'


def draw(records: list[dict], file: Path, say: Callable[[str], str]) -> None:
    """Write the picture; ``say`` gives English words in its language."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), width_ratios=(3, 2))
    draw_ways(left, [r for r in records if r['vocabulary'] == 'ade20k'], say)
    draw_growth(right, [r for r in records if r['vocabulary'].startswith('names:')], say)
    figure.tight_layout()
    figure.savefig(file, dpi=120)


def draw_ways(axes, records: list[dict], say: Callable[[str], str]) -> None:
    seconds = [r['seconds'] for r in records]
    bars = axes.barh([say(r['way']) for r in records], seconds, color='tab:blue')
    axes.bar_label(bars, [say('{:.0f} s').format(s) for s in seconds], padding=3)
    axes.invert_yaxis()
    axes.set_xlabel(say('seconds'))
    first = records[0]
    title = say('{}, ADE20K, {:,} prompts').format(first['model'], first['prompts'])
    axes.set_title(title, fontsize=10)
    axes.margins(x=0.18)


def draw_growth(axes, records: list[dict], say: Callable[[str], str]) -> None:
    for templates in sorted({r['templates'] for r in records}):
        points = sorted(
            (r['candidates'], r['seconds']) for r in records if r['templates'] == templates
        )
        label = say('{} templates').format(templates)
        axes.plot(*zip(*points, strict=True), marker='o', label=label)
    axes.set_xlabel(say('names'))
    axes.set_ylabel(say('seconds'))
    axes.set_title(say('growth, {}').format(records[0]['model']), fontsize=10)
    axes.legend()
    axes.set_xlim(0)
    axes.set_ylim(0)


if __name__ == '__main__':
    main()

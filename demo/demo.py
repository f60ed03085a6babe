"""The whole of RPS in a few minutes: data, classifier, training, evaluation, words never seen.

Runs the command lines that a user would run, prints each before it runs it, and ends with a page of
pictures. Everything goes to one folder; nothing is downloaded. A later run with other words takes
data, classifiers, training and evaluation of the earlier one.
"""

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from next_steps import as_written, next_steps
from record import project_digest
from steps import Steps

from ext.class_names.shapes_full import COLOURS, SHAPES
from ext.class_names.shapes_open import RESERVED
from seg.apis.arguments import expanded
from seg.apis.command_line import run_command

ROOT = Path(__file__).resolve().parents[1]
CONFIG = 'configs/reg_sam/clip_shapes.py'
#: A name for each of the 36 things of words that no class of training has: 'crimson ball', ...
THINGS = '; '.join(
    f'{RESERVED[colour]} {RESERVED[shape]}' for shape in SHAPES for colour in COLOURS
)
NEEDED = ('pictures', 'train classifier', 'val classifier')
STUFF = 'grass; sky; sand; brick wall; water; snow'


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--classes',
        type=expanded,
        default=THINGS,
        help="thing classes for the last picture (default: 36 such as 'crimson ball')",
    )
    parser.add_argument(
        '--stuff',
        type=expanded,
        default=STUFF,
        help=f'stuff classes for the last picture ({STUFF})',
    )
    parser.add_argument(
        '--out-dir', type=expanded, default='demo_output', help='default: demo_output'
    )
    parser.add_argument('--images', type=int, default=400, help='training images')
    parser.add_argument('--val', type=int, default=150, help='evaluation images')
    parser.add_argument('--epochs', type=int, default=3, help='of the short training')
    parser.add_argument(
        '--again', action='store_true', help='make all anew, also what has not changed'
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    for name in ('images', 'val', 'epochs'):
        if getattr(args, name) < 1:
            parser.error(f'--{name} must be at least 1, got {getattr(args, name)}')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.models.embedded.segmenter import embedded_model
    from seg.text_classifier.candidates import split_classes
    from seg.text_classifier.class_list import read_classes

    checkpoint = embedded_model().checkpoint
    # What is wrong with the words shows now, not after minutes.
    split_classes((*read_classes(args.classes), *read_classes(args.stuff)))
    out = Path(args.out_dir).expanduser().resolve()
    data = out / 'data' / 'ADEChallengeData2016'
    os.environ |= {
        'SHAPES_OPEN_ROOT': str(data),
        'RPS_CLASSIFIER_ROOT': str(out / 'embd'),
        'HF_HUB_OFFLINE': '1',
    }
    steps = Steps(ROOT, out, project_digest(), again=args.again)
    start = time.perf_counter()
    make_data(steps, args, out)
    make_classifiers(steps, out)
    train_briefly(steps, args, out)
    evaluate(steps, out, checkpoint)
    picture = most_varied_image(data)
    segment_with_new_words(steps, args, out, picture, checkpoint)

    from report.charts import quality  # only now: they take seconds to import
    from report.page import write_report

    steps_to_try = next_steps(changed_options(args), data, CONFIG)
    words = (args.classes, args.stuff)
    page = write_report(out, data, picture, steps.done, words, steps_to_try)
    results = json.loads((out / 'results.json').read_text())['summary']
    print(f'\n== done in {time.perf_counter() - start:.0f} s')
    print(f'PQ seen:    {quality(results["PQ_seen"])}')
    print(f'PQ unseen:  {quality(results["PQ_unseen"])}')
    print(f'pictures:   {as_written(page)}')
    print(f'next:       {steps_to_try[0].command}')


def changed_options(args: argparse.Namespace) -> dict[str, object]:
    """Options other than words that have not their default."""
    default = vars(parse_args([]))
    names = ('out_dir', 'images', 'val', 'epochs')
    return {name: getattr(args, name) for name in names if getattr(args, name) != default[name]}


def make_data(steps: Steps, args: argparse.Namespace, out: Path) -> None:
    steps.run(
        'Pictures of the shapes world: novel classes in validation alone',
        f'tools/make_shapes.py {out / "data"} --vocabulary shapes_open '
        f'--images {args.images} --val {args.val} --force',
        name='pictures',
        makes=[out / 'data'],
    )


def make_classifiers(steps: Steps, out: Path) -> None:
    for split, words, dataset in (
        ('train', '30 classes to train with', 'ShapesBasePanopticDataset'),
        ('val', '12 more to be tested on', 'ShapesOpenPanopticDataset'),
    ):
        file = out / 'embd' / f'shapes_clip_{dataset}'
        steps.run(
            f'Text classifier of the embedded CLIP: {words}',
            f'tools/gen_cls.py {CONFIG} --split {split} --force',
            name=f'{split} classifier',
            makes=[file.with_suffix('.pth'), file.with_suffix('.json')],
        )


def train_briefly(steps: Steps, args: argparse.Namespace, out: Path) -> None:
    steps.run(
        f'A short training from the frozen CLIP: {args.epochs} pass{"" if args.epochs == 1 else "es"} '
        f'over {args.images} pictures',
        f'tools/train.py {CONFIG} --work-dir {out / "training"} --verbose --cfg-options '
        f'train_cfg.max_epochs={args.epochs} train_cfg.val_interval=1 '
        'param_scheduler.0.end=20 optim_wrapper.optimizer.lr=3e-3 '  # learns most in 150 steps
        'val_evaluator.classwise=False default_hooks.logger.interval=10',
        name='training',
        makes=[out / 'training'],
        needs=NEEDED,
        show=_progress_of_training,
    )


def evaluate(steps: Steps, out: Path, checkpoint: Path) -> None:
    steps.run(
        'The model that comes with RPS, on classes seen and unseen',
        f'tools/test.py {CONFIG} {checkpoint} --work-dir {out / "test"} '
        f'--show-dir {out / "predictions"} '
        '--cfg-options test_evaluator.classwise=False '
        f'test_evaluator.results_file={out / "results.json"}',
        name='evaluation',
        makes=[out / 'results.json', out / 'predictions'],
        needs=NEEDED,
        show=_table_or_progress,
    )


def segment_with_new_words(
    steps: Steps, args: argparse.Namespace, out: Path, image: Path, checkpoint: Path
) -> None:
    steps.run(
        'One picture, and '
        f'{"words that training never saw" if args.classes == THINGS else "the words of --classes"}',
        f'demo/image_demo.py {image} {CONFIG} {checkpoint} --out-dir {out}',
        '--classes', args.classes, '--stuff', args.stuff,
    )  # fmt: skip


def most_varied_image(data: Path) -> Path:
    """The validation picture with the most classes, the first of several."""
    content = json.loads((data / 'ade20k_panoptic_val.json').read_text())
    names = {image['id']: image['file_name'] for image in content['images']}
    best = max(
        content['annotations'], key=lambda a: len({s['category_id'] for s in a['segments_info']})
    )
    return data / 'images/validation' / names[best['image_id']]


def _progress_of_training(line: str) -> str | None:
    """The lines of mmengine's log that a person wants to see."""
    step = re.search(r'Epoch\(train\)\s+(\[\d+\]\[.*?\]).*eta: (\S+).* loss: ([\d.]+)', line)
    if step:
        return f'training {step[1]}, loss {step[3]}, {step[2]} left'
    scores = re.search(r'Epoch\(val\).*\bPQ: ([\d.]+)', line)
    groups = re.findall(r'PQ_(seen|unseen): ([\d.]+)', line)
    if scores:
        return f'PQ {scores[1]}, ' + ', '.join(f'{name} {value}' for name, value in groups)
    return None


def _table_or_progress(line: str) -> str | None:
    if re.match(r'\s*[|+]', line) or line.startswith('mIoU'):
        return line
    step = re.search(r'Epoch\(test\)\s+(\[\s*\d+/\d+\])\s+eta: (\S+)', line)
    return f'testing {step[1]}, {step[2]} left' if step else None


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())

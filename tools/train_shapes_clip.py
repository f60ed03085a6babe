"""Train the embedded CLIP, on rendered pictures and captions."""

import argparse
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, natural, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=expanded, help='output folder for weights and manifest')
    length = parser.add_mutually_exclusive_group()
    length.add_argument('--minutes', type=float, help='training time in minutes (default: 60)')
    length.add_argument('--steps', type=positive, help='train for this number of steps instead')
    length.add_argument(
        '--merges-only',
        action='store_true',
        help="train nothing: write the tokenizer's merges, bpe.txt.gz, for words that have changed",
    )
    parser.add_argument(
        '--start',
        type=expanded,
        help='start from the weights in this folder (default: random weights)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='random seed for weights and data (default: 0)'
    )
    parser.add_argument(
        '--pictures',
        type=positive,
        default=32,
        help='single-object pictures per batch (default: 32)',
    )
    parser.add_argument(
        '--scenes', type=positive, default=12, help='scenes per batch (default: 12)'
    )
    parser.add_argument('--learning-rate', type=float, default=2.5e-3, help='(default: 0.0025)')
    parser.add_argument('--threads', type=positive, default=1, help='training threads (default: 1)')
    parser.add_argument(
        '--workers', type=natural, default=1, help='rendering processes (default: 1)'
    )
    parser.add_argument(
        '--crops', type=positive, default=5, help='evaluation crops per combination'
    )
    parser.add_argument('--eval-scenes', type=positive, default=200, help='evaluation scenes')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def write_merges(out: Path) -> None:
    from seg.runtime.whole_files import write_whole
    from seg.shapes.clip.captions import all_words
    from seg.shapes.clip.merges import learn_merges, merges_file

    words = all_words()
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / 'bpe.txt.gz', merges_file(learn_merges(words)))
    print(
        f'{out / "bpe.txt.gz"} makes one token of each of {len(words)} words; copy it into '
        "seg/models/embedded/shapes_clip, set vocab_size in its JSON to the tokenizer's, and train"
    )


def main(args: argparse.Namespace, command: str) -> None:
    import torch

    from seg.shapes.clip.accuracy import describe_accuracy
    from seg.shapes.clip.run_training import train_shapes_clip
    from seg.shapes.clip.training import Schedule

    out = Path(args.out).expanduser()
    if args.merges_only:
        write_merges(out)
        return
    torch.set_num_threads(args.threads)
    schedule = Schedule(
        steps=args.steps,
        minutes=60.0 if args.steps is None and args.minutes is None else args.minutes,
        pictures=args.pictures,
        scenes=args.scenes,
        learning_rate=args.learning_rate,
        workers=args.workers,
    )
    accuracy = train_shapes_clip(
        out,
        schedule,
        seed=args.seed,
        command=command,
        start=args.start and Path(args.start).expanduser(),
        crops=args.crops,
        scenes=args.eval_scenes,
    )
    print(describe_accuracy(accuracy))
    print(f'weights and manifest are in {out}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    command = shlex.join(['tools/train_shapes_clip.py', *(sys.argv[1:] if argv is None else argv)])
    return run_command(lambda: main(args, command))


if __name__ == '__main__':
    sys.exit(run())

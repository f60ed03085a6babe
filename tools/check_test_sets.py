"""Check the files of test sets, those of tools/test.py --on; exit code 1 if something is wrong."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import positive
from seg.apis.command_line import run_command

_SHOWN = 10


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'test_sets',
        nargs='+',
        help='names of configs/test_sets, such as pc59, config files of your own, or all',
    )
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> int:
    from seg.apis.zero_shot.check import check_test_set
    from seg.apis.zero_shot.test_sets import find_test_sets
    from seg.runtime.parallel import available_cpus
    from seg.runtime.project_files import how_to_run

    right, wrong = [], 0
    for test_set in find_test_sets(args.test_sets):
        absence = test_set.absence()
        if absence is not None:
            print(f'{test_set.name}: {absence}')
            continue
        try:
            found = check_test_set(test_set, args.workers or available_cpus())
        except (OSError, ValueError) as error:
            print(f'{test_set.name}: {error}')
            wrong += 1
            continue
        print(
            f'{test_set.name}: {found.images:,} pictures, {found.used} of {found.classes} classes seen'
            f' in them, {len(found.problems) or "no"} problem{"" if len(found.problems) == 1 else "s"}'
        )
        for line in found.problems[:_SHOWN]:
            print(f'  {line}')
        if len(found.problems) > _SHOWN:
            print(f'  ... and {len(found.problems) - _SHOWN:,} more')
        wrong += bool(found.problems)
        right += [] if found.problems else [test_set.name]
    if right:
        print(f'next: {how_to_run("tools/test.py")} CONFIG CHECKPOINT --on {" ".join(right)}')
    return 1 if wrong or not right else 0


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())

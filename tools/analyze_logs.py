"""Plot what a training logged, losses and results, or tell the time of its steps."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    tasks = parser.add_subparsers(dest='task', required=True, metavar='TASK')
    plot = tasks.add_parser('plot_curve', help='curves of losses and results')
    time = tasks.add_parser('cal_train_time', help='the mean time of a step')
    for task in (plot, time):
        task.add_argument(
            'json_logs',
            type=expanded,
            nargs='+',
            metavar='LOG',
            help='vis_data/scalars.json of a training, or its work folder for the newest there',
        )
    plot.add_argument(
        '--keys',
        nargs='+',
        default=['PQ'],
        metavar='KEY',
        help='what is plotted: loss, PQ, bbox_mAP, ... (default: PQ)',
    )
    plot.add_argument(
        '--start-epoch', type=positive, default=1, metavar='N', help='leave out earlier epochs'
    )
    plot.add_argument('--eval-interval', help=argparse.SUPPRESS)  # the log says it
    plot.add_argument('--title', help='title of the figure')
    plot.add_argument(
        '--legend', nargs='+', metavar='TEXT', help='one text for each key of each log'
    )
    plot.add_argument('--backend', help="matplotlib's backend")
    plot.add_argument('--style', help="matplotlib's style, dark_background say")
    plot.add_argument(
        '--out',
        type=expanded,
        metavar='FILE',
        help='file for the figure: .png, .pdf, .svg (default: a window)',
    )
    time.add_argument(
        '--include-outliers',
        action='store_true',
        help="count each epoch's first time too, which has the start of the data workers in it",
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.task == 'plot_curve':
        count = len(args.json_logs) * len(args.keys)
        if args.legend and len(args.legend) != count:
            parser.error(f'--legend takes {count} texts, one for each key of each log')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.analysis.train_log import find_log, read_log

    logs = {given: read_log(find_log(Path(given))) for given in args.json_logs}
    if args.task == 'plot_curve':
        plot_curve(args, logs)
    else:
        cal_train_time(args, logs)


def plot_curve(args: argparse.Namespace, logs: dict[str, list[dict]]) -> None:
    from seg.apis.analysis.curves import plot
    from seg.apis.analysis.train_log import curve

    curves = [
        (f'{given}: {key}' if len(logs) > 1 else key, curve(records, key, args.start_epoch))
        for given, records in logs.items()
        for key in args.keys
    ]
    if args.legend:
        curves = [(text, own) for text, (_, own) in zip(args.legend, curves, strict=True)]
    out = Path(args.out) if args.out else None
    plot(curves, out, title=args.title, style=args.style, backend=args.backend)
    if out is not None:
        print(f'saved: {out}')


def cal_train_time(args: argparse.Namespace, logs: dict[str, list[dict]]) -> None:
    from statistics import fmean, pstdev

    from seg.apis.analysis.train_log import step_times

    for given, records in logs.items():
        means = step_times(records, include_outliers=args.include_outliers)
        slowest, fastest = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
        print(f'{given}:')
        print(f'  slowest epoch {slowest}, average time {means[slowest]:.4f} s/iter')
        print(f'  fastest epoch {fastest}, average time {means[fastest]:.4f} s/iter')
        print(f'  standard deviation over epochs {pstdev(means.values()):.4f}')
        print(f'  average {fmean(means.values()):.4f} s/iter')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())

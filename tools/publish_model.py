"""Publish a trained model: a folder for another machine or the hub, or the weights in half precision."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import add_trust_option, run_command

_OF_FOLDER = ('config', 'picture', 'name', 'licence', 'push_to_hub')


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint', type=expanded, help='a checkpoint of training')
    parser.add_argument(
        'out',
        type=expanded,
        help='a folder, which holds all that another machine needs; or the file of the weights, '
        'NAME.pth, and NAME.json says how they were made',
    )
    parser.add_argument(
        '--config',
        type=expanded,
        help='the config it was trained with; default: the one beside the checkpoint',
    )
    parser.add_argument(
        '--results',
        type=expanded,
        metavar='RESULTS.json',
        help='results_file of its evaluation; default for a folder: what a best checkpoint holds',
    )
    parser.add_argument(
        '--picture', type=expanded, help='a picture, which the model card shows with its segments'
    )
    parser.add_argument('--name', help="the model's name; default: that of the folder")
    parser.add_argument(
        '--licence',
        '--license',
        metavar='ID',
        help="the hub's name of a licence, such as apache-2.0",
    )
    parser.add_argument('--made-by', help='the command it was trained with, for the manifest')
    parser.add_argument('--fp32', action='store_true', help='keep single precision')
    parser.add_argument(
        '--push-to-hub', metavar='ORG/NAME', help='send the folder to the Hugging Face hub'
    )
    parser.add_argument(
        '--private',
        action='store_true',
        help='with --push-to-hub, show a new model to its owners alone',
    )
    add_trust_option(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    given = [name for name in _OF_FOLDER if getattr(args, name)]
    if args.out.endswith('.pth') and given:
        parser.error(f'--{given[0].replace("_", "-")} is for a folder, and {args.out} is a file')
    if args.private and not args.push_to_hub:
        parser.error('--private needs --push-to-hub')
    return args


def main(args: argparse.Namespace) -> None:
    if args.out.endswith('.pth'):
        publish_weights(args)
    else:
        publish(args)


def publish_weights(args: argparse.Namespace) -> None:
    """The file of the weights, and its manifest."""
    from seg.apis.publishing.results import results_of_file
    from seg.apis.publishing.weights import publish_model

    record = {'made_by': args.made_by}
    out = Path(args.out)
    if args.results:
        record['results'] = results_of_file(Path(args.results))
        if Path(args.results).resolve() == out.with_suffix('.json').resolve():
            raise ValueError(
                f'{args.results} would be replaced by the manifest; give out another name'
            )
    manifest = publish_model(
        Path(args.checkpoint),
        out,
        half=not args.fp32,
        record=record,
        trust_checkpoint=args.trust_checkpoint,
    )
    print(
        f'{out}: {manifest["parameters"]:,} parameters, {manifest["bytes"] / 1e6:.1f} MB, '
        f'{manifest["precision"]}'
    )


def publish(args: argparse.Namespace) -> None:
    """The folder, and its copy on the hub."""
    from seg.apis.publishing.push import push_folder, require_token

    if args.push_to_hub:
        require_token(args.push_to_hub)
    from seg.apis.publishing.folder import Publication, publish_folder
    from seg.runtime.project_files import how_to_run

    folder = Path(args.out)
    manifest = publish_folder(
        Publication(
            Path(args.checkpoint),
            config=args.config,
            results=args.results and Path(args.results),
            picture=args.picture and Path(args.picture),
            name=args.name,
            licence=args.licence,
            made_by=args.made_by,
            repository=args.push_to_hub,
            half=not args.fp32,
            trust_checkpoint=args.trust_checkpoint,
        ),
        folder,
    )
    size = sum(record.bytes for record in manifest.files.values())
    print(
        f'{folder}: {manifest.parameters:,} parameters, {size / 1e6:.1f} MB, {manifest.precision}'
    )
    if args.push_to_hub:
        address = push_folder(folder, args.push_to_hub, private=args.private)
        print(f'sent: {address}')
        folder = f'hf-hub:{args.push_to_hub}'
    print(f'next: {how_to_run("demo/image_demo.py")} PICTURE {folder}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())

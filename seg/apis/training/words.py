"""What a training or a test tells a person before it begins, and when it is over."""

import re
import shutil
from pathlib import Path
from shlex import quote

import torch
from mmengine.dataset import BaseDataset
from mmengine.dist import get_world_size
from mmengine.runner import EpochBasedTrainLoop, Runner

from seg.apis.config.read import is_panoptic
from seg.runtime.checkpoints.files import latest_checkpoint
from seg.runtime.project_files import how_to_run


def before_training(runner: Runner) -> str:
    """What is trained on what, and where the log is.

    Args:
        runner: Before its training, with its loops.
    """
    loop = runner.train_loop
    steps = _number(loop.max_iters, 'step')
    if isinstance(loop, EpochBasedTrainLoop):
        steps = f'{_number(loop.max_epochs, "epoch")} of {_number(len(loop.dataloader), "step")}'
    # A sampler of mmdet's makes whole batches, and the loader knows of no size.
    batch_size = getattr(loop.dataloader.batch_sampler, 'batch_size', loop.dataloader.batch_size)
    each = ' in each process' if get_world_size() > 1 else ''
    return '\n'.join(
        (
            f'training {_what_on_what(runner, loop.dataloader.dataset)}',
            f'{steps} of {_number(batch_size, "picture")}{each}; all of the log: {_shown(Path(runner.log_dir))}',
        )
    )


def before_test(runner: Runner) -> str:
    """What is tested on what, and where the log is.

    Args:
        runner: Before its test, with its loops.
    """
    return '\n'.join(
        (
            f'testing {_what_on_what(runner, runner.test_loop.dataloader.dataset)}',
            f'all of the log: {_shown(Path(runner.log_dir))}',
        )
    )


def after_test(config: str, checkpoint: str) -> str:
    """A command that goes on with a model that was tested.

    Args:
        config: As the user gave it.
        checkpoint: Likewise.
    """
    model = f'{quote(config)} {quote(checkpoint)}'
    return f'next: {how_to_run("demo/image_demo.py")} PICTURE {model}'


def after_interruption(runner: Runner, *, instead_of: str = '') -> str:
    """How far a training came that was stopped, and how it goes on.

    Args:
        runner: In the middle of its training.
        instead_of: An option of the command that ``--resume`` takes the place of.
    """
    done = f'stopped after step {runner.iter:,}'
    file = latest_checkpoint(Path(runner.work_dir))
    if file is None:
        return f'{done}, before the first checkpoint'
    how = f'in place of {instead_of} ' if instead_of else ''
    return f'{done}; the same command with --resume {how}goes on from {_shown(file)}'


def next_steps(runner: Runner) -> str:
    """The checkpoint to use, its quality where that was measured, and commands that go on with it.

    Args:
        runner: After its training.
    """
    folder = Path(runner.work_dir)
    known = runner.message_hub.runtime_info
    best = Path(known['best_ckpt']) if 'best_ckpt' in known else None
    file = best if best is not None and best.is_file() else latest_checkpoint(folder)
    if file is None:
        return f'trained; {_shown(folder)} has the log, but no checkpoint'
    quality = ''
    measure = re.match(r'best_(.+)_(epoch|iter)_', file.name)
    if file == best and measure is not None:
        quality = f', the best, {measure[1]} {known["best_score"]:.2f}'
    model = f'{quote(_shown(folder / Path(runner.cfg.filename).name))} {quote(_shown(file))}'
    lines = [
        f'trained: {_shown(file)}{quality}',
        f'next: {how_to_run("tools/test.py")} {model}',
    ]
    if is_panoptic(runner.cfg):
        lines += [
            f'      {how_to_run("demo/image_demo.py")} PICTURE {model}',
            f'      {how_to_run("demo/app.py")} {model}',
            f'      {how_to_run("tools/publish_model.py")} {quote(_shown(file))} FOLDER',
        ]
    return '\n'.join(lines)


def _what_on_what(runner: Runner, dataset: BaseDataset) -> str:
    """``regnet_coco on 5,000 pictures of CocoPanopticOVDataset, 133 classes (80 things), on the CPU``."""
    classes = dataset.metainfo.get('classes', ())
    things = dataset.metainfo.get('thing_classes')
    kinds = _number(len(classes), 'class', 'es')
    if things is not None:
        kinds += f' ({_number(len(things), "thing")})'
    inner = dataset
    while not hasattr(inner, 'dataset_name') and hasattr(inner, 'dataset'):  # within wrappers
        inner = inner.dataset
    pictures = _number(len(dataset), 'picture')
    if getattr(inner, 'dataset_name', ''):
        pictures += f' of {inner.dataset_name}'
    device = next((own.device for own in runner.model.parameters()), torch.device('cpu'))
    where = torch.cuda.get_device_name(device) if device.type == 'cuda' else _cpu()
    if get_world_size() > 1:
        where += f', {get_world_size()} processes'
    return f'{Path(runner.cfg.filename).stem} on {pictures}, {kinds}, on {where}'


def _cpu() -> str:
    """The CPU, and why it is not a GPU that the machine seems to have."""
    if shutil.which('nvidia-smi') is None:
        return 'the CPU'
    if torch.version.cuda is None:
        return (
            f'the CPU: PyTorch {torch.__version__} is built without CUDA, though there is a driver '
            '(nvidia-smi); https://pytorch.org/get-started names the one with it'
        )
    return 'the CPU: PyTorch sees no GPU, though there is a driver (nvidia-smi)'


def _number(count: int, of: str, plural: str = 's') -> str:
    return f'{count:,} {of}{plural * (count != 1)}'


def _shown(path: Path) -> str:
    """Seen from the current folder, where it lies below that."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)

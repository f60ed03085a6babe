"""What to do with a trained model."""

from pathlib import Path
from shlex import quote

from mmengine.runner import Runner

from seg.runtime.checkpoints.files import latest_checkpoint
from seg.runtime.project_files import how_to_run


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
    quality = f', the best, PQ {known["best_score"]:.2f}' if file == best else ''
    model = f'{quote(_shown(folder / Path(runner.cfg.filename).name))} {quote(_shown(file))}'
    return '\n'.join(
        (
            f'trained: {_shown(file)}{quality}',
            f'next: {how_to_run("tools/test.py")} {model}',
            f'      {how_to_run("demo/image_demo.py")} PICTURE {model}',
            f'      {how_to_run("demo/app.py")} {model}',
        )
    )


def _shown(path: Path) -> str:
    """Seen from the current folder, where it lies below that."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)

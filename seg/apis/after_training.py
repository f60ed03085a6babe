"""What to do with a trained model."""

from pathlib import Path
from shlex import quote

from mmengine.runner import Runner

from seg.runtime.checkpoints.files import latest_checkpoint
from seg.runtime.project_files import how_to_run


def after_training(runner: Runner) -> str:
    """The checkpoint to use, its quality where that was measured, and commands that go on with it.

    Args:
        runner: After its training.
    """
    folder = Path(runner.work_dir)
    config = quote(str(folder / Path(runner.cfg.filename).name))
    best = runner.message_hub.get_info('best_ckpt') if _has_best(runner) else None
    file = Path(best) if best and Path(best).is_file() else latest_checkpoint(folder)
    if file is None:
        return f'trained; {folder} has the log, but no checkpoint'
    score = runner.message_hub.get_info('best_score') if best and str(file) == best else None
    quality = '' if score is None else f', the best, PQ {score:.2f}'
    checkpoint = quote(str(file))
    return '\n'.join(
        (
            f'trained: {file}{quality}',
            f'next: {how_to_run("tools/test.py")} {config} {checkpoint}',
            f'      {how_to_run("demo/image_demo.py")} PICTURE {config} {checkpoint}',
            f'      {how_to_run("demo/app.py")} {config} {checkpoint}',
        )
    )


def _has_best(runner: Runner) -> bool:
    return 'best_ckpt' in runner.message_hub.runtime_info

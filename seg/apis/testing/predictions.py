"""``--out``: what is predicted in a test, as a file."""

from pathlib import Path

from mmengine.runner import Runner

from seg.evaluation import CocoResults, PickledResults
from seg.runtime.launch import on_rank_zero
from seg.runtime.output_files import require_new

PICKLED = ('.pkl', '.pickle')


def require_free_results(file: Path) -> None:
    """See that the predictions can be written, before a test.

    Args:
        file: ``NAME.json``, or a name in :data:`PICKLED`.

    Raises:
        FileExistsError: If the file, or what lies beside it, is there.
        OSError: If its folder cannot be written.
    """
    files = [file]
    if file.suffix not in PICKLED:
        files += [file.with_suffix(''), file.with_suffix('.segm.json')]
    for path in files:
        require_new(path, '--out')


def write_predictions(runner: Runner, file: Path) -> None:
    """Let a test write what is predicted.

    Args:
        runner: Before its test.
        file: ``NAME.json``, see :class:`~seg.evaluation.CocoResults`, or ``NAME.pkl`` as mmdet writes it.

    Raises:
        ValueError: If the dataset does not know the category ids of its classes.
    """
    on_rank_zero(lambda: require_free_results(file))
    dataset = runner.test_loop.dataloader.dataset
    meta = dataset.metainfo
    if file.suffix in PICKLED:
        metric = PickledResults(str(file))
    else:  # mmdet's datasets have the ids beside their metainfo
        metric = CocoResults(file, meta.get('category_ids') or getattr(dataset, 'cat_ids', None))
    metric.dataset_meta = meta
    runner.test_evaluator.metrics.append(metric)

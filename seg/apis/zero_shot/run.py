"""A checkpoint on one test set after the other."""

import contextlib
import hashlib
import io
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import get_world_size, is_main_process

from seg import __version__
from seg.apis.classifier_files import make_classifiers
from seg.apis.command_line import USER_ERRORS
from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.derive import derive_classes
from seg.apis.run_errors import explaining_errors
from seg.apis.runner import build_runner
from seg.apis.zero_shot.results import Measured, read_measured, table, write_measured
from seg.apis.zero_shot.test_sets import TestSet, config_on, find_test_sets
from seg.engine.data_workers import closing_workers
from seg.engine.safe_runner import SafeRunner
from seg.evaluation.panoptic_results import finite
from seg.runtime.launch import init_distributed, on_rank_zero
from seg.text_classifier.vocabulary import Vocabulary, seen_classes

#: The file of the results in the work folder; the table is in one of the same name, in Markdown.
RESULTS = 'test_sets.json'


def test_on(
    cfg: Config,
    checkpoint: str,
    names: Sequence[str],
    *,
    launcher: str = 'none',
    work_dir: str | None = None,
    trust_checkpoint: bool = False,
    runtime: str | None = None,
    again: bool = False,
) -> int:
    """Test a checkpoint on test sets, print and write one table of the results.

    Text classifiers that are missing are made. A test set that is not on disk is named and passed
    over; one that fails loses nothing of the others, but ends a run of several processes. Results that an earlier run wrote to the work folder
    stand, if checkpoint, config, runtime and test set are the same.

    Args:
        cfg: The training config.
        checkpoint: A checkpoint of it, or its export.
        names: The test sets, see :func:`~seg.apis.zero_shot.test_sets.find_test_sets`.
        launcher: As for :func:`~seg.apis.runner.build_runner`.
        work_dir: Defaults to the config's, else ``work_dirs/NAME``.
        trust_checkpoint: As for :func:`~seg.apis.runner.build_runner`.
        runtime: As for :func:`~seg.apis.runner.build_runner`.
        again: Measure anew what stands.

    Returns:
        The exit code: 1 if a test set failed or none is on disk.

    Raises:
        ValueError: If a test set is unknown, the work folder's results are damaged, or a test set fails in
            one of several processes.
        FileNotFoundError: If the checkpoint does not exist.
    """
    init_distributed(launcher)
    test_sets = find_test_sets(names)
    folder = Path(work_dir or cfg.get('work_dir') or f'work_dirs/{Path(cfg.filename).stem}')
    file = folder.expanduser() / RESULTS
    path = Path(checkpoint).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'checkpoint {path} does not exist')
    model = _digest_of(repr(cfg.to_dict()), on_rank_zero(lambda: _file_digest(path)), str(runtime))
    build = partial(
        build_runner,
        launcher=launcher,
        load_from=str(path),
        trust_checkpoint=trust_checkpoint,
        runtime=runtime,
    )
    known = on_rank_zero(lambda: read_measured(file))
    found: dict[str, Measured] = {}
    for test_set in test_sets:
        absence = on_rank_zero(test_set.absence)
        if absence is not None:
            _say(f'{test_set.name}: {absence}; passed over')
            continue
        words = vocabulary_from_config(test_set.cfg, 'test')
        key = _digest_of(
            model, repr(test_set.cfg.to_dict()), *words.classes, *test_set.annotation_stamp()
        )
        before = known.get((model, test_set.name))
        if before is not None and before.key == key and not before.error and not again:
            _say(f'{test_set.name}: measured before, --again measures it anew')
            found[test_set.name] = before
            continue
        _say(f'{test_set.name}: testing')
        with contextlib.redirect_stdout(io.StringIO()):  # what libraries print of their loading
            own = _measured(
                cfg, test_set, words, partial(build, work_dir=str(folder / test_set.name))
            )
        own = replace(own, model=model, key=key)
        found[test_set.name] = known[model, test_set.name] = own
        if own.error and get_world_size() > 1:
            # Other ranks may wait for this one for ever. What was measured before is written.
            raise ValueError(
                f'{test_set.name}: {own.error}; mend it, or leave it out of --on to go on with the others'
            )
        on_rank_zero(partial(write_measured, file, known.values(), model))
    if not found:
        _say('no test set is on disk; docs/en/zero_shot.md says where they belong')
        return 1
    _say(table(found.values()))
    failed = [own for own in found.values() if own.error]
    for own in failed:
        _say(f'{own.name} failed: {own.error}')
    _say(f'results: {file} and {file.with_suffix(".md").name}')
    return 1 if failed else 0


def _measured(
    cfg: Config,
    test_set: TestSet,
    words: Vocabulary,
    build: Callable[[Config], SafeRunner],
) -> Measured:
    """The results of one test set, without the digests; or why there are none."""
    try:
        own = config_on(cfg, test_set, words.dataset_name)
        derive_classes(own)
        make_classifiers(own, vocabulary_from_config(own), words)
        own.experiment_name = f'{test_set.name}_{time.strftime("%Y%m%d_%H%M%S")}'
        runner = build(own)
        with explaining_errors(runner.cfg), closing_workers(runner):
            start = time.perf_counter()
            metrics = runner.test()
            seconds = time.perf_counter() - start
            images = len(runner.test_loop.dataloader.dataset)
    except Exception as error:  # a fault of one set is not to lose the others
        message = ' '.join(str(error).split())
        if not isinstance(error, USER_ERRORS):
            traceback.print_exc()
            message = f'{type(error).__name__}: {message}'
        return Measured(test_set.name, '', '', error=message or 'out of memory')
    if words.unseen:  # the data set says it itself
        seen = tuple(name not in words.unseen for name in words.classes)
    else:
        seen = seen_classes(words.classes, vocabulary_from_config(cfg).classes)
    numbers = {name: finite(value) for name, value in metrics.items()}
    return Measured(test_set.name, '', '', numbers, images, round(seconds, 3), sum(seen), len(seen))


def _digest_of(*texts: str) -> str:
    return hashlib.sha256('\n'.join((__version__, *texts)).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _say(line: str) -> None:
    if is_main_process():
        print(line, flush=True)

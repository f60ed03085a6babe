"""mmengine's Runner for a config, on GPUs or CPUs, with every name and file checked first."""

import os
import warnings
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.hooks import EMAHook

from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.data_roots import LOADERS, find_data_roots
from seg.apis.config.derive import derive_classes, eval_hook
from seg.apis.config.preflight import (
    check_norm_statistics,
    check_numbers,
    check_parts,
    check_vocabulary,
)
from seg.apis.config.read import is_panoptic
from seg.apis.model_source import is_exported, refuse_runtime, use_exported
from seg.apis.training.trackers import drop_missing_tensorboard, drop_trackers
from seg.engine.accumulated_batches import count_accumulated_images
from seg.engine.data_workers import fit_loader_settings
from seg.engine.hooks.progress_hook import ProgressHook
from seg.engine.hooks.resumed_schedule_hook import ResumedScheduleHook
from seg.engine.safe_runner import SafeRunner, VerboseRunner, local_checkpoint
from seg.models.start_average import StartAverage
from seg.models.wrappers import innermost
from seg.registry import MODELS
from seg.runtime.checkpoints.files import is_whole, latest_checkpoint
from seg.runtime.checkpoints.reading import read_checkpoint
from seg.runtime.checkpoints.weights import (
    EMA,
    WISE_FT,
    require_average,
    require_most_weights,
    require_training_state,
    require_weights_of,
)
from seg.runtime.launch import init_distributed, on_rank_zero
from seg.runtime.whole_files import locked, remove_partials


def build_runner(
    cfg: Config,
    *,
    launcher: str = 'none',
    work_dir: str | None = None,
    resume: str | None = None,
    load_from: str | None = None,
    amp: bool = False,
    ema: bool = False,
    trust_checkpoint: bool = False,
    new_schedule: bool = False,
    until_end: ExitStack | None = None,
    runtime: str | None = None,
    verbose: bool = False,
) -> SafeRunner:
    """Check vocabulary, data and checkpoint, start the process group, build everything.

    Args:
        cfg: A training config; one without ``model.panoptic_head``, of a detector of mmdet's say, has no
            vocabulary to check.
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.
        work_dir: Folder of logs and checkpoints. Defaults to the config's, else ``work_dirs/NAME``.
        resume: A checkpoint to go on from, or 'auto' for the latest in ``work_dir``; if there is
            none, training starts from the beginning.
        load_from: A checkpoint of this config whose weights are loaded, or its export
            (``NAME.onnx``), which is evaluated only.
        amp: Train in mixed precision: float16 on GPUs, bfloat16 on CPUs.
        ema: Average the weights over training by the config's ``ema_hook``; the averages are what
            is validated and saved as the model.
        trust_checkpoint: Run what a checkpoint asks to run; by default such a one is refused.
        new_schedule: Resume with the learning rates of the config, not with those of the checkpoint.
        until_end: Where to hold the lock of the work folder, which is for one training alone; None
            takes no lock.
        runtime: What runs an export; see :func:`~seg.apis.model_source.model_source`.
        verbose: Show all of the log in the terminal, not in the file alone.

    Raises:
        FileNotFoundError: If the text classifier, a checkpoint or the data set is not there.
        ValueError: If dataset, classifier and head disagree, a checkpoint is of another model or a
            program, the config has no ``ema_hook``, random weights are to keep their norm
            statistics, or the launcher did not start this.
        BlockingIOError: If another training uses the work folder.
    """
    if resume is None and load_from is None and cfg.get('resume'):  # as mmengine understands it
        resume = cfg.get('load_from') or 'auto'
    given = load_from or (resume if resume != 'auto' else None)
    init_distributed(launcher)
    loaders = LOADERS if load_from is None else ('test_dataloader',)  # no other data are read
    # What is wrong everywhere is said once.
    checkpoint = on_rank_zero(lambda: _check(cfg, given, loaders))
    if not is_main_process():
        derive_classes(cfg)
        find_data_roots(cfg, loaders)
    if load_from is not None:
        checkpoint = _use_export(cfg, checkpoint, runtime)
    for loader in LOADERS:
        fit_loader_settings(cfg.get(loader) or {})
    cfg.launcher = launcher
    folder = work_dir or cfg.get('work_dir') or f'work_dirs/{Path(cfg.filename).stem}'
    cfg.work_dir = os.path.expanduser(folder)  # noqa: PTH111, which raises for no ~user
    if until_end is not None:
        on_rank_zero(lambda: _lock(Path(cfg.work_dir), until_end))
    if amp:
        _switch_amp_on(cfg)
    if ema:
        _switch_ema_on(cfg)
    drop_missing_tensorboard(cfg)
    if load_from is not None:
        drop_trackers(cfg)
    if is_panoptic(cfg):
        cfg.find_unused_parameters = False
        if launcher != 'none' and torch.cuda.is_available():
            cfg.setdefault('sync_bn', 'torch')  # two images are too few for norms of their own
    if launcher != 'none' and not torch.cuda.is_available():
        # The Runner gives DDP device_ids=[LOCAL_RANK], which CPUs refuse.
        cfg.model_wrapper_cfg = dict(
            type='mmengine.MMDistributedDataParallel',  # a name: the dumped config is read again
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=cfg.get('find_unused_parameters', False),
        )
    if resume == 'auto':
        checkpoint = on_rank_zero(lambda: _latest(Path(cfg.work_dir)))
    cfg.resume = resume is not None and checkpoint is not None
    if checkpoint is not None:
        cfg.load_from = str(checkpoint)
    with warnings.catch_warnings():  # mmengine gives DDP an argument that PyTorch has renamed
        warnings.filterwarnings('ignore', message='`broadcast_buffers` is deprecated')
        runner = (VerboseRunner if verbose else SafeRunner).from_cfg(cfg)
    runner.trust_checkpoint = trust_checkpoint
    runner.register_hook(ResumedScheduleHook(new_schedule=new_schedule))
    if not any(isinstance(hook, ProgressHook) for hook in runner.hooks):
        runner.register_hook(ProgressHook())
    count_accumulated_images(runner)
    if checkpoint is not None:
        on_rank_zero(lambda: _check_checkpoint(runner, checkpoint))
    elif cfg.get('load_from'):
        runner.logger.info(on_rank_zero(lambda: _check_start(runner, cfg.load_from)))
    return runner


def _check_checkpoint(runner: SafeRunner, path: Path) -> None:
    """See that a checkpoint is this model's, and a training's where one is resumed."""
    content = _read_shapes(runner, path)
    require_weights_of(innermost(runner.model), content['state_dict'], path)
    if runner.cfg.resume:
        require_training_state(content, path)
        require_average(content, path, _average(runner))


def _average(runner: SafeRunner) -> str | None:
    """The option that averages weights, if there is one."""
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            kind = hook.ema_cfg['type']
            kind = MODELS.get(kind) if isinstance(kind, str) else kind
            return WISE_FT if kind is StartAverage else EMA
    return None


def _check_start(runner: SafeRunner, load_from: str) -> str:
    """How many of the model's weights its start has, in words; an error if these are few."""
    path = local_checkpoint(load_from)
    weights = _read_shapes(runner, path)['state_dict']
    found = require_most_weights(innermost(runner.model), weights, path, setting='load_from')
    return f'load_from {path}: {found}'


def _read_shapes(runner: SafeRunner, path: Path) -> dict[str, Any]:
    """A checkpoint on the meta device: names and shapes are all that is needed."""
    return read_checkpoint(path, map_location='meta', trust=runner.trust_checkpoint)


def _check(cfg: Config, checkpoint: str | None, loaders: Collection[str]) -> Path | None:
    """See that classifier, data and checkpoint are there and fit; gives the checkpoint's path."""
    check_numbers(cfg)
    if is_panoptic(cfg):
        derive_classes(cfg)
        check_vocabulary(cfg)
    else:
        check_parts(cfg, training='train_dataloader' in loaders)
    find_data_roots(cfg, loaders)
    if checkpoint is not None:
        return _existing(checkpoint)
    if not cfg.get('load_from') and is_panoptic(cfg):
        check_norm_statistics(cfg)
    return None


def _use_export(cfg: Config, checkpoint: Path | None, runtime: str | None) -> Path | None:
    """Let an exported file be the model; gives the checkpoint that is left to load."""
    if checkpoint is None or not is_exported(checkpoint):
        refuse_runtime(checkpoint, runtime)
        return checkpoint
    description = use_exported(cfg, checkpoint, runtime)
    if eval_hook(cfg) is None:  # which compares them itself
        description.require_words(vocabulary_from_config(cfg).classes)
    cfg.load_from = None
    return None


def _lock(work_dir: Path, until_end: ExitStack) -> None:
    work_dir.mkdir(parents=True, exist_ok=True)
    in_use = f'work folder {work_dir} is in use by another training; choose another with --work-dir'
    until_end.enter_context(locked(work_dir / '.lock', in_use))
    remove_partials(work_dir)


def _switch_amp_on(cfg: Config) -> None:
    if torch.cuda.is_available():
        cfg.optim_wrapper.type = 'mmengine.AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.optim_wrapper.type = 'seg.CPUAmpOptimWrapper'


def _switch_ema_on(cfg: Config) -> None:
    if not cfg.get('ema_hook'):
        raise ValueError(
            f'--ema: config {cfg.filename} has no ema_hook, see configs/_base_/default_runtime.py'
        )
    cfg.custom_hooks = [*(cfg.get('custom_hooks') or ()), cfg.ema_hook]


def _existing(checkpoint: str) -> Path:
    path = Path(checkpoint).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'checkpoint {path} does not exist')
    if not is_exported(path) and not is_whole(path):
        raise ValueError(f'checkpoint {path} is cut short or no file of PyTorch')
    return path


def _latest(work_dir: Path) -> Path | None:
    checkpoint = latest_checkpoint(work_dir)
    if checkpoint is None:
        warnings.warn(
            f'no checkpoint in {work_dir}: training starts from the beginning', stacklevel=2
        )
    return checkpoint

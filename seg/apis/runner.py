"""mmengine's Runner for a config, on GPUs or CPUs, with every name and file checked first."""

import warnings
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner

from seg.apis.data_root import LOADERS, find_data_roots
from seg.apis.preflight import check_norm_statistics, check_vocabulary
from seg.engine.accumulated_batches import count_accumulated_images
from seg.engine.checkpoint_files import is_whole, latest_checkpoint, require_weights_of
from seg.engine.cpu_amp import CPUAmpOptimWrapper
from seg.engine.data_workers import fit_worker_settings
from seg.engine.launch import init_distributed, on_rank_zero


def build_runner(
    cfg: Config,
    *,
    launcher: str = 'none',
    work_dir: str | None = None,
    resume: str | None = None,
    load_from: str | None = None,
    amp: bool = False,
    ema: bool = False,
) -> Runner:
    """Check vocabulary, data and checkpoint, start the process group, build everything.

    Args:
        cfg: A training config.
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.
        work_dir: Folder of logs and checkpoints. Defaults to the config's, else ``work_dirs/NAME``.
        resume: A checkpoint to go on from, or 'auto' for the latest in ``work_dir``; if there is
            none, training starts from the beginning.
        load_from: A checkpoint of this config whose weights are loaded.
        amp: Train in mixed precision: float16 on GPUs, bfloat16 on CPUs.
        ema: Average the weights over training by the config's ``ema_hook``; the averages are what
            is validated and saved as the model.

    Raises:
        FileNotFoundError: If the text classifier, a checkpoint or the data set is not there.
        ValueError: If dataset, classifier and head disagree, a checkpoint is of another model, the
            config has no ``ema_hook``, random weights are to keep their norm statistics, or the
            launcher did not start this.
    """
    if resume is None and load_from is None and cfg.get('resume'):  # as mmengine understands it
        resume = cfg.get('load_from') or 'auto'
    given = load_from or (resume if resume != 'auto' else None)
    init_distributed(launcher)
    on_rank_zero(lambda: _check(cfg, given))  # what is wrong everywhere is said once
    checkpoint = _check(cfg, given)
    for loader in LOADERS:
        fit_worker_settings(cfg.get(loader) or {})
    cfg.launcher = launcher
    cfg.work_dir = work_dir or cfg.get('work_dir') or f'work_dirs/{Path(cfg.filename).stem}'
    if amp:
        _switch_amp_on(cfg)
    if ema:
        _switch_ema_on(cfg)
    cfg.find_unused_parameters = False
    if launcher != 'none' and not torch.cuda.is_available():
        # The Runner gives DDP device_ids=[LOCAL_RANK], which CPUs refuse.
        cfg.model_wrapper_cfg = dict(
            type=MMDistributedDataParallel,
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=False,
        )
    if resume == 'auto':
        checkpoint = on_rank_zero(lambda: _latest(Path(cfg.work_dir)))
    cfg.resume = resume is not None and checkpoint is not None
    if checkpoint is not None:
        cfg.load_from = str(checkpoint)
    with warnings.catch_warnings():  # mmengine gives DDP an argument that PyTorch has renamed
        warnings.filterwarnings('ignore', message='`broadcast_buffers` is deprecated')
        runner = Runner.from_cfg(cfg)
    count_accumulated_images(runner)
    if checkpoint is not None:
        model = getattr(runner.model, 'module', runner.model)
        on_rank_zero(lambda: require_weights_of(model, checkpoint))
    return runner


def _check(cfg: Config, checkpoint: str | None) -> Path | None:
    """See that classifier, data and checkpoint are there and fit; gives the checkpoint's path."""
    check_vocabulary(cfg)
    find_data_roots(cfg)
    if checkpoint is not None:
        return _existing(checkpoint)
    if not cfg.get('load_from'):
        check_norm_statistics(cfg)
    return None


def _switch_amp_on(cfg: Config) -> None:
    if torch.cuda.is_available():
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.optim_wrapper.type = CPUAmpOptimWrapper


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
    if not is_whole(path):
        raise ValueError(f'checkpoint {path} is cut short or no file of PyTorch')
    return path


def _latest(work_dir: Path) -> Path | None:
    checkpoint = latest_checkpoint(work_dir)
    if checkpoint is None:
        warnings.warn(
            f'no checkpoint in {work_dir}: training starts from the beginning', stacklevel=2
        )
    return checkpoint

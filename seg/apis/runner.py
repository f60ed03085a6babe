"""mmengine's Runner for a config, on GPUs or CPUs, with every name checked first."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner

from seg.apis.preflight import check_vocabulary
from seg.engine.launch import init_distributed


def build_runner(
    cfg: Config,
    *,
    launcher: str = 'none',
    work_dir: str | None = None,
    resume: str | None = None,
    load_from: str | None = None,
    amp: bool = False,
) -> Runner:
    """Check the vocabulary, start the process group, build everything.

    Args:
        cfg: A training config.
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.
        work_dir: Folder of logs and checkpoints. Defaults to the config's, else ``work_dirs/NAME``.
        resume: A checkpoint to go on from, or 'auto' for the latest in ``work_dir``.
        load_from: A checkpoint whose weights are loaded.
        amp: Train in mixed precision.

    Raises:
        FileNotFoundError: If the text classifier, a checkpoint or the data set is not there.
        ValueError: If dataset, classifier and head disagree, or the launcher did not start this.
    """
    check_vocabulary(cfg)
    _check_data(cfg)
    cfg.launcher = launcher
    cfg.work_dir = work_dir or cfg.get('work_dir') or f'work_dirs/{Path(cfg.filename).stem}'
    if load_from is not None:
        cfg.load_from = str(_existing(load_from))
    if resume is not None:
        cfg.resume = True
        cfg.load_from = None if resume == 'auto' else str(_existing(resume))
    if amp:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    cfg.find_unused_parameters = False
    if launcher != 'none' and not torch.cuda.is_available():
        # The Runner gives DDP device_ids=[LOCAL_RANK], which CPUs refuse.
        cfg.model_wrapper_cfg = dict(
            type=MMDistributedDataParallel,
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=False,
        )
    init_distributed(launcher)
    return Runner.from_cfg(cfg)


def _check_data(cfg: Config) -> None:
    for loader in ('train_dataloader', 'val_dataloader'):
        dataset = (cfg.get(loader) or {}).get('dataset', {})
        root = dataset.get('data_root')
        if root and not Path(root).is_dir():
            raise FileNotFoundError(
                f'{loader}.dataset.data_root {root} does not exist; put the data set there, or name '
                f'its folder with --cfg-options data_root=FOLDER or, for ADE20K, $ADE20K_ROOT'
            )


def _existing(checkpoint: str) -> Path:
    path = Path(checkpoint).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'checkpoint {path} does not exist')
    return path

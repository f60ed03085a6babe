"""Where a training's curves and pictures go besides its log: TensorBoard, Weights & Biases, MLflow."""

import os
import warnings
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config

from seg.apis.config.read import type_name

_LOCAL = 'sqlite:///mlflow.db'  # where `mlflow ui` looks in the same folder
_NAMES = {'wandb': 'Weights & Biases', 'mlflow': 'MLflow'}
_TRACKERS = ('WandbTracker', 'MLflowTracker')


def add_trackers(
    cfg: Config, *, wandb: str | None = None, mlflow: str | None = None, run: str | None = None
) -> None:
    """Let a training also tell experiment trackers.

    Args:
        cfg: A training config.
        wandb: Project of Weights & Biases. Defaults to None, it is told nothing.
        mlflow: Experiment of MLflow, at ``$MLFLOW_TRACKING_URI``, else in ``mlflow.db`` of the current folder.
            Defaults to None, it is told nothing.
        run: Name of the run. Defaults to None, the config's.

    Raises:
        ImportError: If the tracker's package is not installed.
    """
    run = run or Path(cfg.filename).stem
    backends = []
    for package, wanted in (('wandb', wandb), ('mlflow', mlflow)):
        if wanted is not None and find_spec(package) is None:
            raise ImportError(
                f'--{package}: {_NAMES[package]} is not installed; pip install {package}'
            )
    if wandb is not None:
        backends.append(dict(type='seg.WandbTracker', init_kwargs=dict(project=wandb, name=run)))
    if mlflow is not None:
        address = os.environ.get('MLFLOW_TRACKING_URI') or _LOCAL
        own = dict(exp_name=mlflow, run_name=run, tracking_uri=address)
        backends.append(dict(type='seg.MLflowTracker', **own))
    if backends:
        before = (cfg.get('visualizer') or {}).get('vis_backends') or []
        visualizer = cfg.get('visualizer') or dict(type='Visualizer')
        cfg.visualizer = {**visualizer, 'vis_backends': [*before, *backends]}


def drop_trackers(cfg: Config) -> None:
    """Let a test with the config that a training left begin no run of its own."""
    _drop(cfg, _TRACKERS)


def drop_missing_tensorboard(cfg: Config) -> None:
    """Train without TensorBoard's curves where it is not installed: no training needs them."""
    if find_spec('tensorboard') is None and _drop(cfg, ('TensorboardVisBackend',)):
        warnings.warn(
            'TensorBoard is not installed: no curves are written for it; pip install tensorboard',
            stacklevel=2,
        )


def _drop(cfg: Config, names: tuple[str, ...]) -> bool:
    """Leave backends out; whether there were such."""
    backends = (cfg.get('visualizer') or {}).get('vis_backends') or ()
    kept = [of for of in backends if not type_name(of).endswith(names)]
    if len(kept) == len(backends):
        return False
    cfg.visualizer.vis_backends = kept
    return True

"""Experiment trackers: mmengine's backends, whose errors are one line, and which take our pictures."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from mmengine.visualization import MLflowVisBackend, WandbVisBackend

from seg.registry import VISBACKENDS


@VISBACKENDS.register_module()
class WandbTracker(WandbVisBackend):
    """mmengine's backend for Weights & Biases.

    Raises:
        ConnectionError: If a run cannot be begun: nobody is logged in, or there is no network.
    """

    def _init_env(self) -> None:
        with _one_line(
            'Weights & Biases', 'wandb login, or WANDB_MODE=offline for a run to sync later'
        ):
            super()._init_env()


@VISBACKENDS.register_module()
class MLflowTracker(MLflowVisBackend):
    """mmengine's backend for MLflow, which asks for names of files where mmengine gives names of pictures.

    Raises:
        ConnectionError: If a run cannot be begun, or the server does not answer.
    """

    def _init_env(self) -> None:
        with _one_line('MLflow', 'check $MLFLOW_TRACKING_URI'):
            super()._init_env()

    def add_image(self, name: str, image: np.ndarray, step: int = 0, **kwargs) -> None:
        """Keep a picture, uint8 [H, W, 3] in RGB, of each step that has one."""
        super().add_image(f'{name}/{step:08}.png', image, step, **kwargs)


@contextmanager
def _one_line(tracker: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # of the tracker's own classes
        reason = ' '.join(str(error).split())
        raise ConnectionError(f'{tracker} cannot begin a run: {reason}; {remedy}') from None

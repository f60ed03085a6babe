"""The trained segmentation model that comes with the project: the default of the demos."""

from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).resolve().parents[3]
CONFIG = _ROOT / 'configs/reg_sam/clip_shapes.py'
CHECKPOINT = _ROOT / 'seg/models/embedded/shapes_open/shapes_open.pth'


class EmbeddedModel(NamedTuple):
    """A trained model.

    Attributes:
        config: Its training config.
        checkpoint: Its weights, as every command takes them.
    """

    config: Path
    checkpoint: Path


def embedded_model() -> EmbeddedModel:
    """Config and checkpoint of the model that ships.

    Raises:
        FileNotFoundError: If either is not there.
    """
    for file in (CONFIG, CHECKPOINT):
        if not file.is_file():
            raise FileNotFoundError(
                f'the embedded model is not there ({file.relative_to(_ROOT)} is missing); '
                'name a config and a checkpoint of your own'
            )
    return EmbeddedModel(CONFIG, CHECKPOINT)

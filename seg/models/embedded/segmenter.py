"""The trained segmentation model that comes with the project: the default of the demos."""

from pathlib import Path
from typing import NamedTuple

from seg.runtime.project_files import project_folder

EMBEDDED = 'embedded'
CONFIG = project_folder() / 'configs/reg_sam/clip_shapes.py'
CHECKPOINT = Path(__file__).parent / 'shapes_open/shapes_open.pth'


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
                f'the embedded model is not there ({file} is missing); '
                'name a config and a checkpoint of your own'
            )
    return EmbeddedModel(CONFIG, CHECKPOINT)


def checkpoint_file(name: str) -> str:
    """The file of a checkpoint that a person names: 'embedded' is the one that ships.

    Raises:
        FileNotFoundError: If the one that ships is asked for and is not there.
    """
    return str(embedded_model().checkpoint) if name == EMBEDDED else name

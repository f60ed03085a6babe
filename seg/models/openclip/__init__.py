"""What the image and the text side of an OpenCLIP model share: its definition and its weights."""

from seg.models.embedded.clip import embedded_folder, register_embedded
from seg.models.openclip.architecture import architecture_config, resolve_architecture
from seg.models.openclip.locate import (
    Checkpoint,
    checkpoint_choices,
    checkpoint_name,
    resolve_checkpoint,
)
from seg.models.openclip.weights import digest_of, load_exactly, read_weights

register_embedded()

__all__ = [
    'Checkpoint',
    'architecture_config',
    'checkpoint_choices',
    'checkpoint_name',
    'digest_of',
    'embedded_folder',
    'load_exactly',
    'read_weights',
    'resolve_architecture',
    'resolve_checkpoint',
]

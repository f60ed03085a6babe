"""The text model that a config describes, before it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seg.apis.config.classifier import TEXT_ENCODER
from seg.registry import MODELS

if TYPE_CHECKING:
    from seg.text_classifier.generate import KnownEncoder


class ConfiguredTextModel:
    """A config's text model; open_clip, whose import takes seconds, is left until it is needed.

    Args:
        config: ``dict(type=..., model_name=..., init_cfg=...)``, see :func:`text_model_from_config`.

    Attributes:
        model_name: Its name, as the user wrote it.
        checkpoint: Where its weights are; None for random ones.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.model_name = str(config['model_name'])
        init = config.get('init_cfg')
        self.checkpoint = str(init['checkpoint']) if init else None

    def identify(self) -> tuple[str, str | None]:
        """open_clip's name of the architecture, and the lasting name of the weights, if they have one.

        Raises:
            ValueError: If open_clip has no such model.
        """
        from seg.models.openclip import checkpoint_name, resolve_architecture

        architecture = resolve_architecture(self.model_name)
        if self.checkpoint is None:
            return architecture, None
        return architecture, checkpoint_name(architecture, self.checkpoint)

    def require_weights(self) -> None:
        """Refuse to go on without weights, for words that random ones encode mean nothing.

        Raises:
            ValueError: If no checkpoint is named; says which there are. If open_clip has no such model.
        """
        if self.checkpoint is None:
            from seg.models.openclip import checkpoint_choices, resolve_architecture

            architecture = resolve_architecture(self.model_name)
            raise ValueError(
                f'{architecture} needs weights, given with --checkpoint; '
                + checkpoint_choices(architecture)
            )

    def build(self, precision: str = 'fp32') -> KnownEncoder:
        """The encoder, on the CPU; raises what :class:`OpenCLIPTextEncoder` does."""
        from seg.models.text_encoders import OpenCLIPTextEncoder

        kind = self.config['type']
        if kind == TEXT_ENCODER:
            kind = OpenCLIPTextEncoder  # a name would be looked up among all models, mmdet's too
        return MODELS.build({**self.config, 'type': kind, 'precision': precision})

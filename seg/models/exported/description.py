"""What an exported file says of itself."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

_PREFIX = 'rps.'


@dataclass(frozen=True)
class Description:
    """Kept in the file's own metadata, a JSON value for each field.

    Attributes:
        words: 'open' where the vocabulary is an input, 'fixed' where it is folded in.
        classes: C class names, things first: those of training, or those that are folded in.
        num_things: Number of things.
        text_model: Name of the text model whose embeddings classify masks.
        classifier_sha256: Of the float32 rows of the classes.
        weights_sha256: Of the file that the weights are from.
        embed_dim: Size D of the joint image-text space.
        scale: What a cosine is multiplied by.
        has_clip: Whether a frozen CLIP as backbone gives embeddings of its own.
        mean: Means that are taken from the channels of a picture with values from 0 to 255.
        std: What the channels are divided by then.
        channels: 'RGB' or 'BGR'.
        pad_size_divisor: Of what height and width are multiples, by zeros at the right and the bottom.
        config: Name of the training config.
        made_by: Version of RPS.
    """

    words: str
    classes: tuple[str, ...]
    num_things: int
    text_model: str
    classifier_sha256: str
    weights_sha256: str
    embed_dim: int
    scale: float
    has_clip: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]
    channels: str
    pad_size_divisor: int
    config: str
    made_by: str

    @property
    def num_stuff(self) -> int:
        """Number of stuff classes, the last ones."""
        return len(self.classes) - self.num_things

    def require_words(self, classes: Sequence[str]) -> None:
        """See that the file can be asked for these class names.

        Raises:
            ValueError: If its own are folded in and others.
        """
        if self.words == 'fixed' and tuple(classes) != self.classes:
            shown = '; '.join(self.classes[:3]) + ('; ...' if len(self.classes) > 3 else '')
            raise ValueError(
                f'the words of this exported model are folded in ({len(self.classes)} classes: {shown}) '
                'and cannot be exchanged; export it with --words open'
            )

    def to_metadata(self) -> dict[str, str]:
        """The file's metadata."""
        return {
            _PREFIX + key: json.dumps(value, ensure_ascii=False)
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], path: Path) -> 'Description':
        """Read it from a file's metadata.

        Args:
            metadata: All that the file has.
            path: The file, for the message.

        Raises:
            ValueError: If it is none of RPS, or of a version with other fields.
        """
        try:
            found = {key.name: json.loads(metadata[_PREFIX + key.name]) for key in fields(cls)}
        except (KeyError, ValueError):
            raise ValueError(
                f'{path} does not say of itself what tools/export.py writes (its classes, text model and '
                'preprocessing); export the checkpoint with tools/export.py'
            ) from None
        return cls(**{key: _immutable(value) for key, value in found.items()})


def _immutable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

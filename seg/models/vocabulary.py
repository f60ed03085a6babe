"""A vocabulary that goes through a model with the picture it belongs to."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class EncodedVocabulary:
    """Words and their embeddings. It never changes, so calls with different ones do not meet.

    Attributes:
        classes: C class names, things first; empty where only their embeddings are known.
        num_things: Number of things.
        rows: Tensor[R, D], the unit rows of all candidates.
        owner: long Tensor[R], the class of each row.
        is_seen: bool Tensor[C], the classes that training saw.
    """

    classes: tuple[str, ...]
    num_things: int
    rows: Tensor
    owner: Tensor
    is_seen: Tensor

    @property
    def num_classes(self) -> int:
        """C, the number of classes."""
        return len(self.is_seen)

    @property
    def num_stuff(self) -> int:
        """Number of stuff classes, the last ones."""
        return self.num_classes - self.num_things

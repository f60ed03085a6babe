"""What a model finds in a picture before any word is asked."""

from typing import NamedTuple

from torch import Tensor


class MaskEmbeddings(NamedTuple):
    """Masks and where they lie in the joint image-text space; any vocabulary classifies them.

    Attributes:
        masks: Tensor[B, Q, h, w], mask logits over the padded input.
        unit: Tensor[B, Q, D], the head's embeddings, of unit norm.
        no_object: Tensor[B, Q], logits of "no object".
        clip_unit: Tensor[B, Q, D], a frozen CLIP's own embeddings; None without an ensemble.
    """

    masks: Tensor
    unit: Tensor
    no_object: Tensor
    clip_unit: Tensor | None = None

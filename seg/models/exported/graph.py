"""What of a model goes into a file: all from a normalised picture to masks and their scores."""

import torch
from torch import Tensor, nn

from seg.models.detectors.open_vocab_maskformer import OpenVocabMaskFormer

#: Names of the inputs and outputs of a file, by the form of its words.
INPUTS = {'open': ('image', 'size', 'vocabulary'), 'fixed': ('image', 'size')}
OUTPUTS = {'open': ('masks', 'embeddings', 'no_object', 'scores'), 'fixed': ('masks', 'logits')}
#: The fourth or fifth output of an open file whose backbone is a frozen CLIP.
CLIP_OUTPUT = 'clip_embeddings'


class OpenWordsGraph(nn.Module):
    """Masks and embeddings, and the scores of a vocabulary that is an input.

    Args:
        model: A trained model, in evaluation mode.
    """

    def __init__(self, model: OpenVocabMaskFormer) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, size: Tensor, vocabulary: Tensor) -> tuple[Tensor, ...]:
        """Run the model.

        Args:
            image: Tensor[B, 3, H, W], normalised and padded; H and W are multiples of 32.
            size: long Tensor[B, 2], height and width of each image without its padding.
            vocabulary: Tensor[N, D] of unit rows.

        Returns:
            Mask logits [B, Q, H / 4, W / 4], unit embeddings [B, Q, D], logits of "no object" [B, Q],
            logits of each row of the vocabulary [B, Q, N], and, with a frozen CLIP as backbone, its
            own unit embeddings [B, Q, D].
        """
        found = self.model.embed(image, extents_of(size, image))
        scores = self.model.panoptic_head.cls_embed.scale * (found.unit @ vocabulary.T)
        outputs = found.masks, found.unit, found.no_object, scores
        return outputs if found.clip_unit is None else (*outputs, found.clip_unit)


class FixedWordsGraph(nn.Module):
    """Masks and the scores of the model's own classes.

    Args:
        model: A trained model, in evaluation mode, with the vocabulary that is folded in.
    """

    def __init__(self, model: OpenVocabMaskFormer) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
        """Mask logits [B, Q, H / 4, W / 4] and class logits [B, Q, C + 1], "no object" last.

        Inputs are those of :class:`OpenWordsGraph`.
        """
        found = self.model.embed(image, extents_of(size, image))
        return found.masks, self.model.classify(found)


def extents_of(size: Tensor, image: Tensor) -> Tensor:
    """Shares of height and width that are image, float32 Tensor[B, 2]."""
    height, width = image.shape[-2:]
    return torch.stack([size[:, 0] / height, size[:, 1] / width], dim=1)

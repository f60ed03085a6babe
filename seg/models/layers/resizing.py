"""How masks are brought to the size of a picture, along one axis."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Axis(NamedTuple):
    """Lengths of one axis, from the masks to the picture.

    Attributes:
        source: Pixels of the small map.
        padded: Pixels of the network's input, to which it is brought first.
        shown: How many of these are image, the others are cut off.
        target: Pixels of the picture, to which the rest is brought.
    """

    source: int
    padded: int
    shown: int
    target: int

    def weights(self) -> Tensor:
        """What bilinear resizing gives each pixel of each pixel.

        Returns:
            Tensor[target, source], rows of which sum to 1.
        """
        weights = torch.eye(self.source)[None, ..., None]
        weights = F.interpolate(weights, (self.padded, 1), mode='bilinear', align_corners=False)
        weights = weights[:, :, : self.shown]
        if self.target != self.shown:
            weights = F.interpolate(weights, (self.target, 1), mode='bilinear', align_corners=False)
        return weights[0, ..., 0].T.contiguous()

"""Weights between those that a training started from and those that it reached."""

from copy import deepcopy

import torch
from mmengine.model import BaseAveragedModel
from torch import Tensor, nn

from seg.registry import MODELS


@MODELS.register_module()
class StartAverage(BaseAveragedModel):
    """A share of the trained weights, the rest of the first ones, for mmengine's ``EMAHook``.

    A model that is trained on new classes forgets less so than with the trained weights alone (WiSE-FT,
    arXiv 2109.01903). Buffers, the statistics of norms among them, are the trained ones.

    Args:
        model: The model that is trained.
        share: Share of the trained weights, above 0 and at most 1. Defaults to 0.7.
        **kwargs: As for mmengine's ``BaseAveragedModel``.

    Raises:
        ValueError: If ``share`` is none.
    """

    steps: Tensor

    def __init__(self, model: nn.Module, share: float = 0.7, **kwargs) -> None:
        super().__init__(model, **kwargs)
        if not 0 < share <= 1:
            raise ValueError(f'share {share:g} of the trained weights; expected above 0, at most 1')
        self.share = share
        self.start = deepcopy(self.module)  # in the state, so that a training can be resumed

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take the weights that a model has now; at the first call ``module`` has those it started from."""
        if self.steps == 0:
            self.start.load_state_dict(self.module.state_dict())
        start, now = dict(self.start.named_parameters()), dict(model.named_parameters())
        for name, own in self.module.named_parameters():
            own.copy_(torch.lerp(start[name], now[name].to(own.device), self.share))
        for own, source in zip(self.module.buffers(), model.buffers(), strict=True):
            own.copy_(source)
        self.steps += 1

    def avg_func(self, averaged_param: Tensor, source_param: Tensor, steps: int) -> None:
        """Not called: the average needs a third set of weights."""
        raise NotImplementedError

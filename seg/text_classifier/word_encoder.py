"""Class names to a text classifier on the spot, each word encoded once."""

import threading
import time
from collections.abc import Sequence

import torch
from mmengine.config import Config
from torch import Tensor

from seg.apis.config.classifier import templates_from_config, text_model_from_config
from seg.registry import MODELS
from seg.runtime.global_state import unchanged_globals
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.indistinct import require_distinct_classes, warn_of_cut_prompts
from seg.text_classifier.prompts.features import TextEncoder, candidate_features

_MAX_KEPT = 20_000  # candidates whose features are kept
_PROMPTS_BETWEEN_LOOKS = 1024  # at the clock, where there is a time limit


class WordEncoder:
    """The text model of a config and the words that it has encoded; threads take turns.

    Args:
        cfg: A training config.
        device: Where the text model runs.
    """

    def __init__(self, cfg: Config, device: torch.device) -> None:
        self.cfg = cfg
        self.device = device
        self.templates = templates_from_config(cfg)
        self._model: TextEncoder | None = None
        self._features: dict[str, Tensor] = {}
        self._turn = threading.Lock()

    def __call__(self, classes: Sequence[str], timeout: float | None = None) -> Tensor:
        """The text classifier [C, K, D] of C class names, on the CPU.

        Args:
            classes: The names, each with its synonyms.
            timeout: Seconds it may take, waiting for other threads included. Defaults to any number.

        Raises:
            ValueError: If a name is empty, or two classes are the same, or the same to the text model.
            TimeoutError: If it takes longer; what was encoded until then is kept.
        """
        candidates = split_classes(classes)
        names = distinct_candidates(candidates)
        end = float('inf') if timeout is None else time.monotonic() + timeout
        if not self._turn.acquire(timeout=-1 if timeout is None else timeout):
            raise _late(timeout)
        try:
            missing = sorted(name for name in names if name not in self._features)
            if len(self._features) + len(missing) > _MAX_KEPT:
                self._features.clear()
                missing = sorted(names)
            size = len(missing)
            if timeout is not None:
                size = max(1, _PROMPTS_BETWEEN_LOOKS // len(self.templates))
            for first in range(0, len(missing), size or 1):
                if time.monotonic() > end:
                    raise _late(timeout)
                self._encode(missing[first : first + size])
            features = torch.stack([self._features[name] for name in names])
            require_distinct_classes(features, candidates)
            return assemble_classifier(features, candidates)
        finally:
            self._turn.release()

    def _encode(self, names: list[str]) -> None:
        if self._model is None:
            with unchanged_globals(self.cfg):
                model = MODELS.build(text_model_from_config(self.cfg))
            self._model = model.to(self.device)
        warn_of_cut_prompts(self._model, names, self.templates)
        for block, rows in candidate_features(self._model, names, self.templates):
            self._features.update(zip(block, rows, strict=True))


def _late(timeout: float) -> TimeoutError:
    return TimeoutError(
        f'Encoding the words takes longer than {timeout:g} s; give fewer of them, or try again '
        'later: what has been encoded is kept.'
    )

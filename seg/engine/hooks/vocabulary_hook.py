"""Evaluation with a vocabulary of its own: words that training never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from mmengine.hooks import Hook
from torch import Tensor

from seg.models.vocabulary import EncodedVocabulary
from seg.models.wrappers import innermost
from seg.registry import HOOKS
from seg.text_classifier import load_classifier
from seg.text_classifier.vocabulary import Vocabulary, seen_classes

if TYPE_CHECKING:
    from seg.models.detectors import OpenVocabMaskFormer


@HOOKS.register_module()
class EvalVocabularyHook(Hook):
    """Validates and tests with the classes of the evaluation dataset, whatever training has.

    Before a validation or a test, the model's vocabulary is exchanged for that of the loop's dataset:
    ``classes`` and ``thing_classes`` of its metainfo. Training did not see its ``unseen_classes``,
    and saw all others; where there are none, what it saw follows from the words by FC-CLIP's rule, see
    :func:`~seg.text_classifier.vocabulary.seen_classes`, and the metrics are told. Afterwards the model
    has the training vocabulary again; if an exception ended the evaluation, from the start of the next
    run on.

    Args:
        ov_classifier_name: Name of the evaluation dataset's text classifier file, see
            :func:`~seg.text_classifier.load_classifier`; made by the text model of training.
        trained_on: The class names of training; those of the config's training dataset where it does
            not say. Defaults to None: without ``unseen_classes`` all are taken to be seen.
    """

    # Others, which draw or count predictions, find the vocabulary of the evaluation.
    priority = 'VERY_HIGH'

    def __init__(self, ov_classifier_name: str, trained_on: Sequence[str] | None = None) -> None:
        self.ov_classifier_name = ov_classifier_name
        self.trained_on = trained_on
        self._own: EncodedVocabulary | None = None  # the training one, while it is away
        self._loaded: tuple[tuple[str, ...], Tensor] | None = None

    def before_run(self, runner) -> None:
        """Put the training vocabulary back that an exception left away."""
        self._restore(runner)

    def before_val(self, runner) -> None:
        """Exchange the vocabulary for the validation dataset's.

        Raises:
            FileNotFoundError: If there is no classifier file.
            ValueError: If it was made for other classes, or with another text model.
        """
        self._exchange(runner, runner.val_loop)

    def before_test(self, runner) -> None:
        """Exchange the vocabulary for the test dataset's; errors as before a validation."""
        self._exchange(runner, runner.test_loop)

    def after_val(self, runner) -> None:
        """Put the training vocabulary back."""
        self._restore(runner)

    def after_test(self, runner) -> None:
        """Put the training vocabulary back."""
        self._restore(runner)

    def _exchange(self, runner, loop) -> None:
        self._restore(runner)
        words = Vocabulary.from_metainfo(loop.dataloader.dataset.metainfo, 'the evaluation dataset')
        if not words.unseen and self.trained_on is not None:
            seen = seen_classes(words.classes, self.trained_on)
            unseen = [name for name, own in zip(words.classes, seen, strict=True) if not own]
            words = replace(words, unseen=frozenset(unseen))
            meta = {**loop.dataloader.dataset.metainfo, 'unseen_classes': tuple(unseen)}
            loop.evaluator.dataset_meta = meta
        is_seen = torch.tensor([name not in words.unseen for name in words.classes])
        classifier = self._classifier(words.classes)
        model: OpenVocabMaskFormer = innermost(runner.model)
        own = model.vocabulary
        model.set_classifier(
            classifier, len(words.things), len(words.stuff), is_seen, tuple(words.classes)
        )
        self._own = own

    def _restore(self, runner) -> None:
        if self._own is not None:
            innermost(runner.model).use(self._own)
            self._own = None

    def _classifier(self, classes: tuple[str, ...]) -> Tensor:
        if self._loaded is None or self._loaded[0] != classes:
            self._loaded = classes, load_classifier(self.ov_classifier_name, classes=classes)
        return self._loaded[1]

"""A text model for words on the spot: built when it is first asked, and each word encoded once."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.encode import encode_classes
from seg.text_classifier.indistinct import unknown_words
from seg.text_classifier.prompts.features import TextEncoder

_MAX_KEPT = 20_000  # candidates whose features are kept


class WordEncoder:
    """A text model and the words that it has encoded; threads take turns.

    Args:
        build: Builds the text model, on the device where it is to run.
        templates: Prompt templates.
        known: Candidates whose features Tensor[D] need no text model. Defaults to none.
    """

    def __init__(
        self,
        build: Callable[[], TextEncoder],
        templates: Sequence[str],
        known: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.templates = templates
        self._build = build
        self._known = dict(known or {})
        self._model: TextEncoder | None = None
        self._kept = _KeptWords(self._known)
        self._turn = threading.Lock()

    def __call__(self, classes: Sequence[str], timeout: float | None = None) -> Tensor:
        """The text classifier Tensor[C, K, D] of C class names, on the CPU.

        Args:
            classes: The names, each with its synonyms.
            timeout: Seconds it may take, waiting for other threads included. Defaults to any number.

        Raises:
            ValueError: If a name is empty, or two classes are the same, or the same to the text model.
            TimeoutError: If it takes longer; what was encoded until then is kept.
        """
        candidates = split_classes(classes)
        names = distinct_candidates(candidates)
        if self._known.keys() >= set(names):
            rows = torch.stack([self._known[name] for name in names])
            return assemble_classifier(rows, candidates)
        deadline = None if timeout is None else time.monotonic() + timeout
        if timeout is None:
            self._turn.acquire()
        elif not self._turn.acquire(timeout=timeout):
            raise _late(timeout)
        try:
            if self._model is None:
                self._model = self._build()
            return encode_classes(
                self._model, classes, self.templates, kept=self._kept, deadline=deadline
            ).classifier
        except TimeoutError:
            if timeout is None:  # another's, of a network disk
                raise
            raise _late(timeout) from None
        finally:
            self._turn.release()

    def unknown_words(self, classes: Sequence[str]) -> list[str]:
        """Words of class names that the text model was not trained on, as far as it says.

        None where it was never needed, as it is not built to be asked.

        Raises:
            ValueError: See :meth:`__call__`.
        """
        names = [
            own for own in distinct_candidates(split_classes(classes)) if own not in self._known
        ]
        trained_words = None if self._model is None else self._model.trained_words
        return [] if trained_words is None else unknown_words(trained_words, names)


class _KeptWords:
    """Features in memory, all but the known ones dropped where there would be too many."""

    def __init__(self, known: Mapping[str, Tensor]) -> None:
        self._known = known
        self._rows = dict(known)

    def get(self, candidates: Sequence[str]) -> dict[str, Tensor]:
        if len(self._rows.keys() | set(candidates)) > _MAX_KEPT:
            self._rows = dict(self._known)
        return {name: self._rows[name] for name in candidates if name in self._rows}

    def put(self, candidates: Sequence[str], features: Tensor) -> None:
        self._rows.update(zip(candidates, features, strict=True))


def _late(timeout: float) -> TimeoutError:
    return TimeoutError(
        f'Encoding the words takes longer than {timeout:g} s; give fewer of them, or try again '
        'later: what has been encoded is kept.'
    )

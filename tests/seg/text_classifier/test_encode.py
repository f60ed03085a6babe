import time

import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.encode import encode_classes
from seg.text_classifier.indistinct import SameFeaturesError

TEMPLATES = ('a {}.', 'the {}!')


class Letters:
    """A text encoder that counts letters."""

    shares_prefixes = False
    trained_words = None

    def __init__(self):
        self.texts = []

    def tokenize(self, texts):
        self.texts += texts
        return torch.tensor([[ord(c) for c in text[:24].ljust(24)] for text in texts])

    def is_cut(self, texts):
        return [len(text) > 24 for text in texts]

    def lengths(self, tokens):
        return torch.full((len(tokens),), tokens.shape[1])

    def encode_batches(self, batches, progress=None):
        return torch.cat([self(tokens) for tokens in batches])

    def __call__(self, tokens):
        return F.one_hot(tokens % 32, 32).float().sum(1)


class Memory(dict):
    def get(self, names):
        return {name: self[name] for name in names if name in self}

    def put(self, names, features):
        self.update(zip(names, features, strict=True))


def by_hand(word):
    features = [
        F.normalize(Letters()(Letters().tokenize([t.format(word)]))[0], dim=0) for t in TEMPLATES
    ]
    return F.normalize(sum(features), dim=0)


def test_rows_are_mean_features_and_a_class_with_fewer_candidates_repeats_its_first():
    encoded = encode_classes(Letters(), ['cat,kitten', 'dog'], TEMPLATES)
    expected = [[by_hand('cat'), by_hand('kitten')], [by_hand('dog'), by_hand('dog')]]
    torch.testing.assert_close(encoded.classifier, torch.stack([torch.stack(r) for r in expected]))
    assert (encoded.prompts, encoded.kept) == (6, 0)


def test_what_is_kept_is_not_encoded_again():
    kept, encoder = Memory(), Letters()
    first = encode_classes(encoder, ['cat', 'dog'], TEMPLATES, kept=kept)
    del encoder.texts[:]
    second = encode_classes(encoder, ['cow', 'dog,cat'], TEMPLATES, kept=kept)
    prompts = sorted(text for text in encoder.texts if text.endswith(('.', '!')))
    assert prompts == ['a cow.', 'the cow!']
    assert (second.prompts, second.kept) == (2, 2)
    torch.testing.assert_close(second.classifier[1], first.classifier[[1, 0], 0])


def test_a_deadline_that_has_passed_keeps_what_was_encoded(monkeypatch):
    monkeypatch.setattr('seg.text_classifier.encode._PROMPTS_BETWEEN_LOOKS', 2)
    clock = iter([1, 2, 3])
    monkeypatch.setattr(time, 'monotonic', lambda: next(clock))
    kept = Memory()
    with pytest.raises(TimeoutError):
        encode_classes(Letters(), ['cat', 'cow', 'dog'], TEMPLATES, kept=kept, deadline=2)
    assert sorted(kept) == ['cat', 'cow']


def test_words_with_the_same_letters_are_refused():
    with pytest.raises(SameFeaturesError, match="'act', 'cat'"):
        encode_classes(Letters(), ['act', 'cat'], TEMPLATES)


def test_features_that_are_not_finite_are_refused():
    class Broken(Letters):
        def __call__(self, tokens):
            return super().__call__(tokens) * float('nan')

    with pytest.raises(ValueError, match='not finite'):
        encode_classes(Broken(), ['cat', 'dog'], TEMPLATES)

import warnings

import open_clip
import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import distinct_candidates
from seg.text_classifier.indistinct import (
    require_distinct_classes,
    unknown_words,
    warn_of_cut_prompts,
    warn_of_near_classes,
    warn_of_spelt_words,
    warn_of_unknown_words,
)
from seg.text_classifier.vocabulary import Vocabulary


class Words:
    """Reads eight words of a text, start and end included."""

    CONTEXT = 20

    def tokenize(self, texts):
        return torch.zeros(len(texts), self.CONTEXT, dtype=torch.long)

    def __init__(self):
        self.asked = []

    def is_cut(self, texts):
        self.asked += texts
        return [len(text.split()) > 8 for text in texts]


@pytest.fixture
def silent():
    """Warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        yield


def rows(*directions):
    """Unit rows; equal numbers are equal rows."""
    torch.manual_seed(0)
    table = F.normalize(torch.randn(10, 16), dim=-1)
    return table[list(directions)]


def test_prompts_that_are_cut_are_counted_and_their_words_named():
    names = ['cat', 'one two three four five six seven', 'a b c d e f g h i']
    expected = (
        r'^3 of 6 prompts are longer than the 20 tokens that the text model reads, and cut there: '
        r"those of 'one two three four five six seven', 'a b c d e f g h i'; use shorter words"
    )
    encoder = Words()
    with pytest.warns(UserWarning, match=expected):
        warn_of_cut_prompts(encoder, names, ['{}', 'it is {}...'])
    assert len(encoder.asked) == 4  # nothing is asked of words too short to be cut


def test_words_that_fit_are_no_matter(silent):
    assert warn_of_cut_prompts(Words(), ['cat', 'three words here'], ['{}', 'a {}']) is None


def test_long_lists_are_shortened():
    names = [f'{"word " * 9}{index}' for index in range(1200)]
    with pytest.warns(UserWarning, match=r"1,200 of 1,200 prompts .* 2' and 1,197 more; use"):
        warn_of_cut_prompts(Words(), names, ['{}'])


def test_classes_of_equal_rows_are_refused():
    expected = "classes 1 and 2 cannot be told apart: the text model gives 'dog', 'hound' the same"
    with pytest.raises(ValueError, match=expected):
        require_distinct_classes(rows(0, 1, 1), [['cat'], ['dog'], ['hound']])
    with pytest.raises(ValueError, match='classes 0 and 1 cannot be told apart'):
        require_distinct_classes(rows(0, 1, 1, 0), [['cat', 'dog'], ['hound', 'kitty']])


def test_rounding_does_not_make_rows_differ_nor_nearness_make_them_equal():
    features = rows(0, 1, 1)
    features[2] = F.normalize(features[2] + torch.full((16,), 1e-7), dim=0)
    with pytest.raises(ValueError, match='classes 1 and 2'):
        require_distinct_classes(features, [['cat'], ['dog'], ['hound']])
    features[2] = F.normalize(features[2] + rows(5)[0] * 0.01, dim=0)
    cosine = features[1] @ features[2]
    assert 0.9999 < cosine < 0.99999
    expected = (
        f"^the text model hardly tells 2 of 3 words from .*: 'dog', 'hound' \\(cosine {cosine:.4f}"
    )
    with pytest.warns(UserWarning, match=expected):
        require_distinct_classes(features, [['cat'], ['dog'], ['hound']])


def test_rows_that_are_a_little_short_equal_themselves_alone(silent):
    """float32 gives such rows a cosine with themselves of less than 1 - 1e-6."""
    short = rows(0, 1, 2, 3) * (1 - 1e-6)
    assert (short @ short.T).diagonal().max() < 1 - 1e-6
    assert require_distinct_classes(short, [['cat'], ['dog'], ['cow'], ['hen']]) is None
    with pytest.raises(ValueError, match='classes 1 and 2 cannot be told apart'):
        require_distinct_classes(short[[0, 1, 1, 3]], [['cat'], ['dog'], ['cow'], ['hen']])


def test_words_of_equal_rows_are_named_where_the_classes_differ():
    expected = r"hardly tells 2 of 3 words .*: 'dog', 'hound' \(cosine 1.0000\); 'hound', 'dog'"
    with pytest.warns(UserWarning, match=expected):
        require_distinct_classes(rows(0, 1, 1), [['cat', 'dog'], ['hound']])


def test_synonyms_may_be_alike(silent):
    assert require_distinct_classes(rows(0, 1, 1), [['cat'], ['dog', 'hound']]) is None


def test_a_word_that_classes_share_is_their_own_matter(silent):
    assert require_distinct_classes(rows(0, 1, 2), [['cat', 'dog'], ['cat', 'hound']]) is None


def test_many_words_are_compared_block_by_block():
    torch.manual_seed(1)
    features = F.normalize(torch.randn(3000, 64), dim=-1)
    features[2999] = features[5]
    with pytest.raises(ValueError, match='classes 5 and 2999 cannot be told apart'):
        require_distinct_classes(features, [[str(index)] for index in range(3000)])
    candidates = [[str(index)] for index in range(2999)] + [['x', 'y']]
    features = torch.cat([features, features[:1] + 1])
    with pytest.warns(UserWarning, match="2 of 3,001 words .*: '5', 'x' .*; 'x', '5'"):
        require_distinct_classes(F.normalize(features, dim=-1), candidates)


class Spelling(Words):
    """A tokenizer that knows whole words of English letters, and spells all others byte by byte."""

    def tokenize(self, texts):
        tokens = torch.zeros(len(texts), self.CONTEXT, dtype=torch.long)
        for row, text in zip(tokens, texts, strict=True):
            size = sum(1 if w.isascii() else len(w.encode()) for w in text.split())
            row[: size + 2] = 1
        return tokens


def test_words_that_the_tokenizer_spells_out_are_named():
    expected = "^the tokenizer spells out words of 2 of 4 names.*: 'cat \u732b', '\u72d7'; check"
    with pytest.warns(UserWarning, match=expected):
        warn_of_spelt_words(Spelling(), ['cat', 'cat \u732b', '\u72d7', '12 (x), y'])


def test_clips_tokenizer_knows_the_words_of_ade20k_and_no_chinese(silent):
    class Clip:
        tokenize = staticmethod(open_clip.get_tokenizer('ViT-B-32'))

    names = distinct_candidates(split_classes(Vocabulary.of('ade20k_panoptic').classes))
    warn_of_spelt_words(Clip(), names)
    with pytest.raises(
        UserWarning,
        match=r"2 of 3 names.*'斑马线', 'машина'",
    ):
        warn_of_spelt_words(Clip(), ['zebra crossing', '斑马线', 'машина'])


def test_words_that_training_had_not_are_named(silent):
    trained = {'red', 'circle', 'wall', 'of', 'bricks'}
    warn_of_unknown_words(trained, ['red circle', 'wall of bricks', 'red-circle'])
    names = ['red car', 'car', '🐱', '红圈', 'x' * 1000, 'circle']
    assert unknown_words(trained, names) == ['car', '🐱', '红圈', 'x' * 1000]
    with pytest.raises(
        UserWarning, match=r"never trained on 'car', '🐱', '红圈', 'x{40}\.\.\."
    ) as warning:
        warn_of_unknown_words(trained, names)
    assert "it knows 'bricks', 'circle', 'of' and 2 more words" in str(warning.value)


def test_near_classes_of_a_classifier_are_named_whatever_fills_it_up(silent):
    dog, cat = rows(1, 2)
    hound = F.normalize(dog + 0.01 * rows(5)[0], dim=0)
    classifier = torch.stack([torch.stack([cat, dog]), torch.stack([hound, hound])])
    with pytest.raises(UserWarning, match=r"2 of 2 classes .*: 'cat', 'hound' \(cosine 1.0000"):
        warn_of_near_classes(classifier, ['cat,dog', 'hound'])
    warn_of_near_classes(classifier[:, :1], ['cat', 'hound'])
    warn_of_near_classes(torch.stack([dog, hound])[None], ['dog,hound'])  # of one class

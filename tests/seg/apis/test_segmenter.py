"""A model and words: the open shapes config with random weights."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from seg.apis.config.read import read_config
from seg.apis.segmenter import Segmenter
from seg.panoptic.picture import draw_segments
from seg.runtime.image_files import UnreadableImageError
from seg.text_classifier import encode, word_encoder

THINGS, STUFF = ('red star,crimson star', 'zebra'), ('sky',)


@pytest.fixture
def make(random_open_model):
    """Builds a segmenter, by default from words."""
    config, weights, options = random_open_model

    def call(checkpoint=weights, things=THINGS, stuff=STUFF):
        return Segmenter(read_config(config, options), checkpoint, 'cpu', things, stuff)

    return call


@pytest.fixture
def encoded(monkeypatch):
    """The candidates that were encoded, in order."""
    names, original = [], encode.candidate_features

    def spy(encoder, candidates, *args, **kwargs):
        names.extend(candidates)
        return original(encoder, candidates, *args, **kwargs)

    monkeypatch.setattr(encode, 'candidate_features', spy)
    return names


GREY = np.full((60, 80, 3), 128, np.uint8)


def names(found):
    return {segment.name for segment in found[1]}


def test_words_to_begin_with_need_no_classifier_file(make):
    with pytest.raises(FileNotFoundError, match='text classifier'):
        make(things=(), stuff=())
    index, segments = make()(GREY)
    assert index.shape == (60, 80) and segments
    assert {segment.name for segment in segments} <= {'red star', 'zebra', 'sky'}


def test_a_photograph_is_segmented_upright(make, tmp_path):
    pixels, tags = np.full((60, 80, 3), 128, np.uint8), Image.Exif()
    tags[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / 'a.png', exif=tags.tobytes())
    index, segments = make()(str(tmp_path / 'a.png'))
    assert index.shape == (80, 60)
    assert draw_segments(tmp_path / 'a.png', index, segments).shape[:2] == (640, 480)


def test_pictures_that_cannot_be_segmented_are_named(make, tmp_path):
    segmenter = make()
    Image.new('RGB', (6000, 1)).save(tmp_path / 'narrow.png')
    (tmp_path / 'cut.jpg').touch()
    for name in ('narrow.png', 'cut.jpg'):
        with pytest.raises(UnreadableImageError, match=name):
            segmenter(str(tmp_path / name))


def test_words_are_encoded_once(make, encoded):
    segmenter = make()
    assert encoded == ['crimson star', 'red star', 'sky', 'zebra']
    words = segmenter.encode(('zebra,stripes', 'sky'))
    assert encoded[4:] == ['stripes']
    again = make(things=('zebra,stripes', 'sky'), stuff=()).vocabulary
    torch.testing.assert_close(words.rows, again.rows)


def test_the_store_of_words_is_bounded(make, encoded, monkeypatch):
    monkeypatch.setattr(word_encoder, '_MAX_KEPT', 5)
    segmenter = make()
    segmenter.encode(('zebra', 'horse', 'cow'))
    segmenter.encode(('zebra', 'horse', 'cow'))
    assert encoded[4:] == ['cow', 'horse', 'zebra']


def test_words_that_cannot_be_are_refused(make):
    segmenter = make()
    for things, words in (
        ([f'thing {number}' for number in range(1000)], '1000 classes; a panoptic map has at most'),
        (['cat', 'cat'], 'the same'),
        ([], 'expected a sequence'),
    ):
        with pytest.raises(ValueError, match=words):
            segmenter.encode(things)


def test_calls_at_once_with_other_words_get_answers_in_their_own(make):
    segmenter = make()
    before = segmenter.vocabulary

    def call(number):
        words = segmenter.encode([f'v{number} star', f'v{number} cross'], [f'v{number} sky'])
        return names(segmenter(GREY, words))

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(call, range(12)))
    for number, own in enumerate(found):
        assert own and {name.split()[0] for name in own} == {f'v{number}'}
    assert segmenter.vocabulary is before
    assert names(segmenter(GREY)) <= {'red star', 'zebra', 'sky'}


def test_other_words_are_the_same_as_a_model_built_with_them(make):
    words = ['blue ring', 'zebra,horse', 'red star']
    segmenter, built = make(), make(things=words, stuff=('sky', 'sea'))
    index, segments = segmenter(GREY, segmenter.encode(words, ('sky', 'sea')))
    expected_index, expected = built(GREY)
    assert (index == expected_index).all()
    assert [(s.label, s.name, s.box) for s in segments] == [
        (s.label, s.name, s.box) for s in expected
    ]


def test_words_that_take_too_long_are_given_up_and_what_is_done_is_kept(make, encoded, monkeypatch):
    segmenter = make()
    clock = iter(range(100))  # a second passes between any two looks at it
    monkeypatch.setattr(encode.time, 'monotonic', lambda: next(clock))
    monkeypatch.setattr(encode, '_PROMPTS_BETWEEN_LOOKS', 1)
    del encoded[:]
    with pytest.raises(TimeoutError, match='longer than 2 s'):
        segmenter.encode(('a', 'b', 'c'), timeout=2)
    assert encoded == ['a', 'b']
    segmenter.encode(('a', 'b', 'c'), timeout=2)
    assert encoded == ['a', 'b', 'c']


def test_999_classes_are_told_apart_from_void(make):
    segmenter = make()
    words = segmenter.encode([f'thing {number}' for number in range(999)])
    _, segments = segmenter(GREY, words)
    assert segments and all(segment.label < 999 and segment.is_thing for segment in segments)


def test_a_checkpoint_of_another_model_is_refused(make, tmp_path):
    torch.save({'weight': torch.zeros(1)}, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='was not made by this config'):
        make(str(tmp_path / 'other.pth'))
    with pytest.raises(FileNotFoundError, match=r'checkpoint .*none\.pth does not exist'):
        make(str(tmp_path / 'none.pth'))

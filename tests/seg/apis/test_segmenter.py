"""A model and words: the open shapes config with random weights."""

import numpy as np
import pytest
import torch
from PIL import Image

from seg.apis import inference
from seg.apis.config import read_config
from seg.apis.inference import Segmenter
from seg.apis.picture import draw_segments
from seg.datasets.image_files import UnreadableImageError

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
    names, original = [], inference.candidate_features

    def spy(encoder, candidates, *args, **kwargs):
        names.extend(candidates)
        return original(encoder, candidates, *args, **kwargs)

    monkeypatch.setattr(inference, 'candidate_features', spy)
    return names


def rows(segmenter):
    return segmenter.model.panoptic_head.cls_embed.rows


def test_words_to_begin_with_need_no_classifier_file(make):
    with pytest.raises(FileNotFoundError, match='text classifier'):
        make(things=(), stuff=())
    index, segments = make()(np.full((60, 80, 3), 128, np.uint8))
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
    assert encoded == ['red star', 'crimson star', 'zebra', 'sky']
    segmenter.set_words(('zebra,stripes', 'sky'))
    assert encoded[4:] == ['stripes']
    kept = rows(segmenter)
    torch.testing.assert_close(kept, rows(make(things=('zebra,stripes', 'sky'), stuff=())))


def test_the_store_of_words_is_bounded(make, encoded, monkeypatch):
    monkeypatch.setattr(inference, '_MAX_KEPT', 5)
    segmenter = make()
    segmenter.set_words(('zebra', 'horse', 'cow'))
    assert encoded[4:] == ['zebra', 'horse', 'cow'] and len(segmenter._features) == 3


def test_words_that_cannot_be_leave_the_old_ones_in_force(make):
    segmenter = make()
    before = rows(segmenter).clone()
    for things, words in (
        ([f'thing {number}' for number in range(1000)], '1000 classes; a panoptic map has at most'),
        (['cat', 'cat'], 'the same'),
        ([], 'expected a sequence'),
    ):
        with pytest.raises(ValueError, match=words):
            segmenter.set_words(things)
        assert segmenter.classes == THINGS + STUFF and torch.equal(rows(segmenter), before)


def test_999_classes_are_told_apart_from_void(make):
    segmenter = make()
    segmenter.set_words([f'thing {number}' for number in range(999)])
    _, segments = segmenter(np.full((60, 80, 3), 128, np.uint8))
    assert segments and all(segment.label < 999 and segment.is_thing for segment in segments)


def test_a_checkpoint_of_another_model_is_refused(make, tmp_path):
    torch.save({'weight': torch.zeros(1)}, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='was not made by this config'):
        make(str(tmp_path / 'other.pth'))
    with pytest.raises(FileNotFoundError, match=r'checkpoint .*none\.pth does not exist'):
        make(str(tmp_path / 'none.pth'))

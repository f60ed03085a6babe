"""A model and words: the open shapes config with random weights."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.derive import classifier_of
from seg.apis.config.read import read_config
from seg.apis.segmenter import Segmenter
from seg.models.vocabulary import EncodedVocabulary
from seg.runtime.image_files import UnreadableImageError
from seg.text_classifier import encode, word_encoder
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.storage import save_classifier

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


def test_words_to_begin_with_need_no_classifier_file(make):
    with pytest.raises(FileNotFoundError, match='text classifier'):
        make(things=(), stuff=())
    found = make()(GREY)
    assert found.index.shape == (60, 80) and len(found)
    assert set(found.names) <= {'red star', 'zebra', 'sky'}


def test_rows_of_other_words_are_not_given_the_names_of_now(
    make, random_open_model, tmp_path, monkeypatch
):
    """As where ``classes.txt`` was edited after the training."""
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(tmp_path))
    cfg = read_config(random_open_model[0], random_open_model[2])
    vocabulary = vocabulary_from_config(cfg)
    for last, problem in (
        ('lawn', "'lawn' there and .* give its data the words of the training"),
        (None, None),
    ):
        classes = [*vocabulary.classes[:-1], last or vocabulary.classes[-1]]
        save_random_rows(classifier_of(cfg, vocabulary.dataset_name), classes, tmp_path)
        if problem is None:
            assert make(things=(), stuff=()).vocabulary.classes == tuple(classes)
        else:
            with pytest.raises(ValueError, match=problem):
                make(things=(), stuff=())


def save_random_rows(name, classes, folder):
    candidates = split_classes(classes)
    rows = F.normalize(torch.randn(len(distinct_candidates(candidates)), 96), dim=-1)
    manifest = build_manifest(
        model_name='m',
        dataset_name='d',
        classes=classes,
        templates=('{}',),
        architecture='m',
        precision='fp32',
        pretrained=None,
    )
    save_classifier(folder / f'{name}.pth', assemble_classifier(rows, candidates), manifest)


def test_a_photograph_is_segmented_upright(make, tmp_path):
    pixels, tags = np.full((60, 80, 3), 128, np.uint8), Image.Exif()
    tags[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / 'a.png', exif=tags.tobytes())
    segmenter = make()
    for picture in (str(tmp_path / 'a.png'), tmp_path / 'a.png', Image.open(tmp_path / 'a.png')):
        found = segmenter(picture)
        assert found.index.shape == (80, 60)
        assert found.plot().size == (480, 640)


def test_pictures_that_cannot_be_segmented_are_named(make, tmp_path):
    segmenter = make()
    Image.new('RGB', (6000, 1)).save(tmp_path / 'narrow.png')
    (tmp_path / 'cut.jpg').touch()
    (tmp_path / 'folder').mkdir()
    for name in ('narrow.png', 'cut.jpg', 'folder'):
        with pytest.raises(UnreadableImageError, match=name):
            segmenter(str(tmp_path / name))
    with pytest.raises(UnreadableImageError, match='image given cannot be transformed'):
        segmenter(np.zeros((1, 6000, 3), np.uint8))
    with pytest.raises(FileNotFoundError, match=r'image .*none\.jpg does not exist'):
        segmenter(tmp_path / 'none.jpg')


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
        (['cat', 'cat'], "'cat' is given twice"),
        ([], "no words to look for; give e.g. 'cat; dog, puppy'"),
        (' \n', 'no words to look for'),
        (' ; ', "';' has no word"),
        (['cat', 5], 'class 2 of 2: a class name must be a string, got 5'),
        ({'cat', 'dog'}, 'a list of names, not set'),
        (segmenter.vocabulary, 'a list of names, not EncodedVocabulary'),
    ):
        with pytest.raises(ValueError, match=words):
            segmenter.encode(things)
    with pytest.raises(ValueError, match="'Sky' is among the things and the stuff"):
        segmenter.encode('cat; sky', ['Sky'])


def test_words_set_once_are_those_of_later_calls(make):
    segmenter = make()
    segmenter.set_words('red circle')
    assert segmenter.vocabulary.classes == ('red circle',)
    assert set(segmenter(GREY).names) == {'red circle'}


def test_calls_at_once_with_other_words_get_answers_in_their_own(make):
    segmenter = make()
    before = segmenter.vocabulary

    def call(number):
        words = segmenter.encode([f'v{number} star', f'v{number} cross'], [f'v{number} sky'])
        return segmenter(GREY, vocabulary=words).names

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(call, range(12)))
    for number, own in enumerate(found):
        assert own and {name.split()[0] for name in own} == {f'v{number}'}
    assert segmenter.vocabulary is before
    assert set(segmenter(GREY).names) <= {'red star', 'zebra', 'sky'}


def test_other_words_are_the_same_as_a_model_built_with_them(make):
    words = ['blue ring', 'zebra,horse', 'red star']
    segmenter, built = make(), make(things=words, stuff=('sky', 'sea'))
    expected = built(GREY)
    encoded = segmenter.encode(words, ('sky', 'sea'))
    for found in (
        segmenter(GREY, vocabulary=encoded),
        segmenter(GREY, words, ['sky', 'sea']),
        segmenter(GREY, 'blue ring; zebra, horse; red star', stuff='sky; sea'),
    ):
        assert (found.index == expected.index).all()
        own, other = found.to_dict(), expected.to_dict()
        for one, same in zip(own['segments'], other['segments'], strict=True):
            # Four decimals of sums whose order is free: the last may be rounded the other way.
            assert one.pop('score') == pytest.approx(same.pop('score'), abs=1.01e-4)
        assert own == other


def test_stuff_alone_and_things_alone_are_words(make):
    segmenter = make()
    assert not segmenter(GREY, stuff='sky; sea').is_thing.any()
    assert segmenter(GREY, 'blue ring').is_thing.all()


def test_words_of_calls_are_encoded_once(make, encoded):
    segmenter = make()
    del encoded[:]
    for _ in range(3):
        segmenter([GREY, GREY], 'blue ring; zebra', stuff='sky')
    assert encoded == ['blue ring']


def test_words_and_their_encoding_are_not_both_taken(make):
    segmenter = make()
    with pytest.raises(ValueError, match='not both'):
        segmenter(GREY, 'zebra', vocabulary=segmenter.vocabulary)
    with pytest.raises(ValueError, match='no words to look for'):
        segmenter(GREY, '')


def test_several_pictures_have_a_result_each(make, tmp_path):
    dark = np.zeros((40, 60, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'a.png'), dark)
    segmenter = make()
    found = segmenter([GREY, tmp_path / 'a.png', Image.fromarray(dark)])
    assert [f.index.shape for f in found] == [(60, 80), (40, 60), (40, 60)]
    assert found[1].to_dict() == found[2].to_dict() == segmenter(dark).to_dict()
    assert segmenter([]) == []


def test_red_is_red_in_bgr_arrays_and_in_pil_images(make, tmp_path):
    red = np.zeros((40, 60, 3), np.uint8)
    red[..., 2] = 200
    red[:20, :30, 1] = 90
    rgb = Image.fromarray(np.ascontiguousarray(red[..., ::-1]))
    rgb.save(tmp_path / 'a.png')
    segmenter = make()
    pictures = [red, rgb, tmp_path / 'a.png', np.asarray(rgb)[..., ::-1], rgb.convert('RGBA')]
    for found in segmenter(pictures):
        np.testing.assert_array_equal(found.image, red)
        np.testing.assert_array_equal(found.index, segmenter(red).index)


def test_a_picture_that_is_only_lent_is_not_written_to(make):
    grey = GREY.copy()
    grey.flags.writeable = False
    assert make()(grey).image is grey


@pytest.mark.parametrize(
    ('picture', 'words'),
    [
        (
            np.zeros((4, 5, 3)),
            r'an array of float64 \[4, 5, 3\]; expected uint8 \[H, W, 3\] in BGR',
        ),
        (np.zeros((4, 5, 3), bool), 'an array of bool'),
        (np.zeros((4, 5), np.uint8), r'uint8 \[4, 5\]; expected'),
        (np.zeros((4, 5, 4), np.uint8), r'uint8 \[4, 5, 4\]; expected'),
        (np.zeros((3, 4, 5), np.uint8), r'uint8 \[3, 4, 5\]; expected'),
        (np.zeros((1, 4, 5, 3), np.uint8), r'uint8 \[1, 4, 5, 3\]; expected'),
        (np.zeros((0, 5, 3), np.uint8), r'uint8 \[0, 5, 3\]; expected'),
        (torch.zeros(3, 4, 5), 'is a Tensor; expected a path, a PIL image or an array'),
        (None, 'is a NoneType; expected'),
        (Image.new('F', (5, 4)), 'floating-point numbers'),
    ],
)
def test_pixels_of_another_form_are_refused_in_one_line(make, picture, words):
    segmenter = make()
    for given, name in ((picture, 'image given '), ([GREY, picture], r'image \[1\] ')):
        with pytest.raises(ValueError, match=name + '.*' + words) as error:
            segmenter(given)
        assert '\n' not in str(error.value)


def test_the_picture_that_was_segmented_is_not_overwritten(make, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), GREY)
    segmenter = make()
    for picture in (tmp_path / 'a.png', Image.open(tmp_path / 'a.png')):
        with pytest.raises(ValueError, match='is the segmented picture itself'):
            segmenter(picture).save(tmp_path / 'a.png')


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


@pytest.mark.parametrize('count', [999, 1203, 5000])
def test_thousands_of_classes_are_told_apart_from_void_and_from_objects(make, count):
    segmenter = make()
    rows = torch.zeros(count, 96)  # which are like nothing, so that one of the last two wins
    rows[-2, 0], rows[-1, 0] = 1, -1
    words = EncodedVocabulary(
        tuple(f'thing {number}' for number in range(count)),
        count,
        rows,
        torch.arange(count),
        torch.zeros(count, dtype=torch.bool),
    )
    found = segmenter(GREY, vocabulary=words)
    assert len(found) and set(found.labels) <= {count - 2, count - 1} and found.is_thing.all()
    assert not np.isnan(found.scores).any()


def test_a_word_too_many_is_one_line(make):
    with pytest.raises(ValueError, match='100000 classes; a panoptic map has at most 99999'):
        make().encode([f'thing {number}' for number in range(100_000)])


def test_a_checkpoint_of_another_model_is_refused(make, tmp_path):
    torch.save({'weight': torch.zeros(1)}, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='was not made by this config'):
        make(str(tmp_path / 'other.pth'))
    with pytest.raises(FileNotFoundError, match=r'checkpoint .*none\.pth does not exist'):
        make(str(tmp_path / 'none.pth'))


def test_a_checkpoint_of_the_pyramid_before_is_named_so(make, random_open_model, tmp_path):
    weights = torch.load(random_open_model[1], weights_only=True)
    weights['neck.fpn.fpn_convs.0.conv.weight'] = torch.zeros(1)
    torch.save({'state_dict': weights}, tmp_path / 'old.pth')
    with pytest.raises(
        ValueError, match='of the pyramid that RPS had before, and has to be trained'
    ):
        make(tmp_path / 'old.pth')


@pytest.mark.parametrize('size', [0, -1])
def test_a_batch_holds_at_least_one_picture(make, size):
    with pytest.raises(ValueError, match=f'batch size {size}; expected at least 1'):
        make()([GREY], batch_size=size)

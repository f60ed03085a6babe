import html
import re

import numpy as np
import pytest
from page.answer import LONGEST_SIDE, answer

from seg.panoptic.segmentation import Segmentation

IMAGE = np.full((40, 60, 3), 128, np.uint8)


class TwoSided:
    """Finds the first class in the left two thirds and the last one on the right."""

    def encode(self, things, stuff, timeout):
        return (*things, *stuff), len(things)

    def __call__(self, image, vocabulary):
        self.image = image
        classes, things = vocabulary
        panoptic = np.full(image.shape[:2], len(classes) - 1)
        panoptic[:, : 2 * image.shape[1] // 3] = 1000 if things else 0
        scores = {1000: 0.9, len(classes) - 1: 0.4}
        return Segmentation.from_mmdet(image, panoptic, scores, classes, things)


def cells(table):
    rows = re.findall('<tr><td>(.*?)</tr>', table)
    return [[re.sub('<.*?>', '', cell) for cell in row.split('</td>')[1:-1]] for row in rows]


def test_each_segment_is_a_row_with_its_score_and_share():
    found = answer(TwoSided(), IMAGE, 'cat, kitten', 'grass; sky')
    assert cells(found.table) == [
        ['cat', 'thing', '0.90', '66.7 %'],
        ['sky', 'stuff', '0.40', '33.3 %'],
    ]
    assert '<b>2 segments</b> of 3 classes' in found.message
    assert found.picture.shape[1] / found.picture.shape[0] == 60 / 40


def test_a_row_has_the_colour_of_its_segment_in_the_picture():
    found = answer(TwoSided(), IMAGE, 'cat', 'sky')
    for colour in re.findall(r'rgb\((\d+),(\d+),(\d+)\)', found.table):
        assert (found.picture == np.array(colour, int)).all(-1).sum() > 100  # the label's


def test_the_model_gets_bgr_and_the_page_rgb():
    model = TwoSided()
    red = np.zeros_like(IMAGE) + np.array([200, 0, 0], np.uint8)
    found = answer(model, red, '', 'floor')
    assert model.image[0, 0].tolist() == [0, 0, 200]
    assert found.picture[-1, -1, 0] > found.picture[-1, -1, 2]


def test_large_pictures_are_made_smaller():
    model = TwoSided()
    answer(model, np.zeros((500, 4000, 3), np.uint8), 'cat', '')
    assert model.image.shape == (LONGEST_SIDE // 8, LONGEST_SIDE, 3)


def test_a_word_of_two_classes_is_noted():
    message = html.unescape(answer(TwoSided(), IMAGE, 'cat, kitten; dog', 'kitten, pup').message)
    assert "In more than one class, so that the first one wins: 'kitten'." in message
    assert 'more than one' not in answer(TwoSided(), IMAGE, 'cat, kitten; dog', '').message


def test_words_are_text_and_not_markup():
    found = answer(TwoSided(), IMAGE, '<script>alert(1)<\\script>', 'a & b')
    assert '<script' not in found.table + found.message
    assert cells(found.table)[1][0] == 'a &amp; b'


@pytest.mark.parametrize(
    ('image', 'things', 'words'),
    [
        (None, 'cat', 'Give a picture first'),
        (IMAGE, ' ; ', 'Type a word for at least one class'),
        (IMAGE, 'cat,,dog', "in 'cat,,dog' a comma or slash has no word"),
        (IMAGE, 'cat; dog; cat', "'cat' is given twice"),
        (IMAGE, 'x' * 1_000_000, '1,000,000 characters; give at most 20,000'),
        (IMAGE, ','.join(map(str, range(3000))), '3,000 words with synonyms; give at most 2,000'),
        (IMAGE[:4], 'cat', 'The picture has 60 x 4 pixels'),
        (np.zeros((10, 1000, 3), np.uint8), 'cat', 'The picture has 1000 x 10 pixels'),
    ],
)
def test_wrong_input_is_a_message_and_nothing_else(image, things, words):
    found = answer(TwoSided(), image, things, '')
    assert words in html.unescape(found.message) and 'rps-refused' in found.message
    assert found.picture is None and found.table == ''


def test_words_that_take_too_long_are_a_message():
    class Slow(TwoSided):
        def encode(self, things, stuff, timeout):
            raise TimeoutError(f'longer than {timeout} s')

    assert 'longer than 60 s' in answer(Slow(), IMAGE, 'cat', '').message


class Unsure(TwoSided):
    """Finds nothing, having learned of cats."""

    trained_on = ('cat,kitten', 'sofa')

    def __call__(self, image, vocabulary):
        classes, things = vocabulary
        void = np.full(image.shape[:2], len(classes))
        return Segmentation.from_mmdet(image, void, {}, classes, things)


def test_no_segment_at_all_says_why_and_what_to_do():
    found = answer(Unsure(), IMAGE, 'kitten; <b>car', 'tree, oak')
    assert 'class="rps-empty"' in found.message and found.table == ''
    message = html.unescape(found.message)
    assert 'trained on 2 classes (cat, sofa), and not on <b>car, tree.' in message
    assert '<b>' not in found.message
    assert 'demo/app.py configs/open_vocab/' in message
    assert found.picture.shape[2] == 3
    # Words that it knows are no reason.
    assert 'trained on' not in answer(Unsure(), IMAGE, 'cat', '').message

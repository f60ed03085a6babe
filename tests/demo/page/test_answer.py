import html

import pytest
from page.answer import answer
from page.texts import TEXTS
from page_model import TwoSided, Unsure
from PIL import Image


@pytest.fixture
def press(tmp_path):
    """The answers to a press, with a grey picture of 60 x 40 pixels."""
    file = tmp_path / 'grey.png'
    Image.new('RGB', (60, 40), 'grey').save(file)

    def call(things, stuff='', model=None, language='en', picture=file):
        say = TEXTS[language]
        answers = list(answer(model or TwoSided(), picture, things, stuff, say))
        for step in answers[:-1]:
            assert 'rps-working' in step.message and step.found is None
        return answers

    return call


def test_what_is_done_is_said_before_what_was_found(press):
    encoding, segmenting, done = press('cat, kitten;', 'grass; sky')
    assert 'Reading 4 words of 3 classes' in encoding.message
    assert 'Segmenting' in segmenting.message
    assert '<b>2 segments</b> found, looking for 3 classes' in done.message
    assert done.found.segmentation.names == ['cat', 'sky']
    assert done.found.query == '?things=cat%2C+kitten%3B&stuff=grass%3B+sky'


def test_the_words_closest_to_each_that_was_found_are_known(press):
    nearest = press('cat; dog; cow', 'sky')[-1].found.nearest
    assert nearest.keys() == {0, 3}
    assert [name for name, _ in nearest[0]][:2] == ['dog', 'sky']  # the next one, that before it
    assert nearest[0][0].cosine == pytest.approx(0.4) and nearest[0][2].cosine == 0
    assert press('cat')[-1].found.nearest == {0: []}


def test_words_that_the_text_model_does_not_know_are_named_with_what_was_found(press):
    assert 'not trained on: &lt;zebra.' in press('cat; <zebra')[-1].message
    assert 'not trained on' not in press('cat')[-1].message


@pytest.mark.parametrize(
    ('things', 'words'),
    [
        ('', 'Type a word for at least one class'),
        ('cat; dog; cat', "'cat' is given twice"),
    ],
)
def test_wrong_input_is_a_message_and_nothing_else(press, things, words):
    (found,) = press(things)
    assert words in html.unescape(found.message) and 'rps-refused' in found.message
    assert found.found is None


def test_a_missing_picture_is_a_message_in_the_visitors_language(press):
    assert 'Give a picture first' in press('cat', picture=None)[0].message
    assert '请先选择一张图片' in press('cat', picture=None, language='zh')[0].message


def test_words_that_take_too_long_are_a_message(press):
    class Slow(TwoSided):
        def encode(self, things, stuff, timeout):
            raise TimeoutError(f'longer than {timeout} s')

    assert 'longer than 60 s' in press('cat', model=Slow())[-1].message


def test_no_segment_at_all_says_why_and_what_to_do(press):
    found = press('kitten; <b>car', 'tree, oak;', Unsure())[-1]
    assert 'rps-empty' in found.message and found.found is None and '<b>' not in found.message
    message = html.unescape(found.message)
    assert 'trained on 2 classes (cat, sofa), and not on <b>car, tree.' in message
    assert 'demo/app.py configs/open_vocab/' in message
    # Words that it knows are no reason.
    assert 'trained on' not in press('cat', model=Unsure())[-1].message
    assert 'text model does not know what zebra means' in press('zebra', model=Unsure())[-1].message
    message = press('cat', model=Unsure(), language='zh')[-1].message
    assert (
        '没有学过' not in message
        and '它训练过 2 个类别' in message
        and 'demo/app.py CONFIG CHECKPOINT' in message
    )
    message = press('<zebra', model=Unsure(), language='zh')[-1].message
    assert '&lt;zebra' in message and '&amp;' not in message

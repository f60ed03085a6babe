import html
import re

import pytest
from page.texts import TEXTS
from page.words import chips, read_words
from page_model import TwoSided

SAY = TEXTS['en']
MODEL = TwoSided()  # trained on cat or kitten, and sofa


def shown(things, stuff='', say=SAY):
    """The words of each chip, and what is said of them."""
    text = chips(MODEL, things, stuff, say)
    items = re.findall('<li.*?>(.*?)</li>', text)
    return [re.sub('<.*?>', '', item) for item in items], html.unescape(text)


def test_each_class_is_a_chip_with_its_synonyms():
    assert shown('cat, kitten; sofa')[0] == ['cat or kitten', 'sofa']
    assert 'Things: 2 classes' in shown('cat; kitten')[1]
    assert 'Stuff: 1 class<' in shown('', 'sky')[1] and 'Things' not in shown('', 'sky')[1]
    assert shown('cat, kitten; sofa', say=TEXTS['zh'])[0] == ['cat 或 kitten', 'sofa']


def test_words_that_training_did_not_have_are_marked_for_eye_and_ear():
    items, text = shown('cat; zebra')
    assert items == ['cat', 'zebra (not a word of training)']
    assert text.count('class="rps-new"') == 1 and 'Dashed' in text
    assert 'The text model was not trained on: zebra.' in text
    assert 'Dashed' not in shown('cat')[1] and 'trained' not in shown('cat')[1]


def test_commas_alone_are_explained():
    items, text = shown('cat, kitten')
    assert items == ['cat', 'kitten'] and 'end with a semicolon' in text
    assert 'semicolon' not in shown('cat; kitten')[1]


def test_a_word_of_two_classes_is_noted():
    text = shown('cat, kitten; sofa', 'kitten, pup;')[1]
    assert 'In more than one class, so that the first one wins: kitten.' in text
    assert 'more than one' not in shown('cat, kitten; sofa')[1]


def test_many_classes_are_counted_and_not_all_shown():
    items, text = shown('; '.join(map(str, range(1203))))
    assert 'Things: 1,203 classes' in text and len(items) == 61 and items[-1] == '+ 1,143'


def test_a_long_word_is_cut():
    items, text = shown(f'cat, {"x" * 5000};')
    assert items == [f'cat or {"x" * 57}...'] and len(text) < 1000


def test_words_are_text_and_not_markup():
    text = chips(MODEL, '<script>alert(1)<\\script>; a & b', '', SAY)
    assert '<script' not in text and '&lt;script&gt;' in text and 'a &amp; b' in text
    assert '<b>' not in chips(MODEL, '<b>; <b>', '', SAY)


@pytest.mark.parametrize(
    ('things', 'words'),
    [
        ('', 'Type a word for at least one class'),
        (' ; ', 'has no word'),
        ('x' * 1_000_000, '1,000,000 characters; give at most 20,000'),
        (','.join(map(str, range(3000))), '3,000 words with synonyms; give at most 2,000'),
    ],
)
def test_what_cannot_be_understood_is_said_where_the_chips_would_be(things, words):
    with pytest.raises(ValueError, match=words):
        read_words(things, '', SAY)
    assert shown(things)[0] == [] and words in shown(things)[1]
    assert '无法处理' in shown(things, say=TEXTS['zh'])[1]

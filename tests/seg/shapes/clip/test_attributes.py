"""Which captions are true of which pictures."""

import pytest

from seg.shapes.clip.attributes import (
    FALSE,
    LARGE,
    SMALL,
    TRUE,
    UNKNOWN,
    WORDS,
    Said,
    Shown,
    attribute_numbers,
    size_word,
    truth,
)

PICTURE = Shown('circle', 'red', 'striped', 'small', ('grass', 'sky'))
SEGMENT = Shown('circle', 'red', 'striped', None, (), is_segment=True)
PATTERN = Shown('star', None, 'striped', 'large', ('snow',))
LAWN = Shown(grounds=('grass',), is_segment=True)


@pytest.mark.parametrize(
    ('shown', 'said', 'expected'),
    [
        (PICTURE, Said('circle'), TRUE),
        (PICTURE, Said('circle', 'red', 'striped', 'small', 'sky'), TRUE),
        (PICTURE, Said('circle', 'red', 'striped', 'large'), FALSE),
        (PICTURE, Said('circle', 'blue'), FALSE),
        (PICTURE, Said('star', 'red'), FALSE),
        (PICTURE, Said('circle', texture='plain'), FALSE),
        (PICTURE, Said('circle', ground='snow'), FALSE),
        (PICTURE, Said(ground='grass'), UNKNOWN),
        (PICTURE, Said(ground='snow'), FALSE),
        (PICTURE._replace(size=None), Said('circle', size='small'), UNKNOWN),
        (PICTURE._replace(size=None), Said('star', size='small'), FALSE),
        (SEGMENT, Said('circle', 'red', 'striped'), TRUE),
        (SEGMENT, Said('circle', ground='grass'), UNKNOWN),
        (SEGMENT, Said('star', ground='grass'), FALSE),
        (SEGMENT, Said(ground='grass'), FALSE),
        (PATTERN, Said('star', texture='striped'), TRUE),
        (PATTERN, Said('star', 'black', 'striped'), FALSE),
        (LAWN, Said(ground='grass'), TRUE),
        (LAWN, Said(ground='sky'), FALSE),
        (LAWN, Said('circle', ground='grass'), FALSE),
    ],
)
def test_a_caption_is_true_if_all_it_says_is_seen(shown, said, expected):
    assert truth([shown], [said]).tolist() == [[expected]]


def test_every_picture_is_held_against_every_caption():
    shown, said = [PICTURE, SEGMENT, LAWN], [Said('circle'), Said(ground='grass')]
    assert truth(shown, said).tolist() == [[TRUE, UNKNOWN], [TRUE, FALSE], [FALSE, TRUE]]


def test_between_small_and_large_a_thing_is_neither():
    radii = (SMALL - 1, SMALL, (SMALL + LARGE) / 2, LARGE, LARGE + 1)
    assert [size_word(r) for r in radii] == ['small', 'small', None, 'large', 'large']


def test_attributes_are_numbers_of_their_words():
    rows = [PICTURE, PATTERN, LAWN, Shown(grounds=('sky', 'snow')), Said(ground='snow')]
    words = [
        [
            None if number < 0 else own[number]
            for number, own in zip(row, WORDS.values(), strict=True)
        ]
        for row in attribute_numbers(rows)
    ]
    assert words == [
        ['circle', 'red', 'striped', 'small', None],
        ['star', None, 'striped', 'large', None],
        [None, None, None, None, 'grass'],
        [None, None, None, None, None],
        [None, None, None, None, 'snow'],
    ]

import sys

import numpy as np
import pytest

from seg.panoptic import text_drawing
from seg.panoptic.text_drawing import best_font, draw_text


def test_longer_text_is_wider_and_other_words_look_different():
    short, long = draw_text('cat'), draw_text('cat and dog')
    assert short.dtype == np.uint8 and short.max() > 200
    assert short.shape[0] == long.shape[0] and short.shape[1] < long.shape[1]
    assert not np.array_equal(draw_text('cat'), draw_text('dog'))


@pytest.mark.parametrize('text', ['ünï', 'кот', '\udccc\udcec', '天\udcbf', '🦓', ' ', ''])
def test_any_string_is_drawn(text):
    assert draw_text(text).ndim == 2


def test_half_a_character_is_a_question_mark():
    assert np.array_equal(draw_text('\udccc'), draw_text('?'))


@pytest.mark.parametrize('words', ['天空 草地', '日本語', '한국어'])
def test_chinese_japanese_and_korean_have_a_font_each_character_of_its_own(words):
    pytest.importorskip('manimgx_fonts_cjk', reason='the extra `demo` is not installed')
    shapes = {draw_text(char).tobytes() for char in words}
    assert len(shapes) == len(set(words))


def test_a_folder_that_has_only_the_name_of_the_fonts_is_passed_over(monkeypatch, tmp_path):
    (tmp_path / 'manimgx_fonts_cjk').mkdir()
    monkeypatch.delitem(sys.modules, 'manimgx_fonts_cjk', raising=False)
    monkeypatch.setattr(sys, 'path', [str(tmp_path)])
    assert 'DejaVuSans' in next(fonts := text_drawing._fonts())
    assert not any(str(tmp_path) in font for font in fonts)


def test_the_font_that_has_most_of_the_characters_is_taken(monkeypatch):
    fonts = {'latin': 'abc', 'broken': '', 'most': 'ab天空', 'all': 'abc天空', 'later': 'abc天空'}
    monkeypatch.setattr(text_drawing, '_fonts', lambda: iter(fonts))
    monkeypatch.setattr(
        text_drawing, '_characters_of', lambda path: frozenset(map(ord, fonts[path]))
    )
    for text, font in (('abc', 'latin'), ('a天', 'most'), ('c天', 'all'), ('天☃', 'most')):
        best_font.cache_clear()
        assert best_font(frozenset(map(ord, text))) == font
    best_font.cache_clear()

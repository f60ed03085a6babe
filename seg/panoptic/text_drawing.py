"""Text in pictures, in whatever language a font of this machine or environment has."""

import contextlib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont, TTLibError
from matplotlib import get_data_path
from matplotlib.font_manager import findSystemFonts
from PIL import Image, ImageDraw, ImageFont

_CJK_PACKAGE = 'manimgx_fonts_cjk'  # Noto Sans CJK; of the extra `demo`


@lru_cache(maxsize=256)
def draw_text(text: str, size: int = 14) -> np.ndarray:
    """A line of text: uint8 [H, W], 255 where it is; read-only.

    The font is the first that has all its characters, or most of them. What no font has is drawn as
    an empty box, and half a character (a lone surrogate) as a question mark.
    """
    whole = text.encode('utf-8', 'replace').decode()
    font = _load(best_font(frozenset(map(ord, whole))), size)
    ascent, descent = font.getmetrics()
    left, _, right, _ = map(round, font.getbbox(whole))
    image = Image.new('L', (max(1, right - min(0, left)), ascent + descent))
    ImageDraw.Draw(image).text((-min(0, left), 0), whole, fill=255, font=font)
    return np.asarray(image)


@lru_cache(maxsize=64)
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size)
    with contextlib.suppress(OSError, ValueError):  # has one weight, and not hairlines at first
        font.set_variation_by_name('Medium')
    return font


@lru_cache(maxsize=4096)
def best_font(characters: frozenset[int]) -> str:
    """Path of the font that has most of the characters, the first of several."""
    best, most = '', -1
    for path in _fonts():
        count = len(characters & _characters_of(path))
        if count > most:
            best, most = path, count
        if count == len(characters):
            break
    return best


def _fonts() -> Iterator[str]:
    """Paths of fonts: matplotlib's own, which comes with mmdet, then those of this machine."""
    yield str(Path(get_data_path()) / 'fonts/ttf/DejaVuSans.ttf')
    package = find_spec(_CJK_PACKAGE)
    if package is not None and package.origin is not None:  # a folder alone has none
        yield from sorted(str(p) for p in Path(package.origin).parent.glob('*.[ot]t[fc]'))
    yield from _system_fonts()


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[str, ...]:
    return tuple(sorted(findSystemFonts()))


@cache
def _characters_of(path: str) -> frozenset[int]:
    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:  # matplotlib's FreeType may be too old
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError):  # no font after all
        return frozenset()

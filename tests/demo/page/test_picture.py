import numpy as np
import pytest
from page import picture
from page.picture import LONGEST_SIDE, read_picture
from page.texts import TEXTS
from PIL import Image

SAY = TEXTS['en']


def written(path, width, height, colour='grey'):
    Image.new('RGB', (width, height), colour).save(path)
    return path


def test_the_model_gets_bgr(tmp_path):
    pixels = read_picture(written(tmp_path / 'a.png', 60, 40, (200, 10, 0)), SAY)
    assert pixels.shape == (40, 60, 3) and pixels[0, 0].tolist() == [0, 10, 200]


def test_large_pictures_are_made_smaller(tmp_path):
    pixels = read_picture(written(tmp_path / 'a.png', 4000, 500), SAY)
    assert pixels.shape == (LONGEST_SIDE // 8, LONGEST_SIDE, 3) and (pixels == 128).all()
    assert isinstance(pixels, np.ndarray)


def test_what_is_no_usable_picture_is_refused_without_its_path(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, 'MAX_PIXELS', 20_000)
    (tmp_path / 'words.png').write_text('no picture')
    for file, words in (
        (None, 'Give a picture first'),
        (tmp_path / 'words.png', 'not a readable picture'),
        (tmp_path / 'missing.png', 'not a readable picture'),
        (written(tmp_path / 'low.png', 60, 4), 'The picture has 60 x 4 pixels'),
        (written(tmp_path / 'long.png', 1000, 10), 'The picture has 1000 x 10 pixels'),
        (written(tmp_path / 'large.png', 200, 101), 'has 200 x 101 pixels; give one of at most'),
    ):
        with pytest.raises(ValueError, match=words) as error:
            read_picture(file, SAY)
        assert str(tmp_path) not in str(error.value)

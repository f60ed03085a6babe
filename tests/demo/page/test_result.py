import io
import json
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from page.answer import Found
from page.neighbours import Neighbour
from page.result import at_least, label_map, show
from page.texts import TEXTS
from page_model import TwoSided
from PIL import Image

SAY = TEXTS['en']


def found(things=('cat,kitten',), stuff=('grass', 'sky'), query='?things=cat'):
    model = TwoSided()
    image = np.full((40, 60, 3), 128, np.uint8)
    segmentation = model(image, model.encode(things, stuff, 1))
    nearest = {segment.label: [Neighbour('a & b', 0.51)] for segment in segmentation}
    return Found(segmentation, nearest, query)


@pytest.fixture
def shown(tmp_path):
    def call(own=None, least=0.0, only_outlines=False, language='en'):
        return show(own or found(), least, only_outlines, tmp_path, TEXTS[language])

    return call


def rows(details):
    found = re.findall(r'<tr data-segment="(\d+)">(.*?)</tr>', details)
    return [
        [number, *(re.sub('<.*?>', '', c) for c in row.split('</td>')[:-1])]
        for number, row in found
    ]


def file_of(text, kind):
    """The file that a link or a picture leads to."""
    return Path(unquote(re.search(rf'"gradio_api/file=([^"]*\.{kind})"', text)[1]))


def test_each_segment_is_a_row_with_its_score_share_and_the_words_close_to_it(shown):
    why = 'Closest to it in meaning: a &amp; b 0.51 (1.00: the same to the text model)'
    assert rows(shown().details) == [
        ['0', f'cat{why}', 'thing', '0.90', '66.7 %'],
        ['1', f'sky{why}', 'stuff', '0.40', '33.3 %'],
    ]
    assert '<th scope="col">类别</th>' in shown(language='zh').details


def test_the_picture_is_described_and_shows_the_segments(shown):
    picture = shown().picture
    assert 'alt="The picture with 2 segments: cat, sky"' in picture
    drawn = np.asarray(Image.open(file_of(picture, 'png')).convert('RGB'), int)
    assert drawn.shape[1] / drawn.shape[0] == 60 / 40
    assert np.ptp(drawn[5, 5]) > 20  # grey, tinted
    plain = np.asarray(
        Image.open(file_of(shown(only_outlines=True).picture, 'png')).convert('RGB'), int
    )
    middle = plain[plain.shape[0] // 4, plain.shape[1] // 4]
    assert np.ptp(middle) == 0


def test_a_row_has_the_colour_of_its_segment_in_the_picture(shown):
    result = shown()
    drawn = np.asarray(Image.open(file_of(result.picture, 'png')).convert('RGB'), int)
    colours = re.findall(r'rgb\((\d+),(\d+),(\d+)\)', result.details)
    assert len(set(colours)) == 2
    for colour in colours:
        assert (drawn == np.array(colour, int)).all(-1).sum() > 100  # the label's


def test_the_label_map_tells_the_segment_of_each_pixel():
    index = np.arange(-1, 599, dtype=np.int32).reshape(20, 30)
    pixels = np.asarray(Image.open(io.BytesIO(label_map(index))), int)
    assert (pixels[..., 0] + 256 * pixels[..., 1] - 1 == index).all()


def test_segments_of_less_than_the_least_score_are_left_out(shown):
    kept = at_least(found().segmentation, 0.5)
    assert kept.names == ['cat'] and set(np.unique(kept.index)) == {-1, 0}
    result = shown(least=0.5)
    assert [row[1][:3] for row in rows(result.details)] == ['cat']
    assert '1 of 2 segments shown; the others score less than 0.50.' in result.picture
    # As it is written: the score in the table is 0.90, in the model a little less.
    assert found().segmentation[0].score < 0.9
    assert rows(shown(least=0.9).details) and not rows(shown(least=0.95).details)


def test_a_score_that_is_not_known_is_not_below_any():
    segmentation = found(things=(), stuff=('sky', 'sea')).segmentation
    assert np.isnan(segmentation.scores).any()
    assert np.isnan(at_least(segmentation, 1).scores).all()


def test_what_is_taken_along_is_what_is_shown(shown):
    result = shown(least=0.5)
    record = json.loads(file_of(result.details, 'json').read_text())
    assert record == at_least(found().segmentation, 0.5).to_dict()
    assert file_of(result.details, 'png') == file_of(result.picture, 'png')


def test_the_link_keeps_the_words_unless_they_are_too_long(shown):
    assert 'href="?things=cat"' in shown().details
    assert 'too long for a link' in shown(found(query=None)).details


def test_words_are_text_and_not_markup(shown):
    result = shown(found(things=('<script>alert(1)<\\script>',), stuff=('"a & b',)))
    assert '<script' not in ''.join(result)
    assert rows(result.details)[1][1].startswith('&quot;a &amp; b')

"""The page: valid, self-contained, without a way in for what files hold, readable in light and dark."""

import re
from base64 import b64decode
from collections import Counter
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from seg.datasets.browse.figures import percent
from seg.datasets.browse.style import STYLE

VOID = {'img', 'meta', 'input', 'br'}
EVIL = '<script>alert(1)</script>"\'&'


class Page(HTMLParser):
    """A page as a list of tags; every tag that needs one has its end, in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, words):
        self.words.append(words)

    def all(self, tag):
        return [attributes for own, attributes in self.tags if own == tag]


def test_the_page_is_valid_self_contained_and_shows_each_picture(data):
    data.add('b c#%41.png', np.zeros((24, 32), int))
    data.browse()
    text = data.page.read_text()
    page = Page(text)
    assert [own['alt'] for own in page.all('img')] == [
        'train/b c#%41.png with its segments',
        'train/b c#%41.png without segments',
        'train/whole.png with its segments',
        'train/whole.png without segments',
    ]
    for own in page.all('img'):
        jpeg = b64decode(own['src'].removeprefix('data:image/jpeg;base64,'))
        assert Image.open(BytesIO(jpeg)).size == (640, 480)
    links = [own['href'] for own in page.all('a') if own['href'][0] != '#']
    assert links == ['./images/train/b%20c%23%2541.png', './images/train/whole.png']
    assert not re.search(r'(src|href)="?(https?:)?//', text) and 'url(' not in text
    ids = [own['id'] for _, own in page.tags if 'id' in own]
    assert Counter(ids).most_common(1)[0][1] == 1
    for _, own in page.tags:
        for name in own.get('aria-labelledby', '').split():
            assert name in ids
    assert all('scope' in own for own in page.all('th'))
    assert page.all('html')[0]['lang'] == 'en' and page.all('title')


def test_text_from_files_stays_text(data):
    data.json['train']['categories'][0]['name'] = EVIL
    data.add('<img src=x onerror=alert(2)>.png')
    data.json['train']['annotations'][-1]['segments_info'][0]['bbox'] = [9, 9, 1, 1]
    data.browse()
    text = data.page.read_text()
    page = Page(text)
    assert len(page.all('script')) == 1 and EVIL in page.words
    assert all('onerror' not in own for own in page.all('img'))
    policy = page.all('meta')[2]['content']
    assert "default-src 'none'" in policy and "script-src 'sha256-" in policy


def test_odd_pictures_come_first_and_classes_from_the_rarest_one(data):
    ids = np.full((24, 32), 3)
    ids[:9, :9] = 1
    for number in range(5):
        data.add(f'{number}.png', ids)
    data.add('odd.png', np.zeros((24, 32), int))
    data.json['train']['categories'].append(dict(id=4, name='unused', isthing=1))
    found = data.browse(most=3)
    assert found.shown == (3, 1)
    page = Page(data.page.read_text())
    assert page.all('figure')[0]['data-title'] == 'train/odd.png'
    assert {label for own in page.all('figure') for label in own['data-classes'].split()} == set(
        '012'
    )
    rows = [
        words for words in page.words if words in ('cat', 'dog', 'grass', 'unused', 'no segment')
    ]
    assert rows[:5] == ['unused', 'no segment', 'dog', 'cat', 'grass']
    assert '3 of 7 (--max shows more), the 1 odd ones first' in data.page.read_text()


def test_processes_write_the_same_page(data):
    for number in range(3):
        data.add(f'{number}.png')
    data.browse(workers=1)
    alone = data.page.read_bytes()
    data.browse(workers=2)
    assert data.page.read_bytes() == alone


def test_only_a_page_of_ours_is_replaced(data):
    data.browse()
    data.browse()
    data.page.write_text('<html>mine</html>')
    with pytest.raises(FileExistsError, match='is no page of this command; give --out'):
        data.browse()
    assert data.page.read_text() == '<html>mine</html>'
    data.browse(force=True)
    assert 'pets' in data.page.read_text()
    data.page.unlink()
    data.page.mkdir()
    with pytest.raises(FileExistsError, match='it is a folder'):
        data.browse(force=True)


def test_shares_keep_a_digit():
    shares = (0, 1, 0.314, 0.0314, 0.00031, 0.0000421, 1e-7)
    written = ['0%', '100%', '31%', '3.1%', '0.03%', '0.004%', 'under 0.001%']
    assert [percent(share) for share in shares] == written


@pytest.mark.parametrize('scheme', [0, 1])
def test_text_has_the_contrast_of_aa(scheme):
    block = STYLE.split(':root {')[1 + scheme].split('}')[0]
    block = re.sub(r'color-scheme.*', '', block)
    colours = dict(re.findall(r'--([\w-]+): (#\w{6})', block))

    def light(name):
        parts = [int(colours[name][i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for text in ('text', 'quiet', 'link', 'odd'):
        for back in ('page', 'card', *(['odd-back'] if text == 'odd' else [])):
            low, high = sorted((light(text), light(back)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, back)

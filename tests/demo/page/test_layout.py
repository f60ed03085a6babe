"""The page's own routes, called as a program would, with a model of fixed answers."""

import io
import json
import urllib.error
import urllib.request
import zlib

import numpy as np
import pytest
from PIL import Image

from seg.panoptic.segmentation import Segmentation

pytest.importorskip('gradio')


class LeftAndRight:
    """Finds the first class on the left and the last one on the right."""

    def encode(self, things, stuff, timeout):
        return (*things, *stuff), len(things)

    def __call__(self, image, vocabulary):
        classes, things = vocabulary
        panoptic = np.full(image.shape[:2], len(classes) - 1)
        panoptic[:, : image.shape[1] // 2] = 1000 if things else 0
        return Segmentation.from_mmdet(image, panoptic, {}, classes, things)


@pytest.fixture(scope='module')
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp('page')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('GRADIO_TEMP_DIR', str(folder))
        from page.layout import build_page, serve

        page = build_page(LeftAndRight())
        yield serve(page, folder, '127.0.0.1', block=False).rstrip('/')
        page.close(verbose=False)


def call(url, data=None, **headers):
    """Status and content of an answer."""
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def upload(address, content, **headers):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n'
        b'Content-Type: image/png\r\n\r\n' + content + b'\r\n--b--\r\n'
    )
    headers = {'Content-Type': 'multipart/form-data; boundary=b', **headers}
    return call(f'{address}/gradio_api/upload', body, **headers)


def press(address, content, things, stuff=''):
    """What the page says of an uploaded picture."""
    (path,) = json.loads(upload(address, content)[1])
    image = {'path': path, 'meta': {'_type': 'gradio.FileData'}}
    data = dict(data=[image, things, stuff], session_hash='s', fn_index=function(address))
    headers = {'Content-Type': 'application/json'}
    api = f'{address}/gradio_api/queue'
    assert call(f'{api}/join', json.dumps(data).encode(), **headers)[0] == 200
    _, events = call(f'{api}/data?session_hash=s')
    done = next(line for line in events.splitlines() if 'process_completed' in line)
    return json.loads(done.partition(':')[2])['output']['data'][2]


def function(address):
    """Number of the function behind the button."""
    functions = json.loads(call(f'{address}/config')[1])['dependencies']
    return next(f['id'] for f in functions if len(f['inputs']) == len(f['outputs']) == 3)


def png(width=60, height=40):
    content = io.BytesIO()
    Image.new('RGB', (width, height)).save(content, 'PNG')
    return content.getvalue()


def test_a_press_is_answered(address):
    assert '<b>2 segments</b> of 2 classes' in press(address, png(), 'cat', 'sky')


def test_the_queue_cannot_be_passed_by(address):
    data = json.dumps(dict(data=[None, 'cat', ''], fn_index=function(address))).encode()
    headers = {'Content-Type': 'application/json'}
    for route in ('run/predict', 'api/predict'):
        assert call(f'{address}/gradio_api/{route}', data, **headers)[0] == 404


def test_other_sites_cannot_call_the_page(address):
    assert upload(address, png())[0] == 200
    assert upload(address, png(), Origin='http://elsewhere.invalid')[0] == 403
    assert call(address, Host='elsewhere.invalid')[0] == 421


def test_a_small_file_of_many_pixels_is_refused_undecoded(address):
    content = png()
    side = (12_992).to_bytes(4, 'big')
    header = b'IHDR' + side + side + content[24:29]  # the pixels that it promises are not there
    huge = content[:12] + header + zlib.crc32(header).to_bytes(4, 'big') + content[33:]
    assert '12,992 x 12,992 pixels; give one of at most' in press(address, huge, 'cat')


def test_a_file_that_is_no_picture_is_a_message_without_its_path(address):
    for content in (b'no picture', png()[:-30]):
        message = press(address, content, 'cat')
        assert 'not a readable picture' in message and 'tmp' not in message

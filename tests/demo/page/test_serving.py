"""The page's own routes, called as a program would, with a model of fixed answers."""

import io
import json
import urllib.error
import urllib.request
import zlib

import pytest
from page_model import TwoSided
from PIL import Image

pytest.importorskip('gradio')


@pytest.fixture(scope='module')
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp('page')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('GRADIO_TEMP_DIR', str(folder))
        from page.layout import build_page
        from page.serving import serve

        page = build_page(TwoSided(), folder)
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
    return run(address, [image, things, stuff, 0, False])[0]


def run(address, data, visit='s'):
    """What the function gives that takes so many values."""
    data = dict(data=data, session_hash=visit, fn_index=function(address, len(data)))
    headers = {'Content-Type': 'application/json'}
    api = f'{address}/gradio_api/queue'
    assert call(f'{api}/join', json.dumps(data).encode(), **headers)[0] == 200
    _, events = call(f'{api}/data?session_hash={visit}')
    done = next(line for line in events.splitlines() if 'process_completed' in line)
    return json.loads(done.partition(':')[2])['output']['data']


def function(address, count):
    """Number of the function that takes so many values."""
    functions = json.loads(call(f'{address}/config')[1])['dependencies']
    return next(f['id'] for f in functions if len(f['inputs']) == count)


def png(width=60, height=40):
    content = io.BytesIO()
    Image.new('RGB', (width, height)).save(content, 'PNG')
    return content.getvalue()


def test_a_press_is_answered(address):
    assert '<b>2 segments</b> found, looking for 2 classes' in press(address, png(), 'cat', 'sky')


def test_a_result_that_is_no_longer_kept_is_not_shown_anew(address):
    press(address, png(), 'cat')
    assert '<figure' in run(address, [None, 0.2, False])[0]
    assert 'no longer has this picture' in run(address, [None, 0.2, False], 'another')[0]


def test_the_queue_cannot_be_passed_by(address):
    data = json.dumps(
        dict(data=[None, 'cat', '', 0, False], fn_index=function(address, 5))
    ).encode()
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

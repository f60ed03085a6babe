import os

import pytest

pytest.importorskip('starlette')

from page import guard as page_guard
from page.guard import PageGuard, make_room
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient


def write(file, size, time):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    os.utime(file, (time, time))
    return file


@pytest.fixture
def client(tmp_path):
    """Calls a page that listens on 127.0.0.1."""
    write(tmp_path / 'files/example.png', 10, 1)
    app = Starlette(
        routes=[
            Route('/', lambda _: PlainTextResponse('served'), methods=['GET', 'POST']),
            Route('/gradio_api/file=evil.html', lambda _: HTMLResponse('<script>')),
        ],
        middleware=[Middleware(PageGuard, host='127.0.0.1', folder=tmp_path / 'files')],
    )
    return TestClient(app, base_url='http://127.0.0.1:7860')


@pytest.mark.parametrize(
    ('host', 'served'),
    [
        ('127.0.0.1:7860', True),
        ('localhost:7860', True),
        ('[::1]:7860', True),
        ('192.168.0.9', True),
        ('elsewhere.invalid:7860', False),
        ('127.0.0.1.elsewhere.invalid', False),
        ('', False),
        ('[', False),
    ],
)
def test_only_own_names_and_addresses_are_served(client, host, served):
    assert client.get('/', headers={'host': host}).status_code == (200 if served else 421)


@pytest.mark.parametrize(
    ('origin', 'served'),
    [
        ('http://127.0.0.1:7860', True),
        ('https://127.0.0.1:7860', True),
        ('http://127.0.0.1:8000', False),
        ('http://elsewhere.invalid', False),
        ('null', False),
    ],
)
def test_calls_from_pages_of_other_sites_are_refused(client, origin, served):
    for method in ('GET', 'POST'):
        found = client.request(method, '/', headers={'origin': origin})
        assert found.status_code == (200 if served else 403)


def test_requests_have_a_length_and_a_limit(client, monkeypatch):
    monkeypatch.setattr(page_guard, 'MAX_REQUEST', 100)
    assert client.post('/', content=bytes(100)).status_code == 200
    assert client.post('/', content=bytes(101)).status_code == 413
    assert client.post('/', content=iter([bytes(10)])).status_code == 411


def test_no_script_of_an_uploaded_file_runs(client):
    for address in ('file=evil.html', 'f%69le=evil.html'):
        headers = client.get(f'/gradio_api/{address}').headers
        assert headers['content-security-policy'].startswith("sandbox; default-src 'none'")
        assert headers['x-content-type-options'] == 'nosniff'
    assert 'content-security-policy' not in client.get('/').headers


def test_old_files_make_room_for_new_ones_and_examples_stay(client, tmp_path, monkeypatch):
    monkeypatch.setattr(page_guard, 'MAX_STORED', 250)
    client.get('/')
    for number in range(5):
        write(tmp_path / f'files/upload_{number}/a.png', 100, 10 + number)
        client.post('/')
    left = sorted(path.name for path in (tmp_path / 'files').iterdir() if any_file(path))
    assert left == ['example.png', 'upload_3', 'upload_4']


def any_file(path):
    return path.is_file() or any(path.iterdir())


def test_a_folder_that_holds_no_more_than_it_may_is_left_alone(tmp_path):
    file = write(tmp_path / 'a', 100, 1)
    make_room(tmp_path, 100)
    assert file.exists()
    make_room(tmp_path, 99)
    assert not file.exists()

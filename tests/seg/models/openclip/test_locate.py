"""Where weights are found: tags, files, directories, the hub and its mirrors."""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest
import torch
from open_clip import pretrained
from open_clip.pretrained import get_pretrained_cfg

from seg.models.openclip import checkpoint_name, resolve_checkpoint
from seg.models.openclip import locate as checkpoint

ROOT = Path(__file__).parents[4]
COMMIT = '0123456789abcdef0123456789abcdef01234567'
TAG = 'laion2b_s34b_b79k'
TAG_REPOSITORY = 'laion/CLIP-ViT-B-32-laion2B-s34B-b79K'


def touch(path, content=b'weights'):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def _empty_hub_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_CACHE', str(tmp_path / 'hub'))


def test_a_file_is_itself_and_has_no_lasting_name(tmp_path):
    path = touch(tmp_path / 'anything.weights')
    assert resolve_checkpoint('ViT-B-32', str(path)) == (path, None, None)
    assert checkpoint_name('ViT-B-32', str(path)) is None


@pytest.mark.parametrize('name', ['open_clip_model.safetensors', 'mine.safetensors'])
@pytest.mark.parametrize(('said', 'quick_gelu'), [({'quick_gelu': True}, True), ({}, False)])
def test_the_definition_beside_weights_is_of_those_with_the_hubs_name(
    tmp_path, name, said, quick_gelu
):
    path = touch(tmp_path / name)
    (tmp_path / 'open_clip_config.json').write_text(json.dumps({'model_cfg': said}))
    expected = quick_gelu if name.startswith('open_clip') else None
    for given in (path, tmp_path):
        assert resolve_checkpoint('ViT-B-32', str(given)) == (path, None, expected)


@pytest.mark.parametrize('content', ['', '[]', '{}', '{"model_cfg": 3}'])
def test_a_damaged_definition_beside_weights_is_named(tmp_path, content):
    path = touch(tmp_path / 'open_clip_model.safetensors')
    (tmp_path / 'open_clip_config.json').write_text(content)
    with pytest.raises(
        ValueError, match=r'open_clip_config\.json is not the definition of a model'
    ):
        resolve_checkpoint('ViT-B-32', str(path))


@pytest.mark.parametrize('said', ['"false"', '0', '[]'])
def test_an_activation_that_is_neither_true_nor_false_is_refused(tmp_path, said):
    path = touch(tmp_path / 'open_clip_model.safetensors')
    definition = tmp_path / 'open_clip_config.json'
    definition.write_text(f'{{"model_cfg": {{"quick_gelu": {said}}}}}')
    with pytest.raises(ValueError, match=r'quick_gelu is .*, expected true or false'):
        resolve_checkpoint('ViT-B-32', str(path))
    definition.write_text('[' * 100_000)
    with pytest.raises(ValueError, match='is not the definition of a model'):
        resolve_checkpoint('ViT-B-32', str(path))


def test_the_home_directory_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv('HOME', str(tmp_path))
    path = touch(tmp_path / 'w/model.pt')
    assert resolve_checkpoint('ViT-B-32', '~/w/model.pt').path == path
    assert resolve_checkpoint('ViT-B-32', '~/w').path == path


@pytest.mark.parametrize('missing', ['/no/such/place', 'some/where.pt', 'where.safetensors'])
def test_a_missing_path_is_not_found(missing):
    with pytest.raises(FileNotFoundError, match=f'{missing} does not exist'):
        resolve_checkpoint('ViT-B-32', missing)


@pytest.mark.parametrize(
    ('names', 'chosen'),
    [
        (['open_clip_pytorch_model.bin', 'open_clip_model.safetensors'], 1),
        (['pytorch_model.bin', 'open_clip_pytorch_model.bin'], 1),
        (['open_clip_config.json', 'tokenizer.json', 'epoch_32.pt'], 2),
        (['model.safetensors', 'README.md'], 0),
    ],
)
def test_a_directory_gives_the_file_of_the_whole_model(tmp_path, names, chosen):
    files = [touch(tmp_path / name) for name in names]
    assert resolve_checkpoint('ViT-B-32', str(tmp_path)) == (files[chosen], None, None)


def test_a_directory_of_the_hubs_cache_gives_the_commit_of_its_main_branch(tmp_path):
    repository = tmp_path / 'models--org--name'
    for commit in ('aaaa', 'bbbb', 'cccc'):
        touch(repository / 'snapshots' / commit / 'open_clip_model.safetensors')
    touch(repository / 'refs/main', b'bbbb\n')
    found = resolve_checkpoint('ViT-B-32', str(repository)).path
    assert found == repository / 'snapshots/bbbb/open_clip_model.safetensors'


def test_a_directory_of_the_hubs_cache_may_lack_its_reference(tmp_path):
    path = touch(tmp_path / 'snapshots/aaaa/open_clip_pytorch_model.bin')
    assert resolve_checkpoint('ViT-B-32', str(tmp_path)).path == path


@pytest.mark.parametrize(
    ('names', 'held'),
    [([], 'none'), (['README.md'], 'none'), (['e_2.pt', 'e_1.pt'], 'e_1.pt, e_2.pt')],
)
def test_a_directory_without_weights_says_what_it_holds(tmp_path, names, held):
    for name in names:
        touch(tmp_path / name)
    with pytest.raises(FileNotFoundError) as failure:
        resolve_checkpoint('ViT-B-32', str(tmp_path))
    assert str(failure.value) == (
        f'{tmp_path} holds no open_clip_model.safetensors or open_clip_pytorch_model.bin '
        f'(weight files there: {held})'
    )


def test_an_unknown_tag_lists_the_tags_and_the_near_one():
    with pytest.raises(ValueError) as failure:
        resolve_checkpoint('ViT-B-32', 'laion2b_s34b_b97k')
    message = str(failure.value)
    assert f'did you mean {TAG!r}?' in message
    for tag in pretrained.list_pretrained_tags_by_model('ViT-B-32'):
        assert tag in message
    assert '\n' not in message


def test_a_model_without_tags_says_so():
    with pytest.raises(ValueError, match='its tags: none; or give a file'):
        resolve_checkpoint('ViT-S-32-alt', 'openai')


def test_a_tag_names_its_file_and_its_activation(tmp_path, monkeypatch):
    path = touch(tmp_path / 'x.pt')
    tags = {'plain': {'file': str(path)}, 'openai': {'file': str(path), 'quick_gelu': True}}
    monkeypatch.setitem(pretrained._PRETRAINED, 'ViT-B-32', tags)
    assert resolve_checkpoint('ViT-B-32', 'plain') == (path, 'ViT-B-32:plain', False)
    assert resolve_checkpoint('ViT-B-32', 'openai') == (path, 'ViT-B-32:openai', True)


def test_names_are_told_without_a_download():
    assert checkpoint_name('ViT-B-32', TAG) == f'ViT-B-32:{TAG}'
    assert checkpoint_name('ViT-B-32', TAG.upper().replace('_', '-')) == f'ViT-B-32:{TAG}'
    assert checkpoint_name('ViT-B-32', 'hf-hub:org/name') == 'hf-hub:org/name'
    assert checkpoint_name('ViT-B-32', 'no_such_tag') is None


@pytest.mark.parametrize('name', [TAG, 'hf-hub:org/name'])
def test_offline_the_error_says_what_to_do_in_one_line(monkeypatch, name):
    monkeypatch.setenv('HF_ENDPOINT', 'https://mirror.example')
    with pytest.raises(OSError) as failure:
        resolve_checkpoint('ViT-B-32', name)
    message = str(failure.value)
    assert name in message
    for part in ('https://mirror.example', 'HF_ENDPOINT', 'HF_HUB_OFFLINE', '--checkpoint'):
        assert part in message
    assert '\n' not in message


@pytest.mark.parametrize(
    ('name', 'repository'), [(TAG, TAG_REPOSITORY), ('hf-hub:org/name', 'org/name')]
)
def test_offline_the_hubs_cache_serves(tmp_path, name, repository):
    folder = tmp_path / 'hub' / f'models--{repository.replace("/", "--")}'
    touch(folder / 'refs/main', COMMIT.encode())
    path = touch(folder / 'snapshots' / COMMIT / 'open_clip_model.safetensors')
    assert resolve_checkpoint('ViT-B-32', name).path == path


class Mirror(BaseHTTPRequestHandler):
    """As much of the hub as ``hf_hub_download`` asks for: ``/{repository}/resolve/main/{file}``."""

    def __init__(self, files, asked, *args):
        self.files, self.asked = files, asked
        super().__init__(*args)

    def do_HEAD(self):
        self._answer(with_content=False)

    def do_GET(self):
        self._answer(with_content=True)

    def log_message(self, *args):
        pass

    def _answer(self, with_content):
        self.asked.append(f'{self.command} {self.path}')
        content = self.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header('X-Repo-Commit', COMMIT)
        self.send_header('Content-Length', str(len(content or b'')))
        if content is None:
            self.send_header('X-Error-Code', 'EntryNotFound')
        else:
            self.send_header('ETag', f'"{len(content):040x}"')
        self.end_headers()
        if with_content and content:
            self.wfile.write(content)


@pytest.fixture
def mirror():
    """A server on this machine: its address, the files it has and the requests it saw."""
    files, asked = {}, []
    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Mirror, files, asked))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}', files, asked
    server.shutdown()
    server.server_close()
    thread.join()


RESOLVE = """
import sys
from seg.models.openclip import resolve_checkpoint
for checkpoint in sys.argv[1:]:
    print(resolve_checkpoint('ViT-B-32', checkpoint).path)
"""


def test_a_mirror_serves_tags_and_repositories(mirror, tmp_path):
    address, files, asked = mirror
    files[f'/{TAG_REPOSITORY}/resolve/main/open_clip_model.safetensors'] = b'of the tag'
    files['/org/name/resolve/main/open_clip_pytorch_model.bin'] = b'of the repository'
    proxies = dict.fromkeys(('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'), '')
    environment = {
        **os.environ,
        **proxies,
        'no_proxy': '*',
        'HF_ENDPOINT': address,
        'HF_HUB_OFFLINE': '0',
        'HF_HOME': str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, '-c', RESOLVE, TAG, 'hf-hub:org/name'],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    tag, repository = (Path(line) for line in done.stdout.splitlines())
    assert tag.read_bytes() == b'of the tag'
    assert repository.read_bytes() == b'of the repository'
    assert tag.is_relative_to(tmp_path)
    assert any(request.startswith('GET ') for request in asked)


def _resolve_as_one_of_two(rank, folder, answers):
    """What a rank does: a tag that rank 0 alone may download, then one whose download fails."""

    def download(tag):
        if tag == get_pretrained_cfg('ViT-B-32', TAG):
            raise RuntimeError(f'no network for rank {rank}')
        if not (folder / 'cached').exists():
            assert rank == 0, 'two processes download at once'
            time.sleep(0.5)  # time enough for the other rank to come too early
            (folder / 'cached').touch()
        return str(folder / 'cached')

    checkpoint.download_pretrained = download
    store = f'file://{folder}/rendezvous'
    torch.distributed.init_process_group('gloo', init_method=store, rank=rank, world_size=2)
    found = resolve_checkpoint('ViT-B-32', 'openai')
    try:
        resolve_checkpoint('ViT-B-32', TAG)
    except OSError as error:
        answers.put((found.path, str(error)))


def test_with_two_processes_the_first_downloads_and_its_errors_reach_both(tmp_path):
    context = multiprocessing.get_context('fork')  # nothing to import a second time
    answers = context.Queue()
    ranks = [
        context.Process(target=_resolve_as_one_of_two, args=(rank, tmp_path, answers), daemon=True)
        for rank in (0, 1)
    ]
    for rank in ranks:
        rank.start()
    for _ in ranks:
        path, error = answers.get(timeout=20)
        assert path == tmp_path / 'cached'
        assert 'no network for rank 0' in error
    for rank in ranks:
        rank.join(timeout=60)
        assert rank.exitcode == 0

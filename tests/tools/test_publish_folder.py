"""``tools/publish_model.py CHECKPOINT FOLDER``: what it makes works on a machine that has nothing else."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
from local_hub import TOKEN, LocalHub
from mmengine.logging import MessageHub
from own_data import NAMES, write_label_images

from seg import Segmenter
from seg.apis.classifier_files import make_classifiers, use_random_classifier
from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.derive import derive_classes
from seg.apis.config.own_data import use_own_data
from seg.apis.config.read import read_config
from seg.apis.published.layout import record_of
from seg.apis.published.opening import read_model, weights_file
from seg.apis.random_classifier import write_random_classifiers
from seg.registry import MODELS
from seg.runtime.checkpoints.files import is_whole

ROOT = Path(__file__).parents[2]
SMALL = [
    *('text_model.model_name=shapes_clip', 'text_model.init_cfg.checkpoint=embedded'),
    *('templates=simple', 'model.neck.out_channels=32', 'model.panoptic_head.in_channels=32'),
    *('model.panoptic_head.num_queries=20', 'model.panoptic_head.num_stages=1'),
    *('model.test_cfg.object_mask_thr=0.0', 'model.test_cfg.iou_thr=0.0'),
]
OFFLINE = {'HF_HUB_OFFLINE': '1', 'OMP_NUM_THREADS': '1'}
CLASSES = ('car,cars', 'sky', 'road,street')


def load_script(path):
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


publish = load_script('tools/publish_model.py').run


def save_checkpoint(cfg, path):
    """Weights that find segments, as a training leaves them behind a validation."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = MODELS.build(cfg.model)
        rows = model.panoptic_head.cls_embed.rows
        model.panoptic_head.pooled_embed.bias += 100 * rows.mean(0)
    hub = MessageHub('of the tests')
    hub.update_scalar('val/PQ', 12.34567)
    hub.update_scalar('val/PQ_st', 20.0)
    hub.update_scalar('val/time', 3.0)
    torch.save({'state_dict': model.state_dict(), 'message_hub': hub.state_dict()}, path)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A machine that has trained: data, classifier root, work folders with and without a text model."""
    folder = tmp_path_factory.mktemp('machine')
    picture = write_label_images(folder / 'mine').parent / 'images/photo 0.png'
    arguments = [str(folder / 'mine/labels'), str(folder / 'toys'), '--names', NAMES]
    load_script('tools/prepare_data.py').run([*arguments, '--things', 'car', '--workers', '1'])
    checkpoints = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RPS_CLASSIFIER_ROOT', str(folder / 'embd'))
        for name in ('words', 'random'):
            cfg = read_config(str(ROOT / 'configs/own/regnet_small.py'), SMALL)
            use_own_data(cfg, str(folder / 'toys'), ())
            if name == 'words':
                make_classifiers(cfg, vocabulary_from_config(cfg))
            else:
                use_random_classifier(cfg)
            derive_classes(cfg)
            (folder / name).mkdir()
            checkpoints[name] = folder / name / 'best_PQ_epoch_1.pth'
            save_checkpoint(cfg, checkpoints[name])
            cfg.dump(folder / name / 'regnet_small.py')
    return SimpleNamespace(folder=folder, picture=picture, embd=str(folder / 'embd'), **checkpoints)


@pytest.fixture(scope='module')
def published(trained, tmp_path_factory):
    """The folder, made by the command."""
    folder = tmp_path_factory.mktemp('published') / 'toy cars'
    options = ['--picture', str(trained.picture), '--licence', 'mit', '--made-by', 'train.py `x`']
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RPS_CLASSIFIER_ROOT', trained.embd)
        assert publish([str(trained.words), str(folder), *options]) == 0
    return folder


@pytest.fixture
def copy(published, tmp_path):
    return Path(shutil.copytree(published, tmp_path / 'copy'))


def replace(folder, name, content):
    """Another content of a file, which the manifest knows of."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / 'manifest.json').read_text())
    own = record_of(content)
    manifest['files'][name] = {'bytes': own.bytes, 'sha256': own.sha256}
    (folder / 'manifest.json').write_text(json.dumps(manifest))


def test_the_folder_has_what_another_machine_needs_and_nothing_of_this_one(published, trained):
    names = {file.name for file in published.iterdir()}
    weights = {'model.safetensors', 'classifier.safetensors'}
    assert names == {'config.json', *weights, 'manifest.json', 'README.md', 'picture.png'}
    texts = [file.read_text() for file in published.glob('*.[jm]*[nd]')]
    assert len(texts) == 3 and not any(str(trained.folder) in text for text in texts)
    manifest = json.loads((published / 'manifest.json').read_text())
    assert manifest['files'].keys() == names - {'manifest.json'}
    assert manifest['precision'] == 'fp16'
    assert manifest['results'] == {'PQ': 12.3457, 'PQ_st': 20.0}


def test_the_card_is_written_from_the_model(published):
    card = (published / 'README.md').read_text()
    header = card.split('---\n')[1]
    for line in ('library_name: rps-seg', 'license: mit', 'pipeline_tag: image-segmentation'):
        assert line in header
    assert '- panoptic-segmentation' in header and 'value: 12.3457' in header
    assert "segmenter = Segmenter('toy cars')" in card and '![' in card
    assert '| all | 12.35 |' in card and '| car | thing | cars |' in card
    assert 'Trained with `train.py x`.' in card


ELSEWHERE = """
import json, sys
from seg import Segmenter
segmenter = Segmenter(sys.argv[1], device='cpu')
found = [segmenter(sys.argv[2]), segmenter(sys.argv[2], 'car; street', stuff='sky')]
print(json.dumps([own.to_dict() for own in found]))
"""


def test_it_works_in_an_empty_home_without_data_and_classifiers(copy, trained, tmp_path):
    folder, picture = tmp_path / 'elsewhere/model', tmp_path / 'elsewhere/picture.png'
    shutil.copytree(copy, folder)
    shutil.copy(trained.picture, picture)
    home = tmp_path / 'home'
    home.mkdir()
    config = trained.words.with_name('regnet_small.py')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RPS_CLASSIFIER_ROOT', trained.embd)
        expected = Segmenter(config, folder / 'model.safetensors', 'cpu')(picture).to_dict()
    hidden = trained.folder.rename(trained.folder.with_name('hidden'))
    try:
        done = subprocess.run(
            [sys.executable, '-c', ELSEWHERE, 'model', 'picture.png'],
            cwd=folder.parent,
            env={'HOME': str(home), **OFFLINE, 'PYTHONPATH': str(ROOT)},
            capture_output=True,
            text=True,
        )
    finally:
        hidden.rename(trained.folder)
    assert done.returncode == 0 and done.stderr == '', done.stderr
    found, others = json.loads(done.stdout)
    assert found['segments'] and found == expected
    assert {own['name'] for own in others['segments']} <= {'car', 'street', 'sky'}
    assert not list(home.rglob('*.pth')) and not (home / '.cache/huggingface').exists()


def test_other_words_are_encoded_by_the_text_model_of_training_alone(copy, trained):
    segmenter = Segmenter(copy, device='cpu')
    assert segmenter.vocabulary.classes == CLASSES
    found = segmenter(trained.picture, 'zebra; car', stuff='meadow')
    assert {own.name for own in found} <= {'zebra', 'car', 'meadow'}
    manifest = json.loads((copy / 'manifest.json').read_text())
    manifest['classifier']['weights_digest'] = '0' * 64
    (copy / 'manifest.json').write_text(json.dumps(manifest))
    segmenter = Segmenter(copy, device='cpu')
    segmenter.encode('car', 'sky')
    with pytest.raises(ValueError, match=r'the text model of .*copy is another than that of its'):
        segmenter.encode('zebra')
    config = json.loads((copy / 'config.json').read_text())
    config['text_model']['checkpoint'] = None
    replace(copy, 'config.json', json.dumps(config).encode())
    with pytest.raises(ValueError, match='so that it knows its own words alone; if you have them'):
        Segmenter(copy, device='cpu').encode('zebra')


def test_a_model_without_a_text_model_says_so(trained, tmp_path, monkeypatch):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', trained.embd)
    assert publish([str(trained.random), str(tmp_path / 'out'), '--fp32']) == 0
    assert 'trained without a text model' in (tmp_path / 'out/README.md').read_text()
    segmenter = Segmenter(tmp_path / 'out', device='cpu')
    before = Segmenter(trained.random.with_name('regnet_small.py'), trained.random, 'cpu')
    for own in (segmenter, before):
        own(trained.picture, 'car', stuff='street')
        with pytest.raises(
            ValueError, match='trained without a text model, so that it knows its own 3'
        ):
            own(trained.picture, 'zebra')


def test_a_clip_backbone_comes_with_the_weights(random_open_model, tmp_path, monkeypatch):
    config, weights, options = random_open_model
    cfg = read_config(config, options)
    write_random_classifiers(cfg, out_dir=str(tmp_path))
    name = f'random_{vocabulary_from_config(cfg).dataset_name}.pth'
    cfg.model.panoptic_head.ov_classifier_name = str(tmp_path / name)
    cfg.dump(tmp_path / 'config.py')

    def read(*_):
        raise AssertionError('the weights of CLIP are read')

    monkeypatch.setattr('seg.models.backbones.openclip_backbone.resolve_checkpoint', read)
    out = tmp_path / 'out'
    assert publish([weights, str(out), '--config', str(tmp_path / 'config.py')]) == 0
    text = json.loads((out / 'config.json').read_text())['text_model']
    assert text == {'model_name': 'shapes_clip', 'checkpoint': None}  # it was a file


def test_the_demo_takes_the_folder_in_place_of_config_and_checkpoint(
    published, trained, tmp_path, capsys
):
    demo = load_script('demo/image_demo.py')
    options = ['--out-dir', str(tmp_path / 'out'), '--device', 'cpu']
    assert demo.run([str(trained.picture), str(published), *options]) == 0
    assert (tmp_path / 'out/photo 0.png.json').is_file()
    many = demo.parse_args(['a.jpg', '--device', 'cpu', 'b.jpg', 'hf-hub:me/x'])
    assert (many.image, many.config, many.checkpoint) == (['a.jpg', 'b.jpg'], 'hf-hub:me/x', None)
    pair = demo.parse_args(['a.jpg', '--device', 'cpu', 'c.py', 'x.pth'])
    assert (pair.image, pair.config, pair.checkpoint) == (['a.jpg'], 'c.py', 'x.pth')
    with pytest.raises(SystemExit):
        demo.parse_args(['a.jpg', 'c.py'])
    assert 'config c.py needs a checkpoint' in capsys.readouterr().err
    app = load_script('demo/app.py')
    assert app.parse_args([str(published)]).checkpoint is None


def rows(change):
    """A classifier's file, of other rows."""
    unit = torch.nn.functional.normalize(torch.ones(3, 2, 256), dim=-1)
    return safetensors.torch.save({'classifier': change(unit).contiguous()})


def set_in_config(folder, part, key, value):
    """Another setting of a part of the model, which the manifest knows of."""
    config = json.loads((folder / 'config.json').read_text())
    config['model'][part][key] = value
    replace(folder, 'config.json', json.dumps(config).encode())


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        (lambda x: (x / 'config.json').unlink(), 'is no published model: it has no config.json'),
        (lambda x: (x / 'manifest.json').unlink(), 'is not complete: manifest.json is missing'),
        (lambda x: (x / 'model.safetensors').unlink(), 'complete: model.safetensors is missing'),
        (lambda x: (x / 'manifest.json').write_text('{}'), 'not the manifest of a published model'),
        (lambda x: (x / 'config.json').write_text('{}'), 'config.json is not the file that was'),
        (lambda x: replace(x, 'config.json', b'{}'), 'config.json is no config of a published'),
        (lambda x: (x / 'manifest.json').write_text('{"format": 2}'), 'reads 1; update RPS'),
        (lambda x: (x / 'manifest.json').write_text('{"format": 0}'), 'publish the model again'),
        (lambda x: set_in_config(x, 'panoptic_head', 'num_queries', -1), 'describes no model'),
        (lambda x: set_in_config(x, 'backbone', 'arch', 'none'), 'describes no model'),
        (
            lambda x: replace(
                x,
                'model.safetensors',
                safetensors.torch.save({'w': torch.zeros(1).to(torch.float8_e4m3fn)}),
            ),
            'numbers of torch.float8_e4m3fn: w',
        ),
        (lambda x: replace(x, 'model.safetensors', b'\x80\x02'), 'is no file of safetensors'),
        (
            lambda x: replace(
                x, 'model.safetensors', safetensors.torch.save({'w': torch.zeros(1)})
            ),
            'model.safetensors was not made by this config',
        ),
        (
            lambda x: replace(
                x, 'model.safetensors', safetensors.torch.save({'w': torch.full((1,), torch.nan)})
            ),
            'numbers that are not finite: w',
        ),
        (
            lambda x: replace(x, 'classifier.safetensors', rows(lambda r: 2 * r)),
            'norms from 2 to 2',
        ),
        (
            lambda x: replace(x, 'classifier.safetensors', rows(lambda r: r[:2])),
            'for 2 classes of 2',
        ),
        (
            lambda x: replace(x, 'classifier.safetensors', rows(lambda r: r.half())),
            'a float16 tensor',
        ),
        (lambda x: replace(x, 'classifier.safetensors', rows(lambda r: r / 0)), 'not finite'),
    ],
)
def test_what_is_damaged_or_of_another_model_is_one_line(copy, damage, words):
    damage(copy)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        Segmenter(copy, device='cpu')
    assert words in str(caught.value) and '\n' not in str(caught.value)


def test_one_checkpoint_too_many_or_too_few_is_one_line(published, trained):
    with pytest.raises(ValueError, match='published model, which has weights of its own'):
        Segmenter(published, trained.words)
    with pytest.raises(ValueError, match=r'regnet_small\.py needs a checkpoint'):
        Segmenter(trained.words.with_name('regnet_small.py'))
    with pytest.raises(ValueError, match='--runtime openvino runs what tools/export'):
        Segmenter(published, runtime='openvino')


def test_the_weights_alone_are_a_checkpoint_and_half_of_them_is_none(copy):
    weights = copy / 'model.safetensors'
    assert weights_file(str(copy)) == str(weights) and weights_file('a.pth') == 'a.pth'
    assert is_whole(weights)
    weights.write_bytes(weights.read_bytes()[:500])
    assert not is_whole(weights)
    with pytest.raises(ValueError, match='is not the file that was published'):
        weights_file(str(copy))


def test_nothing_but_a_published_model_is_replaced(trained, copy, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', trained.embd)
    mine = tmp_path / 'mine'
    mine.mkdir()
    (mine / 'config.json').write_text('{}')
    for folder, name in ((mine, 'config.json'), (copy, 'notes.txt')):
        (folder / name).touch()
        before = sorted(folder.iterdir())
        assert publish([str(trained.words), str(folder)]) == 1
        assert f'holds {name}, which is no part of a published model' in capsys.readouterr().err
        assert sorted(folder.iterdir()) == before
    (copy / 'notes.txt').unlink()
    monkeypatch.chdir(copy)  # which would be gone
    assert publish([str(trained.words), '.']) == 1
    assert '. is the current folder; give' in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert publish([str(trained.words), str(copy), '--name', 'Second']) == 0
    assert '# Second' in (copy / 'README.md').read_text() and not (copy / 'picture.png').exists()


def test_what_cannot_be_published_is_one_line_and_leaves_nothing(
    trained, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', trained.embd)
    other, results = tmp_path / 'other.pth', tmp_path / 'pq.json'
    torch.save({'w': torch.zeros(1)}, other)
    results.write_text(json.dumps({'summary': {'PQ': 1.0}, 'classes': [{'name': 'zebra'}]}))
    config = str(trained.words.with_name('regnet_small.py'))
    words = str(trained.words)
    for arguments, error in (
        ([str(other)], 'no config beside'),
        ([str(other), '--config', config], f'{other} was not made by this config'),
        ([words, '--results', str(results)], 'has the results of other classes than'),
        ([words, '--picture', 'none.jpg'], 'none.jpg does not exist'),
        (['none.pth'], 'checkpoint none.pth does not exist'),
        (
            [words, '--push-to-hub', 'me/x'],
            'there is no token for https://huggingface.co; run hf auth',
        ),
        ([words, '--push-to-hub', 'me/x/y'], 'cannot send to me/x/y'),
    ):
        checkpoint, *options = arguments
        assert publish([checkpoint, str(tmp_path / 'out'), *options]) == 1
        line = capsys.readouterr().err
        assert error in line and line.count('\n') == 1 and line.startswith('error: ')
    assert sorted(file.name for file in tmp_path.iterdir()) == ['other.pth', 'pq.json']
    with pytest.raises(SystemExit):
        publish([words, 'x.pth', '--licence', 'mit'])
    assert '--licence is for a folder' in capsys.readouterr().err


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub that the client, which has read its environment already, talks to."""
    from huggingface_hub import constants, file_download

    with LocalHub() as server:
        for name, value in (
            ('ENDPOINT', server.endpoint),
            (
                'HUGGINGFACE_CO_URL_TEMPLATE',
                server.endpoint + '/{repo_id}/resolve/{revision}/{filename}',
            ),
            ('HF_HUB_OFFLINE', False),
            ('HF_HUB_DISABLE_XET', True),
            ('HF_HUB_CACHE', str(tmp_path / 'cache')),
        ):
            monkeypatch.setattr(constants, name, value)
            if hasattr(file_download, name):  # before version 1
                monkeypatch.setattr(file_download, name, value)
        monkeypatch.setenv('HF_TOKEN', TOKEN)
        yield server


def test_the_hub_gives_back_what_was_sent(hub, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', trained.embd)
    out = tmp_path / 'cars'
    assert (
        publish([str(trained.words), str(out), '--push-to-hub', 'me/cars', '--licence', 'mit']) == 0
    )
    assert f'sent: {hub.endpoint}/me/cars' in capsys.readouterr().out
    assert hub.header['pipeline_tag'] == 'image-segmentation' and hub.header['license'] == 'mit'
    sent = hub.repos['me/cars']
    assert sent == {file.name: file.read_bytes() for file in out.iterdir()}
    assert b"Segmenter('hf-hub:me/cars')" in sent['README.md']

    monkeypatch.delenv('HF_TOKEN')  # anyone may read it
    expected = Segmenter(out, device='cpu')(trained.picture).to_dict()
    assert Segmenter('hf-hub:me/cars', device='cpu')(trained.picture).to_dict() == expected
    here = read_model(f'hf-hub:me/cars@{hub.commit_of("me/cars")}').folder
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    assert read_model('hf-hub:me/cars').folder == here  # it is in the cache


def test_what_the_hub_refuses_is_one_line(hub, published, monkeypatch):
    from seg.apis.publishing.push import push_folder

    hub.repos['me/empty'] = {'README.md': b'nothing'}
    for name, words in (
        ('me/none', 'has no such model, or shows it to its owners alone'),
        ('me/empty', 'is no published model: it has no config.json'),
        ('me/empty@v9', 'there is no such revision'),
        ('me/../x', 'Repo id must be'),
    ):
        with pytest.raises((FileNotFoundError, ValueError), match=words) as caught:
            Segmenter(f'hf-hub:{name}')
        assert '\n' not in str(caught.value)
    hub.writers = False
    with pytest.raises(PermissionError, match=r'cannot send to me/x: .* run hf auth login'):
        push_folder(published, 'me/x')
    monkeypatch.setenv('HF_TOKEN', 'hf_of_nobody')
    with pytest.raises(PermissionError, match=r'cannot send to me/x: .* run hf auth login'):
        push_folder(published, 'me/x')


def test_without_a_network_the_way_out_is_named(hub, monkeypatch):
    hub.__exit__()
    with pytest.raises(OSError, match=r'cannot get hf-hub:me/cars: .*HF_ENDPOINT') as caught:
        Segmenter('hf-hub:me/cars')
    assert '\n' not in str(caught.value)
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    with pytest.raises(OSError, match=r'cannot get hf-hub:me/cars: .*unset HF_HUB_OFFLINE'):
        Segmenter('hf-hub:me/cars')

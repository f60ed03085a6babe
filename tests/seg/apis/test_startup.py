"""What a generation knows without importing open_clip, which takes seconds."""

import json

import pytest
import torch
import torch.nn.functional as F

import seg.models.openclip
from ext.templates import get_templates
from seg.apis.text_model import ConfiguredTextModel
from seg.text_classifier.generate import generate_classifier
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.storage import save_classifier
from seg.text_classifier.vocabulary import Vocabulary

RUN = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location('gen_cls', 'tools/gen_cls.py')
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)
code = tool.run(json.loads(sys.stdin.read()))
print('code', code, 'imported', 'open_clip' in sys.modules)
"""
MODEL, TAG = 'ViT-B-32', 'laion2b_s34b_b79k'


@pytest.fixture
def folder(tmp_path):
    """Where the file of a model of open_clip's and two words is made already."""
    return save(tmp_path, f'{MODEL}:{TAG}')


def save(folder, pretrained):
    manifest = build_manifest(
        model_name=MODEL,
        dataset_name='Mine',
        classes=['cat', 'dog'],
        templates=get_templates('vild'),
        architecture=MODEL,
        precision='fp32',
        pretrained=pretrained,
        weights_digest='0' * 64,
    )
    rows = F.normalize(torch.randn(2, 1, 512), dim=-1)
    save_classifier(folder / f'{MODEL}_Mine.pth', rows, manifest)
    return folder


@pytest.fixture
def no_open_clip(monkeypatch):
    """Asking open_clip for a model raises."""

    def asked(name):
        raise LookupError(name)

    monkeypatch.setattr(seg.models.openclip, 'resolve_architecture', asked)


@pytest.mark.parametrize('more', [[], ['--verify']])
def test_an_up_to_date_file_is_known_without_open_clip(folder, run_python, more):
    weights = [] if more else ['--checkpoint', TAG.replace('_', '-')]
    words = ['--classes', 'cat; dog', '--dataset-name', 'Mine', '--out-dir', str(folder)]
    done = run_python(RUN, input=json.dumps(['--model', MODEL, *weights, *words, *more]))
    assert done.stdout.endswith('code 0 imported False\n'), done.stderr
    assert ('ok:' if more else 'up to date:') in done.stdout


@pytest.mark.parametrize(
    'changed',
    [
        {'checkpoint': 'openai'},
        {'checkpoint': None},
        {'checkpoint': '{folder}'},
        {'model': 'ViT-B-16'},
        {'classes': ['cat', 'cow']},
        {'templates': 'simple'},
        {'precision': 'bf16'},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_of_anything_else_open_clip_is_asked(folder, no_open_clip, changed):
    asks = {'checkpoint': TAG, 'model': MODEL, 'classes': ['cat', 'dog'], 'templates': 'vild'}
    asks = {**asks, 'precision': 'fp32', **changed}
    checkpoint = asks['checkpoint'] and asks['checkpoint'].format(folder=folder)
    text_model = {'type': 'seg.OpenCLIPTextEncoder', 'model_name': asks['model']}
    text_model['init_cfg'] = checkpoint and {'type': 'clip_pretrain', 'checkpoint': checkpoint}
    with pytest.raises(LookupError, match=asks['model']):
        generate_classifier(
            ConfiguredTextModel(text_model),
            Vocabulary('Mine', asks['classes']),
            get_templates(asks['templates']),
            out_dir=str(folder),
            precision=asks['precision'],
        )


@pytest.mark.parametrize('name', ['hf-hub:Org/a-b', 'hf-hub:org/a_b', 'hf-hub:org-a/b'])
def test_repositories_of_the_hub_are_told_apart_by_every_character(tmp_path, no_open_clip, name):
    folder = save(tmp_path, 'hf-hub:org/a-b')
    left = folder / f'.{MODEL}_Mine.pth.partial'
    left.touch()  # by a run that was killed

    def generate(checkpoint):
        text_model = {'type': 'seg.OpenCLIPTextEncoder', 'model_name': MODEL}
        text_model['init_cfg'] = {'type': 'clip_pretrain', 'checkpoint': checkpoint}
        words = Vocabulary('Mine', ['cat', 'dog'])
        return generate_classifier(
            ConfiguredTextModel(text_model), words, get_templates('vild'), out_dir=str(folder)
        ).is_new

    assert generate('hf-hub:org/a-b') is False
    assert not left.exists()
    with pytest.raises(LookupError, match=MODEL):
        generate(name)

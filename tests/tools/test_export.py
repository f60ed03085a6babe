"""``tools/export.py``: a checked file, its text tower, and what is refused in one line."""

import importlib.util
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from packaging.version import Version

from seg.models.text_encoders import OpenCLIPTextEncoder

pytestmark = pytest.mark.skipif(
    Version(torch.__version__) < Version('2.6'), reason='its exporter does not take the model'
)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def export(capsys):
    """Runs the command; returns its exit code, and what it printed and said."""
    spec = importlib.util.spec_from_file_location('export_tool', ROOT / 'tools/export.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*argv):
        try:
            code = module.run([str(own) for own in argv])
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_words_of_ones_own_are_folded_in(export, random_open_model, tmp_path):
    config, weights, options = random_open_model
    out = tmp_path / 'new' / 'model.onnx'
    words = ['--words', 'fixed', '--classes', 'red star; zebra', '--stuff', 'sky;']
    code, printed, said = export(config, weights, out, *words, '--cfg-options', *options)
    assert code == 0, said
    lines = printed.splitlines()
    assert lines[0].startswith('onnxruntime: largest differences: mask logits ')
    assert lines[1].startswith('openvino: largest differences: mask logits ')
    assert lines[2].startswith(f'{out}: fixed words, ')
    assert lines[3] == f'next: python demo/image_demo.py PICTURE {config} {out}'
    session = onnxruntime.InferenceSession(out, providers=['CPUExecutionProvider'])
    assert [own.name for own in session.get_inputs()] == ['image', 'size']
    assert [own.name for own in session.get_outputs()] == ['masks', 'logits']
    assert session.get_outputs()[1].shape[-1] == 4  # "no object" is the fourth

    before = out.read_bytes()
    code, _, said = export(config, weights, out, '--cfg-options', *options)
    assert code == 1 and said.strip() == f'error: {out} already exists; give --force to replace it'
    assert out.read_bytes() == before


def test_the_text_tower_gives_what_open_clip_gives(export, random_open_model, tmp_path):
    config, _, options = random_open_model
    out = tmp_path / 'text.onnx'
    code, printed, said = export(config, out, '--text', '--cfg-options', *options)
    assert code == 0, said
    assert f'{out}: text tower of shapes_clip' in printed and 'onnxruntime' in printed
    session = onnxruntime.InferenceSession(out, providers=['CPUExecutionProvider'])
    checkpoint = options[0].partition('=')[2]
    encoder = OpenCLIPTextEncoder('shapes_clip', dict(type='clip_pretrain', checkpoint=checkpoint))
    texts = ['a photo of a red star', 'sky', '', 'one two three four five', 'grass']
    (features,) = session.run(None, {'tokens': encoder.tokenize(texts).numpy()})
    with torch.inference_mode():
        expected = F.normalize(encoder.tower(encoder.tokenize(texts)), dim=-1)
    np.testing.assert_allclose(features, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['{config}', '{weights}', 'out.pth'], 'out must end in .onnx, got out.pth'),
        (['{config}', 'out.onnx'], 'give CONFIG CHECKPOINT OUT.onnx, or CONFIG OUT.onnx --text'),
        (['{config}', '{weights}', 'out.onnx', '--text'], '--text takes no checkpoint'),
        (['{config}', '{weights}', 'out.onnx', '--classes', 'a'], 'that --words fixed folds in'),
        (['{config}', 'none.pth', 'out.onnx'], 'none.pth does not exist'),
        (['none.py', '{weights}', 'out.onnx'], 'config none.py does not exist'),
        (['{config}', '{weights}', '/proc/no/out.onnx'], "No such file or directory: '/proc/no'"),
    ],
)
def test_what_cannot_be_is_one_line(
    export, random_open_model, tmp_path, monkeypatch, options, message
):
    config, weights, _ = random_open_model
    monkeypatch.chdir(tmp_path)
    code, _, said = export(*(own.format(config=config, weights=weights) for own in options))
    assert code in (1, 2) and message in said.splitlines()[-1]
    assert not list(tmp_path.iterdir())

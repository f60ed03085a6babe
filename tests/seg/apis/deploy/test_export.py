"""Exported files give what PyTorch gives: both forms, both runtimes, other sizes, batches and words."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest
import torch
from packaging.version import Version
from torch import nn

from seg.apis.config.read import read_config
from seg.apis.deploy import check
from seg.apis.deploy.check import Difference, checked_export, compare
from seg.apis.deploy.export import export_graph
from seg.apis.segmenter import Segmenter
from seg.models.exported import runtimes
from seg.models.exported.description import Description
from seg.models.exported.openvino_graph import mask_product_as_convolution

pytestmark = pytest.mark.skipif(
    Version(torch.__version__) < Version('2.6'), reason='its exporter does not take the model'
)
WORDS = ('red star,crimson star', 'zebra'), ('sky', 'grass,meadow')
OTHERS = ('azure ring; golden hoop,golden ring', 'night sky')
RUNTIMES = ('onnxruntime', 'openvino')


def picture(height=60, width=84, seed=0):
    blots = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return blots.repeat(height // 5 + 1, 0).repeat(width // 7 + 1, 1)[:height, :width].copy()


def segmenter_of(model, checkpoint=None, words=WORDS, runtime=None):
    config, weights, options = model
    cfg = read_config(config, options)
    cfg.model.test_cfg.update(dict(object_mask_thr=0.0, iou_thr=0.0))
    return Segmenter(cfg, checkpoint or weights, 'cpu', *words, runtime=runtime)


@pytest.fixture
def files(random_open_model, tmp_path_factory):
    """Files of both forms of a model with a frozen CLIP, written once."""
    folder = tmp_path_factory.getbasetemp() / 'exported'
    folder.mkdir(exist_ok=True)
    found = {form: folder / f'{form}.onnx' for form in ('open', 'fixed')}
    weights = Path(random_open_model[1])
    for form, file in found.items():
        if not file.exists():
            lines = list(checked_export(segmenter_of(random_open_model), weights, file, form))
            assert [line.split(':')[0] for line in lines] == [*RUNTIMES, str(file)]
    return found


@pytest.mark.parametrize('runtime', RUNTIMES)
def test_a_file_that_is_open_is_read_once(files, runtime, tmp_path):
    """One picture and several are computed by the same weights, wherever the file has gone."""
    file = tmp_path / 'fixed.onnx'
    shutil.copy(files['fixed'], file)
    run = runtimes.open_runtime(file, runtime)
    file.unlink()
    generator = np.random.default_rng(0)
    images = generator.standard_normal((3, 3, 64, 96)).astype(np.float32)
    size = np.array([[64, 96], [60, 90], [64, 33]])
    together = run({'image': images, 'size': size})
    for number in (2, 0, 1):
        own = slice(number, number + 1)
        alone = run({'image': images[own], 'size': size[own]})
        for name, found in alone.items():
            np.testing.assert_allclose(found, together[name][own], atol=1e-3)
    again = run({'image': images, 'size': size})
    np.testing.assert_array_equal(again['masks'], together['masks'])


@pytest.mark.parametrize('runtime', RUNTIMES)
@pytest.mark.parametrize('form', ['open', 'fixed'])
def test_a_file_gives_what_the_model_gives_at_any_size(random_open_model, files, form, runtime):
    pictures = [picture(*size) for size in ((40, 200), (130, 33), (96, 128))]
    found = compare(segmenter_of(random_open_model), files[form], runtime, form, pictures)
    assert found.pixels <= 1e-4 and found.masks < 1e-2 and found.score_share < 1e-4


@pytest.mark.parametrize('form', ['open', 'fixed'])
def test_the_mask_product_of_one_picture_is_a_convolution(files, form):
    model = openvino.Core().read_model(files[form])
    model.reshape({'image': [1, 3, -1, -1], 'size': [1, 2]})
    before = [node.get_type_name() for node in model.get_ops()]
    assert mask_product_as_convolution(model)
    after = [node.get_type_name() for node in model.get_ops()]
    assert after.count('MatMul') == before.count('MatMul') - 1
    assert after.count('Convolution') == before.count('Convolution') + 1
    assert not mask_product_as_convolution(model)


@pytest.mark.parametrize('form', ['open', 'fixed'])
def test_a_batch_is_its_pictures(files, form):
    run = runtimes.open_runtime(files[form])
    images = torch.randn(3, 3, 64, 96, generator=torch.Generator().manual_seed(0)).numpy()
    size = np.array([[64, 96], [50, 96], [33, 40]])
    rows = np.eye(96, dtype=np.float32)[:9]
    together = run(dict(image=images, size=size, vocabulary=rows))
    for index in range(3):
        own = slice(index, index + 1)
        alone = run(dict(image=images[own], size=size[own], vocabulary=rows))
        for name, values in alone.items():
            np.testing.assert_allclose(together[name][own], values, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize('runtime', RUNTIMES)
def test_a_segmenter_takes_the_file_and_other_words(random_open_model, files, runtime):
    trained = segmenter_of(random_open_model)
    exported = segmenter_of(random_open_model, files['open'], runtime=runtime)
    for words in ((None, None), OTHERS):
        for own, other in zip(
            trained([picture(), picture(50, 30)], *words),
            exported([picture(), picture(50, 30)], *words),
            strict=True,
        ):
            assert other.names == own.names
            assert (other.index == own.index).mean() > 0.999


def test_the_words_of_a_fixed_file_are_its_own(random_open_model, files):
    trained = segmenter_of(random_open_model)
    for words in (WORDS, ((), ())):
        exported = segmenter_of(random_open_model, files['fixed'], words)
        assert exported.vocabulary.classes == (*WORDS[0], *WORDS[1])
        assert (exported(picture()).index == trained(picture()).index).mean() > 0.999
    with pytest.raises(
        ValueError, match=r'folded in \(4 classes: red star,crimson star; zebra; sky; '
    ):
        exported(picture(), 'dog')
    with pytest.raises(ValueError, match='export it with --words open'):
        segmenter_of(random_open_model, files['fixed'], (('dog',), ()))


def test_a_file_says_what_it_is(random_open_model, files):
    segmenter = segmenter_of(random_open_model)
    metadata = {own.key: own.value for own in onnx.load(files['open']).metadata_props}
    found = Description.from_metadata(metadata, files['open'])
    assert found.classes == (*WORDS[0], *WORDS[1]) and found.num_things == 2
    assert found.text_model == 'shapes_clip' and found.has_clip and found.channels == 'RGB'
    assert found.mean == tuple(segmenter.cfg.model.data_preprocessor.mean)
    assert json.loads(metadata['rps.words']) == 'open'


def test_a_file_that_differs_is_not_written(random_open_model, files, tmp_path, monkeypatch):
    out = tmp_path / 'model.onnx'
    monkeypatch.setattr(check, 'export_model', lambda *_: files['open'].read_bytes())
    monkeypatch.setattr(check, 'MOST_SCORE', -1.0)
    export = checked_export(segmenter_of(random_open_model), Path(random_open_model[1]), out)
    with pytest.raises(ValueError, match=r'not written; largest differences: mask logits \d'):
        list(export)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('difference', 'is_small'),
    [
        (Difference(0.0, 1e-5, 1e-5, 1e-6, 0.1), True),
        (Difference(0.01, 1e-5, 1e-5, 1e-6, 0.1), False),
        (Difference(0.0, 1e-5, 1.0, 0.1, 0.1), False),
        (Difference(0.0, float('nan'), float('nan'), float('nan'), 0.1), False),
    ],
)
def test_what_is_too_far_and_what_is_no_number(difference, is_small):
    assert difference.is_small == is_small


def test_a_number_that_is_none_stays_none():
    expected = torch.zeros(1, 2, 3, 3), torch.ones(1, 2, 4)
    outputs = [torch.zeros(1, 2, 3, 3), torch.full((1, 2, 4), float('nan'))]
    found = check._difference([(expected, outputs), (expected, list(expected))], 0.1)
    assert np.isnan(found.score) and not found.is_small


def test_a_file_of_another_model_is_refused(random_open_model, files, tmp_path):
    def changed(**values):
        model = onnx.load(files['open'])
        for own in model.metadata_props:
            if own.key.removeprefix('rps.') in values:
                own.value = json.dumps(values[own.key.removeprefix('rps.')])
        onnx.save(model, tmp_path / 'other.onnx')
        return tmp_path / 'other.onnx'

    for values, message in (
        (dict(text_model='ViT-B-16'), 'exported from clip_shapes.py for the text model ViT-B-16'),
        (dict(mean=[1, 2, 3]), r'its mean is \(1, 2, 3\), that of the config \(122'),
        (dict(channels='BGR'), 'its order of channels is BGR, that of the config RGB'),
        (dict(embed_dim=5), 'embeddings have 5 numbers, those of the text classifier 96'),
        (dict(has_clip=False), 'wants an ensemble with a frozen CLIP'),
    ):
        with pytest.raises(ValueError, match=f'is of another model.*{message}'):
            segmenter_of(random_open_model, changed(**values))


def test_files_that_are_none_of_ours_are_refused(random_open_model, files, tmp_path):
    plain = tmp_path / 'plain.onnx'
    plain.write_bytes(export_graph(nn.ReLU(), {'x': (torch.zeros(3), None)}, ['y'], {}))
    cut = tmp_path / 'cut.onnx'
    cut.write_bytes(files['open'].read_bytes()[:5000])
    for file, message in (
        (plain, 'plain.onnx does not say of itself what tools/export.py writes'),
        (cut, 'onnxruntime cannot read .*cut.onnx'),
        (tmp_path / 'none.onnx', 'none.onnx does not exist'),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            segmenter_of(random_open_model, file)


def test_runtimes_that_are_not_there_are_named(random_open_model, files, monkeypatch):
    with pytest.raises(ValueError, match="runtime 'tensorrt' is none of onnxruntime, openvino, op"):
        segmenter_of(random_open_model, files['open'], runtime='tensorrt')
    with pytest.raises(ValueError, match=r'--runtime openvino runs what tools/export.py wrote'):
        segmenter_of(random_open_model, runtime='openvino')
    find_spec = runtimes.find_spec
    monkeypatch.setattr(
        runtimes, 'find_spec', lambda name: None if name == 'openvino' else find_spec(name)
    )
    with pytest.raises(
        ValueError, match=r"openvino needs openvino: pip install 'rps-seg\[deploy\]'"
    ):
        segmenter_of(random_open_model, files['open'], runtime='openvino')

"""The benchmarks of inference and training run from end to end, at sizes that say nothing of speed."""

import importlib
import json
from pathlib import Path

import pytest
import torch
from packaging.version import Version

BENCHMARKS = Path(__file__).parents[2] / 'benchmarks'
TINY = ['--device', 'cpu', '--sizes', '64', '--batch', '1', '--precisions', 'fp32', '--runs', '1']


@pytest.fixture
def rows_of(tmp_path, monkeypatch):
    """Runs a benchmark with options; returns what it wrote to its JSON lines."""
    monkeypatch.syspath_prepend(BENCHMARKS)

    def run(name, *options):
        file = tmp_path / f'{name}.jsonl'
        assert importlib.import_module(name).run([*TINY, '--json', str(file), *options]) == 0
        return [json.loads(line) for line in file.read_text().splitlines()]

    return run


def test_inference_and_training_are_measured_for_ours_and_mmdets(rows_of, capsys):
    models = ['regnetx_400mf', 'mask2former_r50']
    *stages, few, many = rows_of('inference_gpu', '--models', *models, '--queries', '30')
    assert [row['model'] for row in stages] == models
    parts = ('backbone', 'neck', 'head', 'post')
    for row in stages:
        assert row['total_ms'] == pytest.approx(sum(row[f'{part}_ms'] for part in parts))
        assert min(row[f'{part}_ms'] for part in parts) > 0
        assert row['images_per_second'] == pytest.approx(1e3 / row['total_ms'])
        assert row['way'] == 'eager'
    assert few['fusion_head'] == 'seg.SparseFusionHead' and few['queries'] == 30
    assert many['fusion_head'] == 'mmdet.MaskFormerFusionHead' and many['post_ms'] > 0

    pipeline = ['--pipeline-images', '2', '--pipeline-size', '64']
    *steps, one_map, masks = rows_of('training', '--models', models[0], 'maskformer_r50', *pipeline)
    assert [row['model'] for row in steps] == [
        'regnetx_400mf',
        "regnetx_400mf, mmdet's loss",
        'maskformer_r50',
    ]
    assert all(min(row[f'{p}_ms'] for p in ('forward', 'loss', 'backward')) > 0 for row in steps)
    assert one_map['images_per_second'] > 0 and masks['images_per_second'] > 0
    assert 'maskformer_r50' in capsys.readouterr().out


def test_cuda_graphs_need_a_gpu(monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    with pytest.raises(SystemExit):
        importlib.import_module('inference_gpu').run([*TINY, '--ways', 'graphs'])
    assert '--ways graphs needs a CUDA GPU, got cpu' in capsys.readouterr().err


@pytest.mark.skipif(
    Version(torch.__version__) < Version('2.6'), reason='its exporter does not take the model'
)
def test_a_model_is_measured_in_every_runtime(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    file = tmp_path / 'rows.jsonl'
    options = ['--models', 'regnetx_400mf', '--sizes', '64', '--threads', '1', '--runs', '1']
    runtimes = ['--runtimes', 'pytorch', 'openvino']
    run = importlib.import_module('inference').run
    assert run([*options, *runtimes, '--json', str(file)]) == 0
    pytorch, openvino = (json.loads(line) for line in file.read_text().splitlines())
    stages = ('backbone_ms', 'neck_ms', 'head_ms', 'post_ms')
    assert pytorch['total_ms'] == pytest.approx(sum(pytorch[stage] for stage in stages))
    assert openvino['total_ms'] == pytest.approx(openvino['network_ms'] + openvino['post_ms'])
    assert pytorch['gmac'] == openvino['gmac'] > 5 and pytorch['parameters'] > 5e6
    assert 'openvino' in capsys.readouterr().out


def test_of_several_rounds_the_fastest_is_reported(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    inference = importlib.import_module('inference')
    seconds = iter([3.0, 20.0, 5.0, 10.0])  # of two models, twice

    def measured(model, runtime, *_):
        return [dict(model=model, runtime=runtime, total_ms=next(seconds))]

    monkeypatch.setattr(inference, 'child_rows', measured)
    monkeypatch.setattr(inference, 'print_row', lambda row: print(row['total_ms']))
    file = tmp_path / 'rows.jsonl'
    models = ['--models', 'maskformer_r50', 'mask2former_r50']
    assert inference.run([*models, '--rounds', '2', '--json', str(file)]) == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row['total_ms'] for row in rows] == [3.0, 10.0]
    assert 'the fastest of 2 rounds:\n3.0\n10.0\n' in capsys.readouterr().out


def test_semantic_inference_is_measured_beside_the_model(monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    small = ['--classes', '30', '--size', '60', '90', '--side', '64', '--runs', '1']
    run = importlib.import_module('semantic_inference').run
    assert run([*small, '--model', 'regnetx_400mf']) == 0
    out = capsys.readouterr().out
    assert 'semantic inference' in out and 'pixels that differ: 0 of 5400' in out

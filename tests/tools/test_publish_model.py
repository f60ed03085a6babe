import importlib.util
import json
import os
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location('publish_model', ROOT / 'tools/publish_model.py')
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    state = {'w': torch.randn(40, 30), 'steps': torch.tensor(7)}
    path = tmp_path / 'epoch_1.pth'
    torch.save({'state_dict': state, 'optimizer': {'m': torch.randn(40, 30)}, 'meta': {}}, path)
    return path


def test_weights_are_halved_and_the_rest_is_left_out(checkpoint, tmp_path, capsys):
    results = tmp_path / 'pq.json'
    results.write_text(json.dumps({'summary': {'PQ': 71.5}, 'classes': []}))
    out = tmp_path / 'new' / 'model.pth'
    options = ['--results', str(results), '--made-by', 'python tools/train.py x.py']
    assert tool.run([str(checkpoint), str(out), *options]) == 0
    content = torch.load(out, weights_only=True)
    assert content.keys() == {'state_dict'}
    own = torch.load(checkpoint)['state_dict']
    assert content['state_dict']['w'].dtype == torch.float16
    torch.testing.assert_close(content['state_dict']['w'].float(), own['w'], atol=2e-3, rtol=1e-3)
    assert content['state_dict']['steps'] == 7
    manifest = json.loads(out.with_suffix('.json').read_text())
    assert manifest['parameters'] == 1201 and manifest['bytes'] == out.stat().st_size
    assert manifest['results'] == {'PQ': 71.5} and manifest['made_by'].endswith('x.py')
    assert '1,201 parameters' in capsys.readouterr().out


def test_weights_too_large_for_half_precision_are_refused_and_nothing_is_written(tmp_path, capsys):
    path = tmp_path / 'epoch_1.pth'
    torch.save({'state_dict': {'w': torch.tensor([1e6])}}, path)
    assert tool.run([str(path), str(tmp_path / 'out.pth')]) == 1
    assert 'not finite: w' in capsys.readouterr().err
    assert not (tmp_path / 'out.pth').exists()
    assert tool.run([str(path), str(tmp_path / 'out.pth'), '--fp32']) == 0


def test_a_kill_never_leaves_weights_beside_the_manifest_of_others(checkpoint, tmp_path):
    out = tmp_path / 'model.pth'
    assert tool.run([str(checkpoint), str(out)]) == 0
    for call in (1, 2):
        child = os.fork()
        if not child:
            real, calls = Path.replace, []

            def replace(self, target, real=real, calls=calls, call=call):
                calls.append(1)
                return os._exit(9) if len(calls) == call else real(self, target)

            Path.replace = replace
            tool.run([str(checkpoint), str(out), '--fp32'])
            os._exit(0)
        assert os.waitpid(child, 0)[1] != 0
        assert not out.exists()
        assert tool.run([str(checkpoint), str(out)]) == 0
        assert json.loads(out.with_suffix('.json').read_text())['bytes'] == out.stat().st_size
        assert not list(tmp_path.glob('.*'))


@pytest.mark.parametrize(
    ('content', 'words'), [(None, 'does not exist'), (b'no weights', 'is no checkpoint')]
)
def test_what_is_no_checkpoint_is_one_line(tmp_path, capsys, content, words):
    path = tmp_path / 'epoch_1.pth'
    if content:
        path.write_bytes(content)
    assert tool.run([str(path), str(tmp_path / 'out.pth')]) == 1
    error = capsys.readouterr().err
    assert words in error and error.count('\n') == 1


class Payload:
    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.mkdir, (str(self.file),)


def test_a_checkpoint_that_is_a_program_is_refused_unless_it_is_trusted(tmp_path, capsys):
    path, out = tmp_path / 'epoch_1.pth', tmp_path / 'out.pth'
    torch.save({'state_dict': {'w': torch.ones(2)}, 'x': Payload(tmp_path / 'ran')}, path)
    assert tool.run([str(path), str(out)]) == 1
    error = capsys.readouterr().err
    assert 'mkdir' in error and '--trust-checkpoint' in error and error.count('\n') == 1
    assert not (tmp_path / 'ran').exists() and not out.exists()
    assert tool.run([str(path), str(out), '--trust-checkpoint']) == 0
    assert (tmp_path / 'ran').exists() and out.exists()


def test_neither_the_checkpoint_nor_the_results_are_written_over(checkpoint, tmp_path, capsys):
    before = checkpoint.read_bytes()
    (tmp_path / 'link.pth').symlink_to(checkpoint)
    for out in (checkpoint, tmp_path / 'link.pth'):
        assert tool.run([str(checkpoint), str(out)]) == 1
        assert 'is the checkpoint itself' in capsys.readouterr().err
    results = tmp_path / 'model.json'
    results.write_text('{"summary": {"PQ": 1}}')
    assert tool.run([str(checkpoint), str(tmp_path / 'model.pth'), '--results', str(results)]) == 1
    assert 'would be replaced by the manifest' in capsys.readouterr().err
    assert checkpoint.read_bytes() == before and 'summary' in results.read_text()
    assert not (tmp_path / 'model.pth').exists()

"""The shell scripts, as processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).parents[2]
MODEL = 'ViT-S-32-alt'  # the smallest text tower of open_clip's registry


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    import open_clip

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp('weights') / 'small.safetensors'
    save_file(open_clip.create_model(MODEL).state_dict(), file)
    return file


def start(command, cwd, **environment):
    variables = {**os.environ, 'PYTHON': sys.executable, 'OMP_NUM_THREADS': '1', **environment}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=variables,
        capture_output=True,
        text=True,
        timeout=300,
    )


def options(checkpoint, *more):
    return ['--model', MODEL, '--checkpoint', checkpoint, '--templates', 'simple', *more]


def test_two_processes_make_the_same_file_as_one(checkpoint, tmp_path):
    home = Path(os.environ['HOME'])
    one = start([ROOT / 'gen_ade20k_classifier.sh', *options(checkpoint)], tmp_path)
    assert one.returncode == 0, one.stderr
    two = start(
        [
            *('bash', ROOT / 'tools/dist_train.sh'),
            *(ROOT / 'configs/reg_sam/gen_ade20k_classifier.py', 2, '--launcher', 'pytorch'),
            *options(checkpoint, '--out-dir', tmp_path / 'two'),
        ],
        tmp_path,
    )
    assert two.returncode == 0, two.stderr
    assert two.stdout.count('saved:') == 1
    name = f'{MODEL}_ADE20KPanopticDataset.pth'
    expected = torch.load(home / '.cache/embd' / name, weights_only=True)
    found = torch.load(tmp_path / 'two' / name, weights_only=True)
    assert expected.shape[0] == 150
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
    assert sorted(f.suffix for f in (tmp_path / 'two').iterdir()) == ['.json', '.pth']


def generate_with_two(checkpoint, tmp_path, *more, **environment):
    return start(
        [
            *('bash', ROOT / 'tools/dist_train.sh'),
            *(ROOT / 'configs/reg_sam/gen_ade20k_classifier.py', 2),
            *options(checkpoint, '--out-dir', tmp_path / 'out', *more),
        ],
        tmp_path,
        **environment,
    )


def test_an_error_of_all_ranks_ends_them_and_leaves_no_file(checkpoint, tmp_path):
    done = generate_with_two(tmp_path / 'missing.pt', tmp_path)
    assert done.returncode != 0
    assert 'missing.pt does not exist' in done.stderr
    assert not (tmp_path / 'out').exists() or not list((tmp_path / 'out').iterdir())


def test_one_rank_that_fails_takes_the_other_down(checkpoint, tmp_path):
    (tmp_path / 'sitecustomize.py').write_text(
        'import os\n'
        "if os.environ.get('RANK') == '1':\n"
        '    import torch.nn as nn\n'
        '    def fail(self, *args): raise MemoryError("no memory on this rank")\n'
        '    nn.Embedding.forward = fail\n'
    )
    done = generate_with_two(checkpoint, tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode != 0
    assert 'rank 1: error: ' in done.stderr
    assert not [f for f in (tmp_path / 'out').iterdir() if f.suffix in ('.pth', '.json')]


def test_more_ranks_than_prompts_are_refused(checkpoint, tmp_path):
    done = generate_with_two(checkpoint, tmp_path, '--classes', 'cat;', '--dataset-name', 'One')
    assert done.returncode != 0
    assert '2 processes for 1 prompts; start at most 1' in done.stderr
    assert not list((tmp_path / 'out').iterdir())


@pytest.mark.parametrize('arguments', [[], ['config.py'], ['config.py', '0'], ['config.py', 'x']])
def test_dist_train_says_how_it_is_used(tmp_path, arguments):
    done = start(['bash', ROOT / 'tools/dist_train.sh', *arguments], tmp_path)
    assert done.returncode == 2
    assert 'CONFIG GPUS' in done.stderr

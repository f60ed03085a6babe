"""The shell scripts, as processes of their own."""

import os
import socket
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


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


def test_two_machines_make_one_file(checkpoint, tmp_path):
    command = [
        *('bash', ROOT / 'tools/dist_train.sh'),
        *(ROOT / 'configs/reg_sam/gen_ade20k_classifier.py', 1),
        *options(checkpoint, '--out-dir', tmp_path / 'out'),
        *('--classes', 'cat,kitten;dog', '--dataset-name', 'Pets'),
    ]
    variables = {
        **os.environ,
        **{'PYTHON': sys.executable, 'OMP_NUM_THREADS': '1'},
        **{'NNODES': '2', 'MASTER_ADDR': '127.0.0.1', 'PORT': free_port()},
    }
    machines = [
        subprocess.Popen(
            list(map(str, command)),
            env={**variables, 'NODE_RANK': str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [machine.communicate(timeout=300) for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], said
    assert ['saved:' in out for out, _ in said] == [True, False]
    assert len(list((tmp_path / 'out').glob('*_Pets.pth'))) == 1


def test_a_second_machine_needs_the_address_of_the_first(tmp_path):
    done = start(['bash', ROOT / 'tools/dist_train.sh', __file__, 1], tmp_path, NNODES='2')
    assert done.returncode != 0 and 'MASTER_ADDR: is needed with NNODES' in done.stderr


FAKE_SRUN = """#!/usr/bin/env bash
# Starts the tasks on this machine, with what slurm tells them.
printf '%s\n' "$@" > srun_arguments
while [[ $1 == -* ]]; do
    case $1 in
        --ntasks) tasks=$2; shift 2 ;;
        --*=*) shift ;;
        *) shift 2 ;;
    esac
done
for ((task = 0; task < tasks; task++)); do
    SLURM_PROCID=$task SLURM_LOCALID=$task SLURM_NTASKS=$tasks "$@" &
    pids+=($!)
done
code=0
for pid in "${pids[@]}"; do wait "$pid" || code=$?; done
exit $code
"""


def test_slurm_tasks_meet_and_say_once_what_is_wrong(tmp_path):
    (tmp_path / 'srun').write_text(FAKE_SRUN)
    (tmp_path / 'srun').chmod(0o755)
    done = start(
        [
            *(
                'bash',
                ROOT / 'tools/slurm_train.sh',
                'gpu',
                'job',
                ROOT / 'configs/reg_sam/regnet_shapes.py',
            ),
            *('--cfg-options', 'optim_wrapper.accumulative_counts=0'),
        ],
        tmp_path,
        PATH=f'{tmp_path}:{os.environ["PATH"]}',
        MASTER_PORT=free_port(),
        GPUS='2',
        GPUS_PER_NODE='2',
        SRUN_ARGS='--quiet=1 --account=us',
    )
    arguments = (tmp_path / 'srun_arguments').read_text().split()
    assert arguments[:4] == ['-p', 'gpu', '--job-name', 'job']
    assert '--account=us' in arguments and arguments[-2:] == ['--launcher', 'slurm']
    assert done.returncode == 1
    (error,) = done.stderr.splitlines()
    assert error.startswith('rank 0: error: optim_wrapper.accumulative_counts is 0, expected')


@pytest.mark.parametrize(
    ('words', 'code', 'said'),
    [
        ('sys.exit(0 if rank else 3)', 3, ''),
        ('os.kill(os.getpid(), 9)', 137, 'error: SIGKILL ended the process of rank '),
        ('pass', 0, ''),
    ],
)
def test_the_last_word_is_the_failing_process_own(tmp_path, words, code, said):
    script = tmp_path / 'script.py'
    script.write_text(
        f"import os, sys\nrank = int(os.environ['RANK'])\nos.write(2, b'own words\\n')\n{words}\n"
    )
    launcher = [sys.executable, ROOT / 'tools/torchrun.py', '--standalone', '--nproc_per_node', 2]
    done = start([*launcher, script], tmp_path)
    assert done.returncode == code
    others = [line for line in done.stderr.splitlines() if line != 'own words']
    assert len(others) == bool(said) and ''.join(others).startswith(said)

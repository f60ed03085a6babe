"""``train_ade20k.sh`` and ``test_ade20k.sh``: ADE20K's config on two processes, made small by options."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import save_file

from seg.shapes.files import ShapesSettings, write_shapes

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/reg_sam/regnet_ade20k.py'
MODEL = 'ViT-S-32-alt'  # the smallest text tower of open_clip's registry


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """Environment and options: data of ADE20K's 150 categories, weights of a CLIP, a small model."""
    import open_clip

    folder = tmp_path_factory.mktemp('ade20k')
    torch.manual_seed(0)
    save_file(open_clip.create_model(MODEL).state_dict(), folder / 'clip.safetensors')
    settings = ShapesSettings(vocabulary='ade20k', images=16, val=4, size=64)
    write_shapes(folder, settings, workers=1)
    environment = {
        **os.environ,
        'PYTHON': sys.executable,
        'ADE20K_ROOT': str(folder),  # which contains ADEChallengeData2016
        'RPS_CLASSIFIER_ROOT': str(folder / 'embd'),
        'OMP_NUM_THREADS': '1',
    }
    sizes = [
        *('model.backbone.arch=regnetx_400mf', 'model.backbone.init_cfg=None'),
        'model.backbone.norm_eval=False',
        *('model.neck.in_channels=[32,64,160,384]', 'model.neck.out_channels=32'),
        *('model.panoptic_head.in_channels=32', 'model.panoptic_head.num_queries=20'),
        *('model.panoptic_head.num_stages=1', 'model.train_cfg.num_points=128'),
        'train_dataloader.dataset.pipeline.3.scale=(64,64)',
        'train_dataloader.dataset.pipeline.4.crop_size=(64,64)',
        'val_dataloader.dataset.pipeline.1.scale=(256,64)',
        'test_dataloader.dataset.pipeline.1.scale=(256,64)',
        *('train_dataloader.num_workers=1', 'val_dataloader.num_workers=1'),
        *('train_cfg.max_epochs=2', 'train_cfg.val_interval=1', 'param_scheduler.0.end=3'),
        *('optim_wrapper.optimizer.lr=0.02', 'model.test_cfg.object_mask_thr=0.0'),
        'model.panoptic_head.loss_cls.class_weight=0.0',  # eight steps teach "no object" first
        *('default_hooks.logger.interval=1', 'log_processor.window_size=1'),
    ]
    text = [
        *(f'text_model.model_name={MODEL}', 'templates=simple'),
        f'text_model.init_cfg.checkpoint={folder / "clip.safetensors"}',
    ]
    return environment, ['--cfg-options', *sizes, *text]


def start(script, *arguments, place, log=None):
    environment, options = place
    command = [str(ROOT / script), *map(str, arguments), *options]
    if log is None:
        return subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    with log.open('w') as file:
        return subprocess.Popen(command, stdout=file, stderr=file, env=environment)


def steps(work):
    """Iteration, loss and norm of the gradients as the newest run logged them, with all digits."""
    file = max(work.rglob('scalars.json'), key=lambda path: path.stat().st_mtime)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return [(row['iter'], row['loss'], row['grad_norm']) for row in rows if 'loss' in row]


def table(work):
    """The last evaluation's line of each class in the log: quality, true and false positives.

    The table of so many classes is in the file alone.
    """
    text = max(work.rglob('*.log'), key=lambda path: path.stat().st_mtime).read_text()
    lines = re.findall(r'^\| .* \|$', text.rpartition('Panoptic quality of each class')[2], re.M)
    return [re.split(r' *\| *', line)[1:-1] for line in lines]


@pytest.mark.slow
def test_train_kill_resume_and_test_on_two_processes(place, tmp_path):
    whole = start('train_ade20k.sh', 2, '--work-dir', tmp_path / 'whole', place=place)
    assert whole.returncode == 0, whole.stderr[-2000:]
    assert 'train has 16 images; the released ADE20K has 20,210' in whole.stdout
    assert 'shape:      [150, ' in whole.stdout  # the classifier, which was not there
    expected = steps(tmp_path / 'whole')
    assert [iteration for iteration, *_ in expected] == list(range(1, 9))

    log = tmp_path / 'killed.log'
    killed = start('train_ade20k.sh', 2, '--work-dir', tmp_path / 'killed', place=place, log=log)
    while not re.search(r'Epoch\(train\)\s+\[2\]\[2/', log.read_text()):
        assert killed.poll() is None, log.read_text()[-2000:]
        time.sleep(0.05)
    assert 'shape:      [150, ' not in log.read_text()  # the classifier is there now
    children = psutil.Process(killed.pid).children(recursive=True)
    assert len(children) >= 4  # two ranks, each with a data worker
    killed.send_signal(signal.SIGKILL)  # torchrun alone; its processes must not train on
    killed.wait(60)
    assert not psutil.wait_procs(children, timeout=60)[1]
    assert not (tmp_path / 'killed/epoch_2.pth').exists()

    resumed = start(
        'train_ade20k.sh', 2, '--work-dir', tmp_path / 'killed', '--resume', place=place
    )
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    assert steps(tmp_path / 'killed') == expected[4:]

    checkpoint = tmp_path / 'killed/epoch_2.pth'
    tested = start('test_ade20k.sh', checkpoint, 2, '--work-dir', tmp_path / 'test', place=place)
    assert tested.returncode == 0, tested.stderr[-2000:]
    expected = table(tmp_path / 'killed')
    assert len(expected) == 151 and expected[0][-3:] == ['TP', 'FP', 'FN']
    assert any(int(row[-2]) for row in expected[1:])  # something is predicted
    assert table(tmp_path / 'test') == expected


def say(script, *arguments, **environment):
    done = subprocess.run(
        [str(ROOT / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, 'PYTHON': sys.executable, **environment},
    )
    assert done.stderr.count('\n') == 1, done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize('gpus', ['0', 'x', '2.5'])
def test_a_wrong_number_of_processes_is_one_line(gpus):
    for script, *before in (('train_ade20k.sh',), ('test_ade20k.sh', 'epoch_1.pth')):
        code, err = say(script, *before, gpus)
        assert code == 2 and f"1 or more, not '{gpus}'; usage: " in err


def test_a_missing_checkpoint_argument_is_one_line():
    assert say('test_ade20k.sh')[0] == 2
    assert 'usage: ' in say('test_ade20k.sh', '--show-dir', 'pictures')[1]


def test_an_unknown_config_is_one_line(tmp_path):
    for script, *arguments in (('train_ade20k.sh', 2), ('test_ade20k.sh', 'epoch_1.pth', 2)):
        code, err = say(script, *arguments, CONFIG=str(tmp_path / 'none.py'))
        assert code == 1 and err == f'error: config {tmp_path}/none.py does not exist\n'


def test_missing_data_is_one_line_before_anything_is_made(tmp_path):
    code, err = say('train_ade20k.sh', 2, ADE20K_ROOT=str(tmp_path / 'none'))
    assert code == 1 and f'{tmp_path}/none does not exist; put the data set there' in err
    code, err = say('train_ade20k.sh', 2, '--cfg-options', f'data_root={tmp_path / "other"}')
    assert code == 1 and f'{tmp_path}/other does not exist' in err


@pytest.mark.slow
def test_a_missing_or_damaged_file_is_one_line_of_two_processes(place, tmp_path):
    environment, options = place
    embd = Path(environment['RPS_CLASSIFIER_ROOT'])
    if not embd.exists():
        command = [sys.executable, ROOT / 'tools/gen_cls.py', CONFIG, *options]
        subprocess.run(list(map(str, command)), check=True, env=environment, capture_output=True)
    code, err = say('test_ade20k.sh', tmp_path / 'none.pth', 2, *options, **environment)
    assert code == 1 and err.endswith(f'error: checkpoint {tmp_path}/none.pth does not exist\n')
    for file in embd.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:10_000])
    environment = {**environment, 'RPS_CLASSIFIER_ROOT': str(tmp_path)}
    code, err = say('train_ade20k.sh', 2, *options, **environment)
    assert code == 1 and 'regenerate it with: ' in err

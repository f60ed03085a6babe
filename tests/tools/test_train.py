"""``tools/train.py`` and ``tools/test.py`` from data to PQ, on a tiny synthetic data set."""

import importlib.util
import json
import math
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from seg.apis.config.read import read_config
from seg.apis.runner import build_runner
from seg.runtime.whole_files import locked

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/reg_sam/regnet_shapes.py'
MODEL = 'tiny_test_clip'
NAME = f'{MODEL}_ShapesPanopticDataset'


def load_tool(name, folder='tools'):
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp('shapes')
    options = [str(folder), '--images', '16', '--val', '4', '--size', '64', '--workers', '1']
    assert load_tool('make_shapes').run(options) == 0
    return folder / 'ADEChallengeData2016'


@pytest.fixture(scope='module')
def classifiers(tiny_clip, tiny_checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp('embd')
    options = ['--model', tiny_clip, '--checkpoint', str(tiny_checkpoint), '--out-dir', str(folder)]
    options += ['--templates', 'simple', '--no-cache']
    assert load_tool('gen_cls').run([str(CONFIG), *options]) == 0
    return folder


@pytest.fixture
def settings(data, classifiers, monkeypatch):
    """Options that make the shapes config as small as it gets."""
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(classifiers))
    return small(data)


def small(data):
    loaders = [
        f'{loader}_dataloader.{key}={value}'
        for loader in ('train', 'val', 'test')
        for key, value in (('num_workers', 0), ('dataset.data_root', data))
    ]
    return [
        *loaders,
        'train_dataloader.batch_size=4',
        'train_cfg.max_epochs=1',
        'train_cfg.val_interval=1',
        'model.neck.out_channels=32',
        'model.panoptic_head.in_channels=32',
        'model.panoptic_head.num_queries=10',
        f'model.panoptic_head.ov_classifier_name={NAME}',
        'default_hooks.logger.interval=1',
    ]


def losses(text):
    """Iteration to loss, as the log tells it."""
    found = re.findall(r'Epoch\(train\)\s+\[(\d+)\]\[\s*(\d+)/\d+\].*?\bloss: ([\d.]+)', text)
    return {(int(e), int(i)): float(loss) for e, i, loss in found}


def pq(text):
    return float(re.findall(r'\bPQ: ([\d.]+)', text)[-1])


def logged(work):
    (file,) = work.glob('*/*.log')
    return file.read_text()


@pytest.mark.slow
def test_training_saves_a_checkpoint_that_tests_to_the_same_pq_and_takes_new_words(
    settings, data, tiny_clip, tiny_checkpoint, tmp_path, capsys
):
    work, test = tmp_path / 'work', tmp_path / 'test'
    command = [str(CONFIG), '--work-dir', str(work), '--cfg-options', *settings]
    assert load_tool('train').run(command) == 0, capsys.readouterr().err[-2000:]
    checkpoint = work / 'epoch_1.pth'
    assert checkpoint.exists() and len(losses(logged(work))) == 4
    assert list(work.rglob('events.out.tfevents.*'))
    folders = ['--work-dir', str(test), '--show-dir', str(tmp_path / 'pictures')]
    command = [str(CONFIG), str(checkpoint), *folders, '--cfg-options', *settings]
    assert load_tool('test').run(command) == 0, capsys.readouterr().err[-2000:]
    assert pq(logged(test)) == pq(logged(work))
    assert len(list((tmp_path / 'pictures').iterdir())) == 4

    demo = load_tool('image_demo', 'demo')
    images, out = data / 'images/validation', tmp_path / 'out'
    text_model = [
        f'text_model.model_name={tiny_clip}',
        f'text_model.init_cfg.checkpoint={tiny_checkpoint}',
        'templates=simple',
    ]
    code = demo.run(
        [
            *(str(images), str(CONFIG), str(checkpoint), '--out-dir', str(out)),
            *('--classes', 'red circle,disc; zebra', '--stuff', 'meadow;'),
            *('--cfg-options', *settings, *text_model),
        ]
    )
    assert code == 0, capsys.readouterr().err
    records = [json.loads(file.read_text()) for file in sorted(out.glob('*.json'))]
    assert len(records) == len(list(out.glob('*.png'))) == 4
    found = {segment['name'] for record in records for segment in record['segments']}
    assert found <= {'red circle', 'zebra', 'meadow'}
    code = demo.run([str(tmp_path / 'none.jpg'), str(CONFIG), str(checkpoint)])
    assert code == 1 and 'none.jpg does not exist' in capsys.readouterr().err


def scalars(work):
    """What a training in ``work`` logged for each iteration, with all digits; the newest run's."""
    file = max(work.rglob('scalars.json'), key=lambda path: path.stat().st_mtime)
    return [json.loads(line) for line in file.read_text().splitlines()]


def steps(work):
    kept = ('iter', 'loss', 'grad_norm', 'lr')
    return [{key: row[key] for key in kept} for row in scalars(work) if 'loss' in row]


@pytest.fixture(scope='module')
def whole(data, classifiers, tmp_path_factory):
    """Work folder and options of an uninterrupted training of two epochs, with EMA."""
    work = tmp_path_factory.mktemp('whole')
    options = [
        *(s for s in small(data) if 'max_epochs' not in s),
        *('train_cfg.max_epochs=2', 'log_processor.window_size=1'),
        *('model.test_cfg.object_mask_thr=0.0', 'param_scheduler.0.end=4'),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RPS_CLASSIFIER_ROOT', str(classifiers))
        code = load_tool('train').run(
            [str(CONFIG), '--work-dir', str(work), '--ema', '--cfg-options', *options]
        )
    assert code == 0
    return work, options


def test_a_resumed_training_gives_the_losses_of_an_uninterrupted_one(
    whole, settings, tmp_path, capsys
):
    work, options = whole
    shutil.copytree(work, tmp_path / 'work')
    last = tmp_path / 'work/epoch_2.pth'
    last.write_bytes(last.read_bytes()[:-1000])  # as a kill while it was copied
    command = [str(CONFIG), '--work-dir', str(tmp_path / 'work'), '--resume', '--ema']
    assert load_tool('train').run([*command, '--cfg-options', *options]) == 0
    assert f'{last} is cut short and passed over' in capsys.readouterr().err
    expected, found = steps(work), steps(tmp_path / 'work')
    assert len(expected) == 8 and found == expected[4:]
    weights = [
        torch.load(folder / 'epoch_2.pth', weights_only=False)['ema_state_dict']
        for folder in (work, tmp_path / 'work')
    ]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])


def test_training_tells_tensorboard_and_keeps_the_best(whole):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    work, _ = whole
    (folder,) = {path.parent for path in work.rglob('events.out.tfevents.*')}
    events = EventAccumulator(str(folder)).Reload()
    tags = events.Tags()
    assert {'loss', 'lr', 'PQ', 'PQ_th', 'mIoU'} <= set(tags['scalars'])
    assert {f'val_{number}' for number in range(4)} <= set(tags['images'])
    scores = [event.value for event in events.Scalars('PQ')]
    best = 1 + max(range(2), key=lambda epoch: scores[epoch])
    assert [file.name for file in work.glob('best_*')] == [f'best_PQ_epoch_{best}.pth']


def test_the_average_is_what_a_checkpoint_with_ema_holds(whole):
    checkpoint = torch.load(whole[0] / 'epoch_2.pth', weights_only=False)
    name = 'neck.convs.0.conv.weight'
    average, current = checkpoint['state_dict'], checkpoint['ema_state_dict']
    assert not torch.equal(average[name], current[f'module.{name}'])
    assert int(current['steps']) == 8


def test_mixed_precision_on_a_cpu_starts_from_the_same_loss(whole, settings, tmp_path):
    work, options = whole
    options = ['train_cfg.max_epochs=1' if 'max_epochs' in s else s for s in options]
    command = [str(CONFIG), '--work-dir', str(tmp_path), '--amp', '--cfg-options', *options]
    assert load_tool('train').run(command) == 0
    found = [row['loss'] for row in steps(tmp_path)]
    assert all(map(math.isfinite, found))
    first = steps(work)[0]['loss']
    assert found[0] != first and found[0] == pytest.approx(first, rel=0.05)
    left = read_config(str(tmp_path / CONFIG.name))  # every tool takes it from there
    assert left.optim_wrapper.type == 'seg.CPUAmpOptimWrapper'


def test_a_training_without_tensorboard_says_so_and_goes_on(settings, tmp_path, monkeypatch):
    monkeypatch.setitem(
        sys.modules, 'tensorboard', None
    )  # how the import system marks what is not there
    cfg = read_config(str(CONFIG), settings)
    with pytest.warns(UserWarning, match='TensorBoard is not installed.*pip install tensorboard'):
        build_runner(cfg, work_dir=str(tmp_path)).train()
    assert (tmp_path / 'epoch_1.pth').exists()


@pytest.mark.slow
def test_sigterm_leaves_no_process_and_no_half_file_and_a_kill_can_be_resumed(
    whole, settings, tmp_path, capsys
):
    _, options = whole
    options = [s.replace('num_workers=0', 'num_workers=2') for s in options]
    command = [CONFIG, '--work-dir', tmp_path / 'work', '--ema', '--cfg-options', *options]
    for which, code in ((signal.SIGTERM, 143), (signal.SIGKILL, -9)):
        log = tmp_path / f'{which.name}.log'
        with log.open('w') as file:
            training = subprocess.Popen(
                [sys.executable, str(ROOT / 'tools/train.py'), *map(str, command)],
                stdout=file,
                stderr=file,
            )
        wait_for(training, log, r'Epoch\(train\)\s+\[2\]\[1/')
        children = psutil.Process(training.pid).children(recursive=True)
        assert len(children) >= 2
        training.send_signal(which)
        assert training.wait(60) == code
        assert not psutil.wait_procs(children, timeout=30)[1]  # PyTorch's workers look every 5 s
        assert 'Traceback' not in log.read_text()
        names = {path.name for path in (tmp_path / 'work').iterdir() if path.is_file()}
        names -= {'.lock'} if which == signal.SIGKILL else set()  # nobody could remove it
        assert names <= {'best_PQ_epoch_1.pth', 'epoch_1.pth', 'last_checkpoint', CONFIG.name}
    resumed = list(map(str, [*command[:3], '--resume', *command[3:]]))
    assert load_tool('train').run(resumed) == 0, capsys.readouterr().err[-2000:]
    assert [row['iter'] for row in steps(tmp_path / 'work')] == [5, 6, 7, 8]


def wait_for(process, log, pattern):
    while not re.search(pattern, log.read_text()):
        assert process.poll() is None, log.read_text()[-2000:]
        time.sleep(0.05)


@pytest.fixture
def train(capsys, tmp_path):
    tool = load_tool('train')

    def run(*options):
        code = tool.run(
            [str(CONFIG), '--work-dir', str(tmp_path / 'work'), '--cfg-options', *options]
        )
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ('option', 'words'),
    [
        (
            'model.panoptic_head.ov_classifier_name=tiny_test_clip_Missing_ShapesPanopticDataset',
            'does not exist; make it with: python tools/gen_cls.py',
        ),
        (
            'model.panoptic_head.ov_classifier_name=tiny_test_clip_ADE20KPanopticDataset',
            'the name should end in _ShapesPanopticDataset',
        ),
        ('model.panoptic_head.num_things_classes=9', 'num_things_classes is 9, but'),
        ('model.panoptic_head.num_stuff_classes=5', 'num_stuff_classes is 5, but'),
        ('train_dataloader.dataset.metainfo.classes=("cat","dog")', 'has no thing_classes'),
        (
            'train_dataloader.dataset.metainfo={"classes":("cat","dog"),"thing_classes":("cat",)}',
            'was made for other classes',
        ),
        ('train_dataloader.dataset.data_root=/no/such', '/no/such does not exist'),
    ],
)
def test_what_does_not_fit_together_is_one_line_before_the_first_batch(
    train, settings, tmp_path, option, words
):
    code, err = train(*settings, option)
    assert code == 1 and words in err
    assert err.count('\n') == 1 and err.startswith('error: ')
    assert not (tmp_path / 'work').exists()


@pytest.mark.parametrize('schedule', [[], ['param_scheduler=None']])
def test_a_training_without_a_step_is_one_line(train, settings, tmp_path, schedule):
    code, err = train(*settings, 'train_dataloader.batch_size=17', *schedule)
    assert code == 1 and 'error: there is no training step: drop_last drops the 16 images' in err
    assert not list((tmp_path / 'work').glob('*.pth'))


def test_a_broken_image_ends_the_training_with_its_name(train, settings, data, tmp_path):
    shutil.copytree(data, tmp_path / 'data')
    (tmp_path / 'data/images/training/ADE_train_00000003.jpg').write_bytes(b'')
    settings = [option.replace(str(data), str(tmp_path / 'data')) for option in settings]
    code, err = train(*settings, 'train_dataloader.num_workers=1')
    last = err.splitlines()[-1]
    assert code == 1 and last.startswith('error: image ') and 'Traceback' not in err
    assert last.endswith('images/training/ADE_train_00000003.jpg cannot be read: no picture')


def test_a_second_training_in_a_work_folder_is_told(train, settings, tmp_path):
    (tmp_path / 'work').mkdir()
    with locked(tmp_path / 'work/.lock', ''):
        code, err = train(*settings)
    assert code == 1 and f'work folder {tmp_path}/work is in use by another training' in err
    assert err.count('\n') == 1 and list((tmp_path / 'work').iterdir()) == []


def test_ema_needs_a_hook(settings, tmp_path, capsys):
    command = [str(CONFIG), '--work-dir', str(tmp_path / 'work'), '--ema']
    assert load_tool('train').run([*command, '--cfg-options', *settings, 'ema_hook=None']) == 1
    assert 'has no ema_hook' in capsys.readouterr().err


def test_a_checkpoint_that_is_not_the_configs_is_one_line(whole, settings, tmp_path, capsys):
    checkpoint = whole[0] / 'epoch_1.pth'
    (tmp_path / 'short.pth').write_bytes(checkpoint.read_bytes()[:-1000])
    wider = ['model.neck.out_channels=64', 'model.panoptic_head.in_channels=64']
    for file, changes, words in (
        (tmp_path / 'none.pth', [], 'none.pth does not exist'),
        (tmp_path / 'short.pth', [], 'short.pth is cut short or no file of PyTorch'),
        (checkpoint, wider, 'was not made by this config: '),
    ):
        command = [str(CONFIG), str(file), '--work-dir', str(tmp_path / 'work'), '--cfg-options']
        code = load_tool('test').run([*command, *settings, *changes])
        err = capsys.readouterr().err
        assert code == 1 and f'error: checkpoint {file}' in err and words in err
        assert err.count('\n') == 1

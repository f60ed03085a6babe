"""From label images to a trained model: two commands, and no file written by hand."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest
from own_data import NAMES, write_label_images
from PIL import Image

from seg import Segmenter
from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.derive import derive_classes, eval_hook
from seg.apis.config.own_data import use_own_data
from seg.apis.config.read import read_config
from seg.apis.training.own_data import train_on_own_data
from seg.registry import DATASETS

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/own/regnet_small.py'
EMBEDDED = ['text_model.model_name=shapes_clip', 'text_model.init_cfg.checkpoint=embedded']
SMALL = [
    *('train_cfg.max_epochs=1', 'train_dataloader.batch_size=2', 'train_dataloader.num_workers=0'),
    *(
        'val_dataloader.num_workers=0',
        'test_dataloader.num_workers=0',
        'model.neck.out_channels=32',
    ),
    *('model.panoptic_head.in_channels=32', 'model.panoptic_head.num_queries=20'),
    *('train_dataloader.persistent_workers=False', 'val_dataloader.persistent_workers=False'),
    'test_dataloader.persistent_workers=False',
    'model.test_cfg.object_mask_thr=0.0',
]


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prepare(source, out, *options):
    arguments = [str(source), str(out), '--names', NAMES, '--things', 'car', '--workers', '1']
    assert load_tool('prepare_data').run([*arguments, *options]) == 0
    return out


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(tmp_path / 'embd'))
    monkeypatch.chdir(tmp_path)
    return prepare(write_label_images(tmp_path / 'mine'), tmp_path / 'toys', '--val', '0.34')


@pytest.mark.slow
def test_two_commands_lead_from_label_images_to_a_model(data, capsys):
    capsys.readouterr()
    arguments = [str(CONFIG), '--data', str(data), '--no-text-model', '--work-dir', 'work']
    thirty_steps = ('train_cfg.max_epochs=15', 'train_cfg.val_interval=15')
    assert load_tool('train').run([*arguments, '--cfg-options', *SMALL, *thirty_steps]) == 0
    out, err = capsys.readouterr()
    said = out.splitlines()
    assert said[1].startswith('15 epochs of 2 steps of 2 pictures')
    assert len(said) + len(err.splitlines()) <= 40
    assert re.fullmatch(
        r'training regnet_small on 4 pictures of toys-\w{6}, 3 classes \(1 thing\), on the CPU',
        said[0],
    )
    log = Path(said[1].rpartition(' ')[2])
    assert 'all of the log' in said[1] and 'Config:' in next(log.glob('*.log')).read_text()
    trained = re.fullmatch(r'trained: (work/best_PQ_epoch_15\.pth), the best, PQ [\d.]+', said[-5])
    assert trained, said[-5:]
    commands = [line.split()[-3:] for line in said[-4:-1]]
    assert [line[-2:] for line in commands] == [['work/regnet_small.py', trained[1]]] * 3
    assert said[-1].endswith(f'publish_model.py {trained[1]} FOLDER')
    # What they name works: the config of the work folder has all that followed from the data.
    segmenter = Segmenter('work/regnet_small.py', trained[1])
    result = segmenter(str(next((data / 'images/val').iterdir())))
    assert {segment.name for segment in result.segments} <= {'sky', 'car', 'road'}
    assert segmenter.vocabulary.classes == ('car,cars', 'sky', 'road,street')
    words = data / 'classes.txt'
    words.write_text(words.read_text().replace('road', 'river'))
    with pytest.raises(
        ValueError, match=r"made for other words than .* has now: .*'river,street' here; give"
    ):
        Segmenter('work/regnet_small.py', trained[1])


def fitted(data, *options, load_from=None, **settings):
    given = [*EMBEDDED, *options]
    cfg = read_config(str(CONFIG), given)
    cfg.load_from = load_from
    train_on_own_data(cfg, str(data), given=given, **settings)
    derive_classes(cfg)
    return cfg


def test_the_page_of_prepared_data_leads_on_to_the_training(data, tmp_path, capsys):
    prepare(tmp_path / 'mine/labels', data, '--val', '0.34')  # which is there already
    assert f'next: open {data}/browse.html\n' in capsys.readouterr().out
    (data / 'browse.html').unlink()
    assert load_tool('browse_data').run([str(data), '--workers', '1']) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f'train.py configs/own/regnet.py --data {data}')
    assert (data / 'browse.html').is_file()


def test_names_numbers_and_classifier_follow_from_the_data(data, tmp_path):
    cfg = fitted(data)
    head, words = cfg.model.panoptic_head, vocabulary_from_config(cfg)
    assert words.classes == ('car,cars', 'sky', 'road,street')
    assert (head.num_things_classes, head.num_stuff_classes) == (1, 2)
    assert head.ov_classifier_name == f'shapes_clip_{words.dataset_name}'
    assert (tmp_path / f'embd/{head.ov_classifier_name}.pth').is_file()
    # Edited words make another classifier; the first one stays.
    file = data / 'classes.txt'
    file.write_text(file.read_text().replace('car,cars', 'crimson ball'))
    other = fitted(data).model.panoptic_head.ov_classifier_name
    assert other != head.ov_classifier_name
    names = {path.stem for path in (tmp_path / 'embd').glob('*.pth')}
    assert names == {other, head.ov_classifier_name}


def test_epochs_and_sizes_follow_from_the_data_unless_they_are_given(data):
    cfg = fitted(data)
    assert (cfg.train_cfg.max_epochs, cfg.train_cfg.val_interval) == (100, 10)
    assert cfg.train_dataloader.batch_size == 4  # the pictures that there are
    resize, crop = cfg.train_pipeline[3], cfg.train_pipeline[4]
    assert (tuple(resize.scale), tuple(crop.crop_size)) == ((640, 640), (640, 640))  # of the file
    (jitter,) = [s for s in cfg.train_dataloader.dataset.dataset.pipeline if 'ratio_range' in s]
    assert tuple(jitter.scale) == (64, 64)  # 64 x 48, in steps of 32
    given = fitted(data, 'train_cfg.max_epochs=7', 'train_dataloader.batch_size=3')
    assert (given.train_cfg.max_epochs, given.train_cfg.val_interval) == (7, 1)
    assert given.train_dataloader.batch_size == 3
    scale = 'train_dataloader.dataset.pipeline.3.scale=(99,77)'
    given = fitted(data, scale, 'train_dataloader.dataset.skip_broken=True')
    own = given.train_dataloader.dataset.dataset
    assert tuple(own.pipeline[3].scale) == (99, 77) and own.skip_broken is True
    resize = given.val_dataloader.dataset.pipeline[1]
    assert tuple(resize.scale) == (64, 64)


@pytest.mark.parametrize(
    'option',
    ['data_root=a', 'train_dataloader.dataset.ann_file=a.json', 'val_dataloader.dataset.type=A'],
)
def test_options_that_name_other_data_are_refused(data, option):
    with pytest.raises(ValueError, match=f'^--data decides what {option.partition("=")[0]} is'):
        fitted(data, option)


def test_a_model_that_knows_something_learns_at_a_tenth_of_the_rate(data, capsys):
    rate = fitted(data).optim_wrapper.optimizer.lr
    assert 'forgotten' not in capsys.readouterr().out
    assert fitted(data, load_from='a').optim_wrapper.optimizer.lr == pytest.approx(0.1 * rate)
    assert '--rehearse FOLDER keeps it' in capsys.readouterr().out
    given = fitted(data, 'optim_wrapper.optimizer.lr=0.5', load_from='a')
    assert given.optim_wrapper.optimizer.lr == 0.5


def test_a_classifier_of_other_templates_is_kept_and_the_way_out_is_trainings(data):
    fitted(data)
    with pytest.raises(ValueError, match=r'differs in templates .* RPS_CLASSIFIER_ROOT') as caught:
        fitted(data, 'templates=simple')
    assert '--force' not in str(caught.value)


@pytest.mark.parametrize('name', ['regnet_rt_ade20k', 'clip_convnext_ade20k', 'regnet_coco_ade20k'])
def test_any_config_takes_own_data_in_place_of_its_own(data, name):
    cfg = read_config(str(ROOT / f'configs/reg_sam/{name}.py'))
    epochs = cfg.train_cfg.max_epochs
    use_own_data(cfg, str(data))
    derive_classes(cfg)
    assert vocabulary_from_config(cfg).classes == ('car,cars', 'sky', 'road,street')
    assert cfg.model.panoptic_head.num_things_classes == 1
    assert cfg.train_cfg.max_epochs == epochs  # the config has no own_data to fit
    loader = cfg.train_dataloader.dataset
    assert len(DATASETS.build(loader)) == 4


def test_rehearsal_joins_the_known_data_and_shows_the_new_as_often(data, tmp_path):
    labels = write_label_images(tmp_path / 'more', count=14)
    options = ['--names', '0: sky; 1: crimson ball; 2: road', '--things', 'crimson ball']
    known = prepare(labels, tmp_path / 'known', *options, '--val', '0.15')
    cfg = fitted(data, rehearse=str(known))
    words = vocabulary_from_config(cfg)
    assert words.classes == ('crimson ball', 'car,cars', 'sky', 'road,street')
    assert cfg.model.panoptic_head.ov_classifier_name.endswith(words.dataset_name)
    joint = DATASETS.build(cfg.train_dataloader.dataset)
    assert [len(part) for part in joint.datasets] == [12, 3 * 4]
    # Validated with the new classes alone, whose names have the file that was made for them.
    assert vocabulary_from_config(cfg, 'val').classes == ('car,cars', 'sky', 'road,street')
    assert (tmp_path / f'embd/{eval_hook(cfg).ov_classifier_name}.pth').is_file()


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--data', 'toys', '--cfg-options', 'data_root=a'], '--data decides what data_root is'),
        (['--data', 'toys', '--rehearse', 'nowhere'], 'nowhere holds no prepared data'),
        (['--rehearse', 'toys'], '--rehearse needs --data'),
        (
            ['--data', 'nowhere'],
            'nowhere holds no prepared data .*tools/prepare_data.py SOURCE OUT',
        ),
        (['--data', 'toys', '--load-from', 'gone.pth', '--no-text-model'], r'gone\.pth'),
        (['--no-text-model'], '--no-text-model needs --data'),
        (['--wise-ft', '--data', 'toys'], '--wise-ft needs --load-from'),
        (['--wise-ft', '2', '--load-from', 'a'], '--wise-ft 2 is no share'),
        (['--load-from', 'a', '--resume', 'b'], 'give one of them'),
    ],
)
def test_what_cannot_be_is_one_line(data, capsys, options, words):
    try:
        code = load_tool('train').run([str(CONFIG), *options])
    except SystemExit as error:
        code = error.code
    assert code != 0
    assert re.search(words, capsys.readouterr().err.splitlines()[-1])


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        ((), 'usage: .* FOLDER'),
        (('--amp',), 'usage: .* FOLDER'),
        (('toys', 'x'), "1 or more, not 'x'"),
    ],
)
def test_the_script_says_what_it_takes(words, said):
    done = subprocess.run([ROOT / 'train.sh', *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count('\n') == 1 and re.search(said, done.stderr)


def test_a_text_model_that_cannot_be_had_names_the_way_without(data, capsys, monkeypatch):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    assert load_tool('train').run([str(CONFIG), '--data', str(data)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith('--no-text-model trains on the 3 classes alone')


def test_pictures_that_are_broken_are_named_and_the_others_prepared(tmp_path, capsys):
    labels = write_label_images(tmp_path / 'mine')
    (labels.parent / 'images/photo 0.png').write_bytes(b'\x89PNG')
    Image.new('L', (5, 5)).save(labels / 'photo 1.png')
    prepare(labels, tmp_path / 'out')
    out, err = capsys.readouterr()
    assert '3 pictures to train on, 1 to validate' in out
    assert 'photo 0.png: left out: ' in err
    assert re.search(r'photo 1.png: left out: its labels are 5 x 5, the picture 64 x 48', err)

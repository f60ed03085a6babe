"""The wheel: built from a copy of the sources, and used outside the clone by whoever has nothing else.

The environment is empty but for the wheel; a .pth file lends it the libraries of the tests' own, without
the clone that is installed there. Nothing is downloaded.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ('configs', 'demo', 'ext', 'seg', 'tools')
FILES = ('LICENSE', 'README.md', 'pyproject.toml', 'setup.py')
CONFIG = 'configs/reg_sam/regnet_shapes.py'
MADE = shutil.ignore_patterns('__pycache__', '.mim')
ONE_STEP = (
    'train_dataloader.batch_size=4',
    *(f'{split}_dataloader.num_workers=0' for split in ('train', 'val', 'test')),
    'train_cfg.max_epochs=1',
    'train_cfg.val_interval=9',
    'default_hooks.logger.interval=1',
)

pytestmark = pytest.mark.slow


def run(command, cwd, **environment):
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={'HF_HUB_OFFLINE': '1', 'OMP_NUM_THREADS': '1', **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f'{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}'
    return done.stdout + done.stderr


@pytest.fixture(scope='module')
def sources(tmp_path_factory):
    """A copy, so that the clone keeps no trace of the build."""
    copy = tmp_path_factory.mktemp('sources')
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=MADE)
    for file in (*(ROOT / name for name in FILES), *ROOT.glob('*.sh')):
        shutil.copy(file, copy)
    return copy


@pytest.fixture(scope='module')
def wheel(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp('wheel')
    left = sources / 'build/lib/seg/moved_elsewhere.py'  # by an earlier build
    left.parent.mkdir(parents=True)
    left.touch()
    pip = [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-index', '--no-deps']
    run([*pip, '--no-build-isolation', '--wheel-dir', out, '.'], sources, PATH=os.environ['PATH'])
    (file,) = out.iterdir()
    return file


@pytest.fixture(scope='module')
def environment(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp('environment')
    run([sys.executable, '-m', 'venv', '--without-pip', folder], folder)
    base = {'base': str(folder), 'platbase': str(folder)}
    packages = Path(sysconfig.get_path('purelib', 'posix_prefix', vars=base))
    lent = [path for path in sys.path if Path(path).name in ('site-packages', 'dist-packages')]
    (packages / 'lent.pth').write_text('\n'.join(lent))
    for file in (file for path in lent for file in Path(path).glob('distutils-precedence.pth')):
        # mmengine imports distutils, which on Python 3.12 and newer is setuptools'.
        shutil.copy(file, packages / f'then_{file.name}')
    pip = [sys.executable, '-m', 'pip', '--python', folder / 'bin/python', 'install', '--quiet']
    run([*pip, '--no-index', '--no-deps', wheel], folder)
    return folder


@pytest.fixture(scope='module')
def rps(environment, tmp_path_factory):
    """Runs a program of the environment in a folder of its own, and returns what it prints."""
    work = tmp_path_factory.mktemp('work')

    def call(*words, program='rps'):
        path = f'{environment / "bin"}{os.pathsep}{os.environ["PATH"]}'
        command = [environment / 'bin' / program, *words]
        return run(command, work, PATH=path, HOME=str(work / 'home'))

    call.folder = work
    return call


def test_the_wheel_holds_the_sources_and_nothing_that_an_earlier_build_left(sources, wheel):
    expected = set()
    for name in FOLDERS:
        for file in (file for file in (ROOT / name).rglob('*') if file.is_file()):
            place = file.relative_to(ROOT)
            if not {'__pycache__', '.mim'} & set(place.parts):
                expected.add(str(place if name in ('ext', 'seg') else 'seg/.mim' / place))
    expected |= {f'seg/.mim/{file.name}' for file in ROOT.glob('*.sh')}
    with zipfile.ZipFile(wheel) as archive:
        found = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert {name for name in found if '.dist-info/' not in name} == expected
    assert {'seg/py.typed', 'seg/models/embedded/shapes_open/shapes_open.pth'} <= found.keys()
    assert all(mode & 0o100 for name, mode in found.items() if name.endswith('.sh'))
    assert not (sources / 'seg/.mim').exists()


def test_what_is_imported_is_the_wheel_and_not_the_clone(rps, environment):
    code = 'import ext, seg; print(ext.__file__, seg.__file__)'
    for file in map(Path, rps('-c', code, program='python').split()):
        assert file.is_relative_to(environment) and not file.is_relative_to(ROOT)


def test_the_command_answers(rps):
    assert 'gen-cls' in rps('--help') and rps('--version').startswith('rps ')
    assert '_shtab_rps' in rps('completion', 'bash')


def test_from_data_to_a_training_and_to_a_picture_of_new_words(rps):
    rps(
        'make-shapes',
        'data/shapes',
        *['--images', '4', '--val', '1', '--size', '64', '--workers', '1'],
    )
    made = rps('gen-cls', CONFIG, '--templates', 'simple', '--no-cache')
    assert 'shapes_clip_ShapesPanopticDataset.pth' in made
    log = rps('train', CONFIG, '--cfg-options', *ONE_STEP)
    assert 'Epoch(train) [1][1/1]' in log
    assert (rps.folder / 'work_dirs/regnet_shapes/epoch_1.pth').is_file()

    picture = next((rps.folder / 'data').rglob('validation/*.jpg'))
    open_model = ('configs/reg_sam/clip_shapes.py', 'embedded')
    words = ('--classes', 'crimson ball; golden hoop', '--stuff', 'grass; sand; sky; brick wall')
    rps('image-demo', picture, *open_model, *words, '--out-dir', 'pictures')
    (record,) = (rps.folder / 'pictures').glob('*.json')
    found = {segment['name'] for segment in json.loads(record.read_text())['segments']}
    assert found and found <= {'crimson ball', 'golden hoop', 'grass', 'sand', 'sky', 'brick wall'}
    assert record.with_suffix('.png').is_file()


def test_a_message_names_the_command_that_is_there(rps):
    command = 'rps gen-cls configs/reg_sam/gen_ade20k_classifier.py'
    with pytest.raises(AssertionError, match=f'make it with: {command}'):
        rps('inspect-cls', 'convnext_large_d_320_ADE20KPanopticDataset')

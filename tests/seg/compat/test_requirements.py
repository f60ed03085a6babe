import os
import sys
from importlib import metadata

import pytest

from seg.compat import require_packages, requirements

COMMAND = 'pip install ' + ' '.join(f'"{fork}"' for fork in requirements.FORKS)


def test_nothing_is_said_where_the_stack_is_installed():
    assert require_packages() is None


@pytest.mark.parametrize(
    ('name', 'distribution'),
    [('mmengine', 'onedl-mmengine'), ('mmcv', 'onedl-mmcv'), ('mmdet', 'onedl-mmdetection')],
)
def test_the_error_names_what_is_missing_and_the_command(monkeypatch, name, distribution):
    monkeypatch.setitem(sys.modules, name, None)  # how the import system marks what is not there
    with pytest.raises(ModuleNotFoundError) as raised:
        require_packages()
    message = str(raised.value)
    assert f'{name} (distribution {distribution})' in message
    assert message.count('distribution') == 1
    assert COMMAND in message
    assert '\n' not in message
    assert raised.value.name == name


def test_a_folder_that_has_only_the_name_of_a_package_is_none(monkeypatch, tmp_path):
    (tmp_path / 'mmdet').mkdir()
    monkeypatch.delitem(sys.modules, 'mmdet', raising=False)
    monkeypatch.setattr(sys, 'path', [str(tmp_path)])
    with pytest.raises(ModuleNotFoundError, match=r'mmdet \(distribution onedl-mmdetection\)'):
        require_packages()


@pytest.mark.parametrize(
    'module', ['registry', 'apis.config.read', 'apis.config.classifier', 'apis.config.preflight']
)
def test_what_is_missing_is_said_before_anything_is_imported(run_python, module):
    environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    # -S: without site-packages, as on a machine where nothing is installed.
    done = run_python(f'import seg.{module}', '-S', env=environment)
    assert done.stderr.strip().splitlines()[-1] == (
        'ModuleNotFoundError: Not installed: mmengine (distribution onedl-mmengine), '
        'mmcv (distribution onedl-mmcv), mmdet (distribution onedl-mmdetection). '
        f'Run: {COMMAND}'
    )


def test_a_package_that_is_too_old_is_named_with_the_command(monkeypatch):
    versions = metadata.version
    monkeypatch.setattr(
        metadata, 'version', lambda name: '2.30.0' if name == 'open_clip_torch' else versions(name)
    )
    with pytest.raises(ImportError) as raised:
        require_packages()
    oldest = requirements.OLDEST['open_clip_torch']
    assert str(raised.value) == (
        f'Too old for RPS: open_clip_torch 2.30.0 (needs {oldest}). '
        f'Run: pip install "open_clip_torch>={oldest}"'
    )


@pytest.mark.parametrize('distribution', ['opencv-python', 'opencv-python-headless'])
def test_opencv_is_checked_under_either_name(monkeypatch, distribution):
    versions = metadata.version
    monkeypatch.setattr(
        metadata, 'version', lambda name: '4.2.0.1' if name == distribution else versions(name)
    )
    with pytest.raises(ImportError, match=rf'{distribution} 4\.2\.0\.1 \(needs 4\.9\.0\.80\)'):
        require_packages()


def test_the_mmcv_that_mmdet_refuses_is_said_with_the_one_it_takes(monkeypatch):
    versions = {'mmengine': '0.10.7', 'mmcv': '2.2.0', 'mmdet': '3.3.0'}
    monkeypatch.setattr(requirements, 'mm_version', versions.get)
    with pytest.raises(
        ImportError, match=r'mmdet 3\.3\.0 refuses mmcv 2\.2\.0.*mmcv-lite==2\.1\.0'
    ):
        require_packages()


def test_versions_are_those_of_the_modules_that_would_be_imported():
    import mmcv
    import mmdet
    import mmengine

    for module in (mmcv, mmdet, mmengine):
        assert requirements.mm_version(module.__name__) == module.__version__


def test_pip_is_told_the_bounds_that_are_checked_at_import():
    from packaging.requirements import Requirement

    try:
        lines = metadata.requires('rps-seg')
    except metadata.PackageNotFoundError:
        pytest.skip('runs from a folder that is not installed')
    told = {of.name: str(of.specifier) for of in map(Requirement, lines) if of.marker is None}
    assert told == {name: f'>={oldest}' for name, oldest in requirements.OLDEST.items()}

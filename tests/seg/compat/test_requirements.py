import os
import sys

import pytest

from seg.compat import require_mm

COMMAND = 'pip install -e ".[mm]"'


def test_nothing_is_said_where_the_stack_is_installed():
    assert require_mm() is None


@pytest.mark.parametrize(
    ('name', 'distribution'),
    [('mmengine', 'onedl-mmengine'), ('mmcv', 'onedl-mmcv'), ('mmdet', 'onedl-mmdetection')],
)
def test_the_error_names_what_is_missing_and_the_command(monkeypatch, name, distribution):
    monkeypatch.setitem(sys.modules, name, None)  # how the import system marks what is not there
    with pytest.raises(ModuleNotFoundError) as raised:
        require_mm()
    message = str(raised.value)
    assert f'{name} (distribution {distribution})' in message
    assert message.count('distribution') == 1
    assert COMMAND in message
    assert '\n' not in message
    assert raised.value.name == name


def test_the_registry_checks_before_it_imports_anything(run_python):
    environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    # -S: without site-packages, as on a machine where nothing is installed.
    done = run_python('import seg.registry', '-S', env=environment)
    assert done.stderr.strip().splitlines()[-1] == (
        'ModuleNotFoundError: Not installed: mmengine (distribution onedl-mmengine), '
        'mmcv (distribution onedl-mmcv), mmdet (distribution onedl-mmdetection). '
        f'In the folder of RPS, run: {COMMAND}'
    )

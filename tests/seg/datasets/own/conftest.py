"""``tools/prepare_data.py`` in this process, on small data sets in all formats."""

import importlib.util
from pathlib import Path

import own_formats
import pytest

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope='session')
def sources(tmp_path_factory):
    """Folder, arguments and expected pixels of each format, written once and not to be changed."""
    root = tmp_path_factory.mktemp('sources')
    return {
        name: (root / name, *own_formats.write(name, root / name))
        for name in (*own_formats.FORMATS, *own_formats.VARIANTS)
    }


@pytest.fixture
def prepare(capsys):
    """Runs the tool; returns exit code, standard output and standard error."""
    spec = importlib.util.spec_from_file_location('prepare_data', ROOT / 'tools/prepare_data.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(*arguments):
        capsys.readouterr()
        try:
            code = module.run([*map(str, arguments), '--workers', '1'])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    call.module = module
    return call

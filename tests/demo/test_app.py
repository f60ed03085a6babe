"""``demo/app.py`` as a command; as a page, see test_page_in_browser.py."""

import importlib.util
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / 'demo/app.py'


@pytest.fixture
def app(capsys, monkeypatch):
    """Runs the command; returns exit code and standard error."""
    monkeypatch.setenv('GRADIO_TEMP_DIR', '')  # the command sets it; what it was comes back
    spec = importlib.util.spec_from_file_location('app', APP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(*args):
        try:
            code = module.run([str(arg) for arg in args])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, capsys.readouterr().err

    return call


def test_a_missing_model_is_one_line(app, random_open_model, tmp_path):
    config, _, options = random_open_model
    for args, words in (
        ([tmp_path / 'none.py', 'none.pth'], 'none.py does not exist'),
        ([config, tmp_path / 'none.pth', '--cfg-options', *options], 'none.pth does not exist'),
    ):
        code, err = app(*args)
        assert code == 1 and words in err and err.startswith('error: ') and err.count('\n') == 1


def test_a_config_needs_a_checkpoint(app):
    code, err = app('config.py')
    assert code == 2 and 'a config needs a checkpoint' in err

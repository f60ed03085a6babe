"""What `import seg` does to later imports, each in an interpreter of its own."""

import pytest


def test_importing_seg_imports_no_library(run_python):
    heavy = ('torch', 'torchvision', 'numpy', 'mmengine', 'mmcv', 'mmdet')
    done = run_python(f'import sys, seg; print([m for m in {heavy} if m in sys.modules])')
    assert done.stdout.strip() == '[]', done.stderr


def test_importing_seg_is_silent_and_changes_no_filter_of_warnings_and_starts_no_thread(run_python):
    done = run_python(
        """
import threading, warnings
before = list(warnings.filters), threading.active_count()
import seg
print((list(warnings.filters), threading.active_count()) == before)
""",
        *('-W', 'error'),
    )
    assert (done.stdout.strip(), done.stderr) == ('True', '')


def test_installing_twice_leaves_one_finder_of_each(run_python):
    done = run_python("""
import sys, seg, seg.compat
before = list(sys.meta_path)
seg.compat.install_mmcv_ops()
seg.compat.silence_notices()
print(sys.meta_path == before)
""")
    assert done.stdout.strip() == 'True', done.stderr


def test_mmdet_is_imported_without_a_word(run_python):
    done = run_python('import seg, mmdet.models, mmdet.datasets')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_compiled_ops_win(run_python, tmp_path):
    (tmp_path / '_ext.py').write_text("nms = 'compiled'\n")
    done = run_python(f"""
import seg, mmcv
mmcv.__path__.insert(0, {str(tmp_path)!r})
import mmcv._ext
print(mmcv._ext.nms, hasattr(mmcv._ext, 'softnms'))
""")
    assert done.stdout.strip() == 'compiled False', done.stderr


def test_broken_compiled_ops_raise_their_own_error(run_python, tmp_path):
    (tmp_path / '_ext.py').write_text("raise ImportError('undefined symbol: _ZN3c10')\n")
    done = run_python(f"""
import seg, mmcv
mmcv.__path__.insert(0, {str(tmp_path)!r})
import mmcv._ext
""")
    assert done.returncode != 0
    assert done.stderr.strip().endswith('ImportError: undefined symbol: _ZN3c10')


@pytest.mark.parametrize('before', ['', 'from mmengine.logging import print_log\n'])
def test_only_the_onedl_notice_is_dropped_and_only_there(run_python, tmp_path, before):
    package = tmp_path / 'mmdet' / 'datasets'
    package.mkdir(parents=True)
    (package.parent / '__init__.py').touch()
    (package / '__init__.py').write_text(
        'import logging\n'
        'from mmengine.logging import print_log\n'
        "print_log('Could not import OneDL. Skipping OneDL datasets.', level=logging.DEBUG)\n"
        "print_log('something else')\n"
        "print('Could not import OneDL. Skipping OneDL datasets.')\n"
    )
    done = run_python(f"""
import sys, seg
sys.path.insert(0, {str(tmp_path)!r})
{before}
import mmdet.datasets
from mmengine.logging import print_log
print_log('Could not import OneDL. Skipping OneDL datasets.')
""")
    notice = 'Could not import OneDL. Skipping OneDL datasets.'
    assert done.stdout.splitlines() == ['something else', notice, notice], done.stderr


def test_a_datasets_module_that_fails_leaves_print_as_it_was(run_python, tmp_path):
    package = tmp_path / 'mmdet' / 'datasets'
    package.mkdir(parents=True)
    (package.parent / '__init__.py').touch()
    (package / '__init__.py').write_text("raise ImportError('broken')\n")
    done = run_python(f"""
import sys, seg
sys.path.insert(0, {str(tmp_path)!r})
try:
    import mmdet.datasets
except ImportError as error:
    print(error, hasattr(sys.modules['mmengine.logging.logger'], 'print'))
""")
    assert done.stdout.strip() == 'broken False', done.stderr

"""A segmenter changes nothing global, and two of them in a process do not meet."""

import json
import logging
import warnings
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope, init_default_scope

from seg.apis.config.read import read_config
from seg.apis.segmenter import Segmenter
from seg.runtime.global_state import unchanged_globals

GREY = np.full((60, 80, 3), 128, np.uint8)


@pytest.fixture(autouse=True)
def _own_default_scope(monkeypatch):
    """The scopes that these tests set are theirs alone."""
    monkeypatch.setattr(DefaultScope, '_instance_dict', OrderedDict())


@pytest.fixture
def files(random_open_model, tmp_path):
    """A config file, and weights of it."""
    config, weights, options = random_open_model
    file = tmp_path / 'config.py'
    read_config(config, options).dump(file)
    return file, Path(weights)


def state():
    scope = DefaultScope.get_current_instance()
    return {
        'scope': scope and scope.scope_name,
        'filters': list(warnings.filters),
        'show': warnings.showwarning,
        'threads': (torch.get_num_threads(), torch.get_num_interop_threads(), cv2.getNumThreads()),
        'handlers': list(logging.root.handlers),
        'level': logging.root.level,
        'random': torch.get_rng_state().tolist(),
        'random of numpy': np.random.get_state()[1].tolist(),
        'gradients': torch.is_grad_enabled(),
    }


@pytest.mark.parametrize('scope', ['mmdet', 'mmengine', 'seg'])
def test_making_and_calling_one_leave_the_process_as_it_was(files, scope):
    init_default_scope(scope)
    before = state()
    segmenter = Segmenter(*files, 'cpu', 'red star; zebra', 'sky')
    assert state() == before
    found = segmenter(GREY, 'blue ring; violet wedge')
    assert found.names and state() == before


def test_failing_to_make_one_leaves_the_process_as_it_was(files, tmp_path):
    init_default_scope('mmdet')
    before = state()
    (tmp_path / 'broken.py').write_text("import warnings; warnings.simplefilter('error'); 1 / 0")
    for config, checkpoint in ((tmp_path / 'broken.py', files[1]), (files[0], tmp_path / 'none')):
        with pytest.raises((ValueError, FileNotFoundError)):
            Segmenter(config, checkpoint, 'cpu', 'zebra')
        assert state() == before


PROBE = """
import logging, sys, warnings
from mmengine.registry import DefaultScope
from seg import Segmenter
import numpy as np
before = list(warnings.filters)
segmenter = Segmenter.embedded('cpu')
found = segmenter(np.full((64, 64, 3), 128, np.uint8), 'red circle; zebra')
print(DefaultScope.get_current_instance(), warnings.filters == before, logging.root.handlers)
"""


def test_in_a_process_of_its_own_the_first_one_changes_nothing(run_python):
    done = run_python(PROBE)
    assert done.stdout == 'None True []\n', done.stderr
    assert done.stderr == ''


def test_seg_offers_it_without_importing_it(run_python):
    code = """
import sys, warnings, seg
heavy = ('torch', 'numpy', 'PIL', 'mmengine', 'mmcv', 'mmdet')
print([m for m in heavy if m in sys.modules], {'Segmenter', 'Segmentation'} <= set(dir(seg)))
warnings.resetwarnings()  # what other libraries say of each other is not ours
warnings.simplefilter('ignore')
from seg import Segmenter
print(Segmenter.__module__)
try:
    seg.Nothing
except AttributeError as error:
    print(error)
"""
    done = run_python(code, '-W', 'error')
    assert done.stdout.splitlines() == [
        '[] True',
        'seg.apis.segmenter',
        "module 'seg' has no attribute 'Nothing'",
    ]
    assert done.stderr == ''


def test_a_config_is_given_as_a_file_or_as_read(files):
    config, checkpoint = files
    made = [
        Segmenter(first, second, 'cpu', 'red star; zebra')
        for first, second in (
            (config, checkpoint),
            (str(config), str(checkpoint)),
            (read_config(str(config)), checkpoint),
        )
    ]
    first, *others = (json.dumps(segmenter(GREY).to_dict()) for segmenter in made)
    assert others == [first, first]
    with pytest.raises(FileNotFoundError, match=r'config .*none\.py does not exist'):
        Segmenter(config.with_name('none.py'), checkpoint)


def test_two_of_them_in_one_process_answer_as_each_does_alone(files):
    scene = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    own = 'blue ring; zebra; red circle'

    def answers(segmenter):
        return [segmenter(scene).to_dict(), segmenter(scene, own, 'sky').to_dict()]

    shipped = Segmenter.embedded('cpu')
    alone = answers(shipped)
    other = Segmenter(*files, 'cpu', 'red star', 'sky')
    others = answers(other)
    assert alone != others
    assert answers(shipped) == alone and answers(other) == others
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(answers, [shipped, other] * 4))
    assert found == [alone, others] * 4


def test_threads_that_make_them_take_turns(files):
    init_default_scope('mmdet')
    before = state()
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda words: Segmenter(*files, 'cpu', words), ['a', 'b', 'c']))
    assert state() == before
    assert [set(segmenter(GREY).names) for segmenter in made] == [{'a'}, {'b'}, {'c'}]


def test_what_a_block_changes_is_undone_and_its_scope_is_the_configs(files):
    cfg = read_config(str(files[0]))
    init_default_scope('mmdet')
    before = state()
    with pytest.raises(KeyError), unchanged_globals(cfg):
        assert DefaultScope.get_current_instance().scope_name == 'seg'
        warnings.simplefilter('ignore')
        logging.info('adds a handler')
        torch.rand(1)
        raise KeyError
    assert state() == before

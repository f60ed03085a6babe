"""What the package declares is what it imports, in the versions that are tested."""

import ast
import re
import runpy
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from seg.compat import requirements

ROOT = Path(__file__).parents[1]
ON_REQUEST = {'supervision'}  # by functions that say what to install
OURS = {'ext', 'seg', *(path.stem for path in (ROOT / 'demo').iterdir())}


def names(lines):
    return {re.sub(r'[-_.]+', '-', Requirement(line).name).lower() for line in lines}


@pytest.fixture
def declared(monkeypatch):
    """What setup.py gives, with no setuptools at work."""
    given = {}
    monkeypatch.setattr('setuptools.setup', given.update)
    monkeypatch.chdir(ROOT)
    runpy.run_path('setup.py')
    return given


def imported(*folders):
    """Top-level names of what the files in some folders import from elsewhere."""
    found = set()
    for file in (file for folder in folders for file in (ROOT / folder).rglob('*.py')):
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module)
    return {name.split('.')[0] for name in found} - OURS - ON_REQUEST - set(sys.stdlib_module_names)


@pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason='importlib.metadata finds some distributions only from 3.11 on',
)
@pytest.mark.parametrize(
    ('folders', 'extras'),
    [(('seg', 'ext', 'tools', 'configs'), ('mm', 'video', 'deploy')), (('demo',), ('mm', 'demo'))],
    ids=['package', 'demo'],
)
def test_what_is_imported_is_declared(declared, folders, extras):
    lines = [*declared['install_requires']]
    lines += [line for extra in extras for line in declared['extras_require'][extra]]
    distributions = metadata.packages_distributions()
    originals = {'mmengine': 'onedl-mmengine', 'mmcv': 'onedl-mmcv', 'mmdet': 'onedl-mmdetection'}
    for name in imported(*folders):
        holders = {originals.get(name, holder) for holder in distributions[name]}
        assert names(holders) & names(lines), name


def test_the_oldest_versions_are_those_that_are_tested():
    text = (ROOT / 'requirements/oldest.txt').read_text(encoding='utf-8')
    tested = dict(re.findall(r'^([\w.-]+)==([\w.]+)', text, re.MULTILINE))
    assert requirements.OLDEST.items() <= tested.items()
    assert {name: tested[name] for name in requirements.OPENCV} == requirements.OPENCV


def test_extras_are_as_they_are_called_in_the_readme(declared):
    extras = declared['extras_require']
    assert extras.keys() == {'mm', 'test', 'demo', 'video', 'deploy', 'all'}
    assert {*extras['video'], *extras['deploy']} <= set(extras['test'])
    assert set(extras['all']) == {*extras['mm'], *extras['test'], *extras['demo']}
    assert set(requirements.FORKS) <= set(extras['mm'])

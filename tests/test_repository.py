"""Files that no code reads: CI, hooks before a commit, citation, changes. They name what pyproject names."""

import re
import sys
from pathlib import Path

import yaml

from seg import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest's own

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']


def read(name):
    return (ROOT / name).read_text(encoding='utf-8')


def test_the_pythons_named_are_those_that_ci_runs():
    prefix = 'Programming Language :: Python :: '
    classified = [c.removeprefix(prefix) for c in PROJECT['classifiers'] if c.startswith(prefix)]
    pythons = [version for version in classified if '.' in version]
    workflow = yaml.safe_load(read('.github/workflows/ci.yml'))
    (job,) = workflow['jobs'].values()
    assert job['strategy']['matrix']['python'] == pythons
    assert PROJECT['requires-python'] == f'>={pythons[0]}'
    assert any('.ci/run' in step.get('run', '') for step in job['steps'])


def test_hooks_before_a_commit_run_the_linter_of_ci():
    content = yaml.safe_load(read('.pre-commit-config.yaml'))
    hooks = {hook['id']: hook for repo in content['repos'] for hook in repo['hooks']}
    (ruff,) = re.findall(r'^ruff==.*$', read('requirements/tested.txt'), re.MULTILINE)
    for name in ('ruff-check', 'ruff-format'):
        assert hooks[name]['additional_dependencies'] == [ruff]


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load(read('CITATION.cff'))
    assert str(citation['version']) == __version__
    assert citation['license'] == PROJECT['license']['text'] == 'Apache-2.0'
    changes = read('CHANGELOG.md')
    assert re.search(rf'^## \[{re.escape(__version__)}\]', changes, re.MULTILINE)

"""README and guide: their commands run as printed and print what is shown there.

A ```bash block is run as it stands; the ```text block after it shows lines of its output, in order.
Where those show an error, the command has to fail. Small random weights lie where the downloaded
ones would, under the same names; nothing else is replaced but the number of processes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import open_clip
import pytest
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).parents[2]
README, README_ZH = 'README.md', 'README_zh-CN.md'
GUIDE, GUIDE_ZH = 'docs/en/generate_classifier.md', 'docs/zh-CN/generate_classifier.md'
# Sections of which the reader has no classifier yet; all others come after the quick way.
BEFORE_THE_CLASSIFIER = ('The problem', 'The quick way', 'Make a text classifier')

# Lines that install something or need the network.
NOT_RUN = {
    'make setup',
    'source .venv/bin/activate',
    'pip install -e ".[mm]"',
    'make test',
    'make lint',
    'HF_ENDPOINT=https://hf-mirror.com ./gen_ade20k_classifier.sh',
    'hf download laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup '
    'open_clip_model.safetensors --local-dir weights',
}

# The models of the guide, small but for the size of their joint space, and where the hub's cache
# keeps their weights.
TEXT = {'width': 64, 'heads': 2, 'layers': 2}
VISION = {'width': 64, 'head_width': 32, 'layers': 1, 'patch_size': 32, 'image_size': 32}
MODELS = {
    'convnext_large_d_320': (768, 'laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup'),
    'ViT-B-16': (512, 'timm/vit_base_patch16_clip_224.openai'),
}
# Gives open_clip the small models, in every process that imports it.
SITECUSTOMIZE = """
import sys
from importlib.machinery import PathFinder

class SmallModels:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != 'open_clip':
            return None
        spec = PathFinder.find_spec(name, path, target)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            module.add_model_config({folder!r})

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, SmallModels)
"""


class Step(NamedTuple):
    """A ```bash block and the output shown after it, '' if none is."""

    commands: str
    shown: str


def blocks(text):
    return re.findall(r'^```(\w+)\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)


def sections(document):
    """Title and steps of every section that has a ```bash block."""
    text = (ROOT / document).read_text(encoding='utf-8')
    for part in re.split(r'^##+ ', text, flags=re.MULTILINE)[1:]:
        steps = []
        for language, content in blocks(part):
            if language == 'bash':
                steps.append(Step(content, ''))
            elif language == 'text' and steps:
                steps[-1] = Step(steps[-1].commands, content)
        if steps:
            yield part.partition('\n')[0], steps


def runnable(commands):
    return '\n'.join(line for line in commands.splitlines() if line not in NOT_RUN)


def cases():
    return [
        pytest.param(title, steps, id=f'{Path(document).stem}: {title}')
        for document in (README, GUIDE)
        for title, steps in sections(document)
        if any(runnable(step.commands) for step in steps)
    ]


@pytest.fixture(scope='module')
def machine(tmp_path_factory):
    """A copy of the project, and the environment of a machine that has the weights."""
    place = tmp_path_factory.mktemp('machine')
    project, hub, site = (place / name for name in ('project', 'hub', 'site'))
    site.mkdir()
    ignore = shutil.ignore_patterns('__pycache__')
    for folder in ('configs', 'ext', 'seg', 'tools'):
        shutil.copytree(ROOT / folder, project / folder, ignore=ignore)
    shutil.copy(ROOT / 'gen_ade20k_classifier.sh', project)
    (project / 'weights').mkdir()
    torch.manual_seed(0)
    for name, (embed_dim, repository) in MODELS.items():
        config = dict(embed_dim=embed_dim, text_cfg=TEXT, vision_cfg=VISION)
        (site / f'{name}.json').write_text(json.dumps(config))
        cached = hub / f'models--{repository.replace("/", "--")}'
        (cached / 'refs').mkdir(parents=True)
        (cached / 'refs/main').write_text('commit')
        (cached / 'snapshots/commit').mkdir(parents=True)
        weights = cached / 'snapshots/commit/open_clip_model.safetensors'
        save_file(open_clip.CLIP(**config).state_dict(), weights)
        shutil.copy(weights, project / 'weights' / f'{name}.safetensors')
    (site / 'sitecustomize.py').write_text(SITECUSTOMIZE.format(folder=str(site)))
    environment = {
        'HF_HUB_CACHE': str(hub),
        'HF_HUB_OFFLINE': '1',
        'OMP_NUM_THREADS': '1',
        'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
        'PYTHON': sys.executable,
        'PYTHONPATH': str(site),
    }
    return project, environment


@pytest.fixture(scope='module')
def home_with_classifier(machine, tmp_path_factory):
    """A home in which the quick way has been gone."""
    home = tmp_path_factory.mktemp('home_with_classifier')
    done = run('./gen_ade20k_classifier.sh', machine, home)
    assert done.returncode == 0, done.stdout
    return home


def run(commands, machine, home):
    project, environment = machine
    return subprocess.run(
        ['bash', '-euo', 'pipefail', '-c', commands],
        cwd=project,
        env={**os.environ, **environment, 'HOME': str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


def masked(text):
    """Times, digests and the cosines of random weights differ from run to run."""
    text = re.sub(r'[\d.]+ s \([\d,]+ a second\)', 'SECONDS', text)
    text = re.sub(r'\b[0-9a-f]{64}\b', 'SHA256', text)
    return [line for line in text.splitlines() if not line.startswith('  ')]


def assert_shows(output, shown):
    remaining = iter(masked(output))
    for line in masked(shown):
        is_there = line.startswith if line.endswith('…') else line.__eq__
        assert any(map(is_there, remaining)), f'not shown: {line!r}; the output:\n{output}'


@pytest.mark.parametrize(('title', 'steps'), cases())
def test_a_section_does_what_it_shows(title, steps, machine, request, tmp_path):
    home = tmp_path / 'home'
    if title in BEFORE_THE_CLASSIFIER:
        home.mkdir()
    else:
        shutil.copytree(request.getfixturevalue('home_with_classifier'), home)
    for step in steps:
        commands = runnable(step.commands)
        if not commands:
            continue
        done = run(commands.replace(' 8 --launcher', ' 2 --launcher'), machine, home)
        output = done.stdout.replace(str(home), '~')
        is_error = re.search(r'^(\w+Error|error): ', step.shown, re.MULTILINE)
        assert (done.returncode != 0) == bool(is_error), f'{commands}\n{output}'
        assert_shows(output, step.shown)


def test_what_is_not_run_is_in_the_documents():
    lines = {
        line
        for document in (README, GUIDE)
        for _, steps in sections(document)
        for step in steps
        for line in step.commands.splitlines()
    }
    assert lines >= NOT_RUN


@pytest.mark.parametrize(('english', 'chinese'), [(README, README_ZH), (GUIDE, GUIDE_ZH)])
def test_both_languages_show_the_same_commands_and_output(english, chinese):
    texts = [(ROOT / document).read_text(encoding='utf-8') for document in (english, chinese)]
    own, other = map(blocks, texts)
    assert own == other
    # Headings and table rows too, so that neither misses a part.
    own, other = (re.findall(r'^(#+ |\|)', text, re.MULTILINE) for text in texts)
    assert own == other


@pytest.mark.parametrize('guide', [GUIDE, GUIDE_ZH])
def test_the_table_has_every_option(guide):
    tool = ROOT / 'tools/gen_cls.py'
    done = subprocess.run([sys.executable, tool, '--help'], capture_output=True, text=True)
    options = set(re.findall(r'^  (--[\w-]+)', done.stdout, re.MULTILINE))
    rows = re.findall(r'^\| `(--[\w-]+)', (ROOT / guide).read_text(encoding='utf-8'), re.MULTILINE)
    assert set(rows) == options
    assert len(rows) == len(options)


@pytest.mark.parametrize('document', [README, README_ZH, GUIDE, GUIDE_ZH])
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding='utf-8')
    links = [link for link in re.findall(r'\]\(([^)]+)\)', text) if '://' not in link]
    assert links
    for link in links:
        path, _, anchor = link.partition('#')
        target = (ROOT / document).parent / path if path else ROOT / document
        assert target.exists(), link
        assert not anchor or f'# {anchor}' in target.read_text(encoding='utf-8').lower(), link

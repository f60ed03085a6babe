"""README and guide: their commands run as printed and print what is shown there.

A ```bash block is run as it stands; the ```text block after it shows lines of its output, in order.
Where those show an error, the command has to fail. Small random weights lie where the downloaded
ones would, under the same names.

Each Python process would spend most of its time on imports. So bash runs the blocks with a
``python`` that notes how it is called, and the calls are made in this process; where a call starts
several processes, it starts two.
"""

import importlib.util
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

import seg.models.openclip  # noqa: F401  registers models of its own, before the fixtures change some

ROOT = Path(__file__).parents[2]
README, README_ZH = 'README.md', 'README_zh-CN.md'
GUIDE, GUIDE_ZH = 'docs/en/generate_classifier.md', 'docs/zh-CN/generate_classifier.md'
# Sections whose reader has no classifier yet; all others come after the quick way.
BEFORE_THE_CLASSIFIER = ('The problem', 'The quick way', 'Make a text classifier')

# Lines that install something or need the network.
NOT_RUN = {
    'make setup',
    'source .venv/bin/activate',
    'pip install .',
    'pip install ".[mm]"',
    'pip install -e ".[mm]"',
    'make test',
    'make lint',
    'HF_ENDPOINT=https://hf-mirror.com ./gen_ade20k_classifier.sh',
    'hf download laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup '
    'open_clip_model.safetensors --local-dir weights',
}

# The models of the documents, small but for the size of their joint space, and the repositories
# of their weights on the hub.
TEXT = {'width': 64, 'heads': 2, 'layers': 2}
VISION = {'width': 64, 'head_width': 32, 'layers': 1, 'patch_size': 32, 'image_size': 32}
MODELS = {
    'convnext_large_d_320': (768, 'laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup'),
    'ViT-B-16': (512, 'timm/vit_base_patch16_clip_224.openai'),
}


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
        pytest.param(
            title,
            steps,
            id=f'{Path(document).stem}: {title}',
            marks=[pytest.mark.slow] if 'dist_train.sh' in str(steps) else [],
        )
        for document in (README, GUIDE)
        for title, steps in sections(document)
        if any(runnable(step.commands) for step in steps)
    ]


@pytest.fixture(scope='module')
def machine(tmp_path_factory):
    """A folder with the project, and the hub's cache with the weights."""
    place = tmp_path_factory.mktemp('machine')
    project, hub = place / 'project', place / 'hub'
    (project / 'weights').mkdir(parents=True)
    for name in ('configs', 'tools', 'gen_ade20k_classifier.sh'):
        (project / name).symlink_to(ROOT / name)
    notes = place / 'python'
    notes.write_text('#!/bin/sh\nprintf "%s\\0" "$#" "$@" >>"$CALLS"\n')
    notes.chmod(0o755)
    torch.manual_seed(0)
    for name, (embed_dim, repository) in MODELS.items():
        cached = hub / f'models--{repository.replace("/", "--")}'
        weights = cached / 'snapshots/commit/open_clip_model.safetensors'
        weights.parent.mkdir(parents=True)
        (cached / 'refs').mkdir()
        (cached / 'refs/main').write_text('commit')
        model = open_clip.CLIP(embed_dim, text_cfg=TEXT, vision_cfg=VISION)
        save_file(model.state_dict(), weights)
        if name == 'convnext_large_d_320':
            shutil.copy(weights, project / 'weights' / f'{name}.safetensors')
    return place


@pytest.fixture
def run(machine, monkeypatch, capfd):
    """Runs a block in a home; returns exit code and output."""
    for name, (embed_dim, _) in MODELS.items():
        config = {'embed_dim': embed_dim, 'text_cfg': TEXT, 'vision_cfg': VISION}
        monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, name, config)
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_CACHE', str(machine / 'hub'))
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    monkeypatch.chdir(machine / 'project')

    def call(commands, home):
        monkeypatch.setenv('HOME', str(home))
        code = 0
        for arguments in python_calls(commands, machine):
            code = code or run_python(arguments)
        out = capfd.readouterr()
        return code, (out.out + out.err).replace(str(home), '~')

    return call


def python_calls(commands, machine):
    """Runs the commands with a ``python`` that takes notes; returns the arguments of each call."""
    calls = machine / 'calls'
    calls.write_bytes(b'')
    environment = {
        'CALLS': str(calls),
        'PATH': f'{machine}:{os.environ["PATH"]}',
        'PYTHON': str(machine / 'python'),
    }
    subprocess.run(
        ['bash', '-euo', 'pipefail', '-c', commands], env={**os.environ, **environment}, check=True
    )
    words = iter(calls.read_text().split('\0')[:-1])
    return [[next(words) for _ in range(int(count))] for count in words]


def run_python(arguments):
    """Exit code of ``python ARGUMENTS``."""
    if '--nproc_per_node' in arguments:
        arguments[arguments.index('--nproc_per_node') + 1] = '2'
    if arguments[0] == '-c':
        try:
            exec(arguments[1], {})
        except Exception as error:
            print(f'{type(error).__name__}: {error}', file=sys.stderr)
            return 1
        return 0
    spec = importlib.util.spec_from_file_location('tool', arguments[0])
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.run(arguments[1:])


@pytest.fixture
def home_with_classifier(run, machine):
    """A home in which the quick way has been gone."""
    home = machine / 'home'
    if not home.is_dir():
        code, output = run('./gen_ade20k_classifier.sh', home)
        assert code == 0, output
    return home


def masked(text):
    """Times, digests and the cosines of random weights differ from run to run."""
    text = re.sub(r'[\d.]+ s \([\d,]+ a second\)', 'SECONDS', text)
    text = re.sub(r'\b[0-9a-f]{64}\b', 'SHA256', text)
    return [line for line in text.splitlines() if not line.startswith('  ')]


def assert_shows(output, shown):
    remaining = iter(masked(output))
    for line in masked(shown):
        beginning = line.removesuffix('…')
        assert any(
            found == line or (beginning != line and found.startswith(beginning))
            for found in remaining
        ), f'{line!r} is not in the output, or not in this place:\n{output}'


@pytest.mark.parametrize(('title', 'steps'), cases())
def test_a_section_does_what_it_shows(title, steps, run, request, tmp_path):
    home = tmp_path / 'home'
    if title in BEFORE_THE_CLASSIFIER:
        home.mkdir()
    else:
        shutil.copytree(request.getfixturevalue('home_with_classifier'), home)
    for commands, shown in steps:
        code, output = run(runnable(commands), home)
        is_error = re.search(r'^(\w+Error|error): ', shown, re.MULTILINE)
        assert (code != 0) == bool(is_error), f'{commands}\n{output}'
        if runnable(commands):
            assert_shows(output, shown)


def test_what_is_not_run_is_in_the_documents():
    lines = {
        line
        for document in (README, GUIDE)
        for _, steps in sections(document)
        for step in steps
        for line in step.commands.splitlines()
    }
    assert lines >= NOT_RUN


@pytest.mark.parametrize('guide', [GUIDE, GUIDE_ZH])
def test_the_table_has_every_option(guide):
    tool = ROOT / 'tools/gen_cls.py'
    done = subprocess.run([sys.executable, tool, '--help'], capture_output=True, text=True)
    options = set(re.findall(r'^  (--[\w-]+)', done.stdout, re.MULTILINE))
    rows = re.findall(r'^\| `(--[\w-]+)', (ROOT / guide).read_text(encoding='utf-8'), re.MULTILINE)
    assert set(rows) == options


@pytest.mark.parametrize('document', [README, README_ZH, GUIDE, GUIDE_ZH])
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding='utf-8')
    links = [link for link in re.findall(r'\]\(([^)]+)\)', text) if '://' not in link]
    headings = re.findall(r'^#+ (.*)$', text, re.MULTILINE)
    anchors = {'#' + heading.lower().replace(' ', '-') for heading in headings}
    assert links
    for link in links:
        assert link in anchors or ((ROOT / document).parent / link).exists(), link

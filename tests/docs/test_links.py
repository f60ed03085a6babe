"""Every relative link of a Markdown page leads somewhere, and every path that it names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ('benchmarks', 'configs', 'demo', 'docs', 'ext', 'requirements', 'seg', 'tests', 'tools')
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder, pattern in ((ROOT, '*.md'), *((ROOT / name, '**/*.md') for name in FOLDERS))
    for path in folder.glob(pattern)
)
# A path in the repository, alone or within a command; a longer path such as data/demo is another's.
NAMED = re.compile(rf'(?<![\w./~$-])(?:\./\w+\.sh|(?:{"|".join(FOLDERS)})/[\w./*-]*)')


def text_of(page):
    return (ROOT / page).read_text(encoding='utf-8')


def without_code(text):
    return re.sub(r'^```.*?^```$', '', text, flags=re.MULTILINE | re.DOTALL)


def links(text):
    """Targets of links and images, but for addresses of the web."""
    found = re.findall(r'\]\(([^)\s]+)\)', without_code(text))
    return [link for link in found if not re.match(r'[a-z]+:', link)]


def anchors(text):
    """What GitHub makes of each heading."""
    headings = re.findall(r'^#+ (.*)$', without_code(text), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


def named_paths(text):
    return {path.rstrip('.') for path in NAMED.findall(text)}


def is_there(path):
    """Whether a path exists; ``my_...`` and names in capitals stand for files of the reader's own."""
    if re.match(r'my_|[A-Z_]+$', Path(path).name):
        return True
    return any(ROOT.glob(path.removeprefix('./').rstrip('/')))


def broken_links(page):
    broken = []
    for link in links(text_of(page)):
        file, _, anchor = link.partition('#')
        target = (ROOT / page).parent / file if file else ROOT / page
        is_broken = not target.exists()
        if anchor and not is_broken:
            is_broken = anchor not in anchors(target.read_text(encoding='utf-8'))
        broken += [link] if is_broken else []
    return broken


def test_the_main_pages_are_among_those_that_are_checked():
    assert {'README.md', 'SECURITY.md', 'docs/zh-CN/performance.md'} <= set(PAGES)


def test_links_and_paths_are_recognised():
    page = '# A `b`, c\n[one](docs/a.md#b-c) ![](https://x.y/z)\n```bash\nseg/no.py [x](y)\n```\n'
    assert links(page) == ['docs/a.md#b-c']
    assert anchors(page) == {'a-b-c'}
    page = '`tools/a.py`, data/demo/seg/b, ./run.sh 8, seg/runtime/.\n~/tools/x'
    assert named_paths(page) == {'tools/a.py', './run.sh', 'seg/runtime/'}
    assert is_there('./train_ade20k.sh') and is_there('ext/*.py') and is_there('configs/MODEL')
    assert not is_there('seg/nothing.py') and not is_there('./nothing.sh')


@pytest.mark.parametrize('page', PAGES)
def test_relative_links_lead_somewhere(page):
    assert broken_links(page) == []


# A list of changes also names what is gone.
@pytest.mark.parametrize('page', [page for page in PAGES if not page.startswith('CHANGELOG')])
def test_named_paths_exist(page):
    assert sorted(path for path in named_paths(text_of(page)) if not is_there(path)) == []

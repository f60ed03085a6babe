"""A page says the same in English and in Chinese: commands, outputs, headings, tables and numbers."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / 'docs'
GUIDES = sorted(page.name for page in (DOCS / 'en').glob('*.md'))
PAIRS = [
    *((f'{name}.md', f'{name}_zh-CN.md') for name in ('README', 'CONTRIBUTING')),
    *((f'docs/en/{name}', f'docs/zh-CN/{name}') for name in GUIDES),
]
both_languages = pytest.mark.parametrize(('english', 'chinese'), PAIRS)


def text_of(page):
    return (ROOT / page).read_text(encoding='utf-8')


def blocks(text):
    """Language and content of each block; of diagrams the arrows, of trees of files the files."""
    found = re.findall(r'^```(\w+)\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    return [(language, without_words(content)) for language, content in found]


def without_words(content):
    if '──►' in content:
        return re.findall('──►', content)
    if '├──' in content:
        return re.sub(r'(?<=[^\s│]) {2,}[^\s├└│].*$', '', content, flags=re.MULTILINE)
    return content


def rows(text):
    """Headings and table rows, by the marks that they begin with."""
    return re.findall(r'^(#+ |\|)', re.sub(r'^```.*?^```$', '', text, flags=re.M | re.S), re.M)


def numbers_of_tables(text):
    return [
        re.findall(r'\d[\d.,]*', row) for row in re.findall(r'^\|.*$', text, flags=re.MULTILINE)
    ]


def test_each_english_guide_has_a_chinese_one():
    assert GUIDES and sorted(page.name for page in (DOCS / 'zh-CN').glob('*.md')) == GUIDES


def test_words_of_diagrams_and_trees_may_differ_but_not_what_they_name():
    tree = 'data/\n├── a.txt      names\n│   └── b/*.png    # pictures\n'
    assert without_words(tree) == without_words(tree.replace('names', '名字').replace('pic', '图'))
    assert without_words(tree) != without_words(tree.replace('b/', 'c/'))
    assert without_words('a ──► b ──► c') != without_words('甲 ──► 乙')


@both_languages
def test_both_languages_have_the_same_blocks_headings_and_tables(english, chinese):
    english, chinese = text_of(english), text_of(chinese)
    assert blocks(english) == blocks(chinese)
    assert rows(english) == rows(chinese)


@both_languages
def test_cells_of_tables_have_the_same_numbers(english, chinese):
    assert numbers_of_tables(text_of(english)) == numbers_of_tables(text_of(chinese))


@both_languages
def test_a_page_leads_to_itself_in_the_other_language(english, chinese):
    for page, other in ((english, chinese), (chinese, english)):
        head = text_of(page)[:300]
        links = re.findall(r'\[(?:English|简体中文)\]\((\S+)\)', head)
        assert [(ROOT / page).parent.joinpath(link).resolve() for link in links] == [ROOT / other]


@pytest.mark.parametrize('page', [chinese for _, chinese in PAIRS])
def test_a_chinese_page_says_which_pages_are_in_english(page):
    for label, link, after in re.findall(
        r'\[([^]]+)\]\(([^):#]+\.md)[^)]*\)(.{0,4})', text_of(page)
    ):
        target = (ROOT / page).parent.joinpath(link).resolve().relative_to(ROOT).as_posix()
        is_chinese = target in {chinese for _, chinese in PAIRS}
        assert is_chinese or label == 'English' or after == '（英文）', f'{label}: {link}'

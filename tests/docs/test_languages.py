"""A guide says the same in English and in Chinese: commands, outputs, headings, tables and numbers."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / 'docs'
PAGES = sorted(page.name for page in (DOCS / 'en').glob('*.md'))


def blocks(text):
    return re.findall(r'^```(\w+)\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)


def rows(text):
    """Headings and table rows, by the marks that they begin with."""
    return re.findall(r'^(#+ |\|)', re.sub(r'^```.*?^```$', '', text, flags=re.M | re.S), re.M)


def test_each_english_guide_has_a_chinese_one():
    assert PAGES and sorted(page.name for page in (DOCS / 'zh-CN').glob('*.md')) == PAGES


@pytest.mark.parametrize('page', PAGES)
def test_both_languages_have_the_same_blocks_headings_and_tables(page):
    english, chinese = ((DOCS / folder / page).read_text('utf-8') for folder in ('en', 'zh-CN'))
    assert blocks(english) == blocks(chinese)
    assert rows(english) == rows(chinese)


@pytest.mark.parametrize('page', PAGES)
def test_cells_of_tables_have_the_same_numbers(page):
    tables = (
        [
            re.findall(r'\d[\d.,]*', row)
            for row in re.findall(
                r'^\|.*$', (DOCS / folder / page).read_text('utf-8'), re.MULTILINE
            )
        ]
        for folder in ('en', 'zh-CN')
    )
    english, chinese = tables
    assert english == chinese

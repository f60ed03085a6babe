import string

import pytest
from page.texts import LABELS, TEXTS, counted, texts_for


def fields(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_both_languages_have_the_same_texts_with_something_to_say():
    for texts in (LABELS, TEXTS):
        assert texts['en'].keys() == texts['zh'].keys()
        assert all(text for own in texts.values() for text in own.values())
    for key, text in TEXTS['en'].items():
        if key != 'empty':  # English has it from seg.apis.nothing_found
            assert fields(text) == fields(TEXTS['zh'][key]), key


@pytest.mark.parametrize(
    ('asked', 'language'),
    [
        ('zh-CN,zh;q=0.9,en;q=0.8', 'zh'),
        ('zh', 'zh'),
        ('ZH-tw', 'zh'),
        ('en-GB,zh;q=0.5', 'en'),
        ('fr', 'en'),
        ('', 'en'),
    ],
)
def test_the_browsers_first_language_decides(asked, language):
    assert texts_for(asked) is TEXTS[language]


def test_one_is_singular():
    assert [counted('{} word|{} words', n) for n in (0, 1, 1203)] == [
        '0 words',
        '1 word',
        '1,203 words',
    ]
    assert counted('{} 个词', 1) == '1 个词'

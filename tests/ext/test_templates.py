"""What ext.templates promises about its published template sets and its two functions."""

import pytest

from ext.templates import (
    IMAGENET_PROMPT,
    PANOPTIC_PROMPT,
    SIMPLE_PROMPT,
    TEMPLATE_SETS,
    VILD_PROMPT,
    fill_template,
    get_templates,
)


def test_sets_have_their_published_sizes_and_no_duplicates():
    sizes = {name: len(templates) for name, templates in TEMPLATE_SETS.items()}
    assert sizes == {'vild': 63, 'panoptic': 14, 'imagenet': 80, 'simple': 1}
    for templates in TEMPLATE_SETS.values():
        assert len(set(templates)) == len(templates)


def test_every_template_takes_the_name_exactly_once():
    for templates in TEMPLATE_SETS.values():
        for template in templates:
            filled = fill_template(template, 'zebra')
            assert filled.count('zebra') == 1
            assert '{' not in filled and '}' not in filled


@pytest.mark.parametrize('name', ['dog', 'aardvark', 'traffic light'])
def test_imagenet_prompt_equals_open_clip(name):
    metadata = pytest.importorskip('open_clip.zero_shot_metadata')
    expected = [make(name) for make in metadata.OPENAI_IMAGENET_TEMPLATES]
    assert [fill_template(template, name) for template in IMAGENET_PROMPT] == expected


def test_vild_prompt_differs_from_clip_only_in_scene_templates_and_an_embroidered():
    # ViLD's list was drawn from CLIP's, so open_clip's copy is an independent check of spelling.
    metadata = pytest.importorskip('open_clip.zero_shot_metadata')
    clip = {make('dog') for make in metadata.OPENAI_IMAGENET_TEMPLATES}
    own = [text for t in VILD_PROMPT if (text := fill_template(t, 'dog')) not in clip]
    assert own == [
        'There is a dog in the scene.',
        'There is the dog in the scene.',
        'a photo of a dog in the scene.',
        'a photo of the dog in the scene.',
        'a photo of one dog in the scene.',
        'an embroidered dog.',
    ]


def test_vild_prompt_keeps_the_published_order():
    assert VILD_PROMPT[0] == 'There is {article} {} in the scene.'
    assert VILD_PROMPT[8] == 'a photo of {article} {}.'
    # The one pair that the published list gives in the order the, a.
    start = VILD_PROMPT.index('a black and white photo of the {}.')
    assert VILD_PROMPT[start + 1] == 'a black and white photo of {article} {}.'
    assert VILD_PROMPT[-2:] == ('a painting of the {}.', 'a painting of a {}.')


def test_vild_article_stands_only_directly_before_the_name():
    with_article = [template for template in VILD_PROMPT if '{article}' in template]
    assert len(with_article) == 15
    assert all('{article} {}' in template for template in with_article)
    # The list itself fixes "a" right before the name here.
    assert [t for t in VILD_PROMPT if ' a {}' in t] == ['a painting of a {}.']


def test_panoptic_prompt_is_five_plain_and_three_sized_triples():
    sizes = ('small', 'medium', 'large')
    sized = [
        form.replace('SIZE', size)
        for form in (
            'a photo of a SIZE {}.',
            'This is a photo of a SIZE {}.',
            'There is a SIZE {} in the scene.',
        )
        for size in sizes
    ]
    assert list(PANOPTIC_PROMPT[5:]) == sized
    assert PANOPTIC_PROMPT[0] == 'a photo of a {}.'


def test_panoptic_prompt_keeps_the_four_published_missing_full_stops():
    assert [t for t in PANOPTIC_PROMPT if not t.endswith('.')] == [
        'This is a photo of a {}',
        'There is a {} in the scene',
        'There is the {} in the scene',
        'a photo of a {} in the scene',
    ]


@pytest.mark.parametrize('templates', [PANOPTIC_PROMPT, IMAGENET_PROMPT, SIMPLE_PROMPT])
def test_only_vild_has_an_article_rule(templates):
    assert not any('{article}' in template for template in templates)


@pytest.mark.parametrize(
    ('name', 'article'),
    [
        ('apple', 'an'),
        ('elephant', 'an'),
        ('igloo', 'an'),
        ('orange', 'an'),
        ('umbrella', 'an'),
        ('dog', 'a'),
        ('yak', 'a'),
        ('8-ball', 'a'),
        # Spelling decides, not sound.
        ('unicycle', 'an'),
        ('hourglass', 'a'),
        # ViLD's rule knows lower-case letters only.
        ('Apple', 'a'),
        # Only the first letter counts.
        ('green apple', 'a'),
    ],
)
def test_article_follows_the_first_letter(name, article):
    assert fill_template('a photo of {article} {}.', name) == f'a photo of {article} {name}.'


def test_empty_name_fills_without_crashing():
    assert fill_template('{article} {}.', '') == 'a .'


def test_template_without_article_is_not_made_to_agree():
    assert fill_template('a photo of a {}.', 'apple') == 'a photo of a apple.'


@pytest.mark.parametrize('name', ['{', '}', '{0}', 'a {} b', '{article}', '{x!r:>{w}}'])
def test_braces_in_a_name_are_kept_as_text(name):
    assert fill_template('{article} [{}]', name).endswith(f'[{name}]')


def test_other_braces_in_a_template_are_kept_as_text():
    assert fill_template('{{x}} {0} {y} {}', 'dog') == '{{x}} {0} {y} dog'


def test_name_is_put_in_at_every_place():
    assert fill_template('{} beside {}', 'dog') == 'dog beside dog'


@pytest.mark.parametrize('suffix', ['', '_prompt'])
@pytest.mark.parametrize('change_case', [str.lower, str.upper, str.title])
@pytest.mark.parametrize('key', sorted(TEMPLATE_SETS))
def test_set_is_found_by_name_in_any_case_and_with_the_suffix(key, change_case, suffix):
    assert get_templates(change_case(key + suffix)) is TEMPLATE_SETS[key]


def test_constant_names_lead_to_the_constants():
    assert get_templates('VILD_PROMPT') is VILD_PROMPT
    assert get_templates('PANOPTIC_PROMPT') is PANOPTIC_PROMPT
    assert get_templates('IMAGENET_PROMPT') is IMAGENET_PROMPT
    assert get_templates('SIMPLE_PROMPT') is SIMPLE_PROMPT


@pytest.mark.parametrize('kind', [list, tuple])
def test_given_templates_come_back_as_a_tuple_in_order(kind):
    given = ['the {}.', 'a {}.', 'the {}.']
    assert get_templates(kind(given)) == tuple(given)


def _error(spec):
    with pytest.raises(ValueError) as caught:
        get_templates(spec)
    message = str(caught.value)
    assert '\n' not in message
    return message


def test_unknown_set_error_lists_the_sets_and_the_nearest_one():
    message = _error('panoptc')
    assert "'panoptc'" in message
    for key in TEMPLATE_SETS:
        assert key in message
    assert "did you mean 'panoptic'?" in message


def test_unknown_set_far_from_all_gets_no_suggestion():
    assert 'did you mean' not in _error('qqqq')


@pytest.mark.parametrize('spec', ['', '_prompt'])
def test_empty_set_name_is_an_unknown_set(spec):
    assert 'unknown template set' in _error(spec)


def test_bare_template_string_error_says_to_use_a_list():
    assert 'in a list' in _error('the lovely {} over there')


@pytest.mark.parametrize('spec', [[], ()])
def test_empty_sequence_is_an_error(spec):
    assert 'empty' in _error(spec)


@pytest.mark.parametrize('bad', [None, 3, b'a {}.', ['a {}.']])
def test_non_string_template_error_names_the_template(bad):
    message = _error(['a {}.', bad])
    assert 'template 1' in message and repr(bad) in message


@pytest.mark.parametrize('bad', ['a photo.', '', 'a {article} thing', 'a {0}.', 'a { }.'])
def test_template_without_a_slot_error_names_the_template(bad):
    message = _error(['a {}.', bad])
    assert 'template 1' in message and repr(bad) in message


@pytest.mark.parametrize('spec', [None, 7, {'a {}.'}, (t for t in ['a {}.'])])
def test_spec_that_is_no_name_and_no_sequence_is_an_error(spec):
    assert type(spec).__name__ in _error(spec)

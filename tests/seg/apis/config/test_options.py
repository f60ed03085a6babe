"""What ``--cfg-options KEY=VALUE`` does to a config."""

import warnings

import pytest
from mmengine.config import Config
from mmengine.hooks import CheckpointHook

from seg.apis.config.options import apply_option, parse_value


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('/x/my data', '/x/my data'),
        ("['a photo of a {}.','the {}, here']", ['a photo of a {}.', 'the {}, here']),
        ('[a photo of a {}., the {}.]', ['a photo of a {}.', 'the {}.']),
        ('a photo of a {}.,the {}.', ['a photo of a {}.', 'the {}.']),
        ("rock 'n' roll", "rock 'n' roll"),
        ("it's, so", ["it's", 'so']),
        ('"a, b"', 'a, b'),
        ("'3'", '3'),
        ('[1] and [2]', '[1] and [2]'),
        ('(old) data', '(old) data'),
        ("{'a b': [1, 2]}", {'a b': [1, 2]}),
        ('...', '...'),
        ('', ''),
    ],
)
def test_a_value_is_a_python_literal_or_the_string_as_it_stands(text, value):
    assert parse_value(text) == value


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('1', 1),
        ('-1e-3', -1e-3),
        ('007', 7),
        ('inf', float('inf')),
        ('true', True),
        ('False', False),
        ('None', None),
        ('1,2,3', [1, 2, 3]),
        ('1,', [1]),
        ('[a, b, c]', ['a', 'b', 'c']),
        ('[(1, 2, 3), [a, b], c]', [(1, 2, 3), ['a', 'b'], 'c']),
        ('(1)', (1,)),
        ('[]', []),
        ('ViT-B-16', 'ViT-B-16'),
        ('2024-01-01', '2024-01-01'),
    ],
)
def test_what_mmengine_reads_is_read_in_the_same_way(text, value):
    found = parse_value(text)
    assert found == value and type(found) is type(value)


@pytest.fixture
def cfg():
    return Config(
        dict(
            model=dict(backbone=dict(model_name='RN50'), neck=[dict(channels=4)]),
            hook=dict(type=CheckpointHook, interval=1),
            rate=0.1,
            shuffle=True,
            templates='vild',
        )
    )


@pytest.fixture
def said(cfg):
    """What is warned about as an option is applied."""

    def apply(option):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter('always')
            apply_option(cfg, option)
        return [str(w.message) for w in found]

    return apply


@pytest.mark.parametrize(
    'option',
    [
        'model.backbone.model_name=ViT-B-16',
        'model.neck.0.channels=8',
        'hook.max_keep_ckpts=3',  # CheckpointHook's own
        'hook.priority=LOW',  # mmengine's, of any hook
        'load_from=x.pth',  # mmengine's Runner reads it
        'text_model={"model_name": "RN50"}',
    ],
)
def test_a_key_that_something_reads_is_taken_without_a_word(cfg, said, option):
    assert said(option) == []
    key, _, value = option.partition('=')
    node = cfg
    for part in key.split('.'):
        node = node[int(part)] if part.isdecimal() else node[part]
    assert node == parse_value(value)


@pytest.mark.parametrize(
    ('option', 'near'),
    [
        ('model.backbone.model_nam=x', 'model.backbone.model_name'),
        ('backbone.model_name=x', 'model.backbone.model_name'),
        ('model_name=x', 'model.backbone.model_name'),
        ('hook.intervall=2', 'hook.interval'),
    ],
)
def test_a_key_that_nothing_reads_is_named_with_the_nearest_that_are(said, option, near):
    (message,) = said(option)
    assert option.partition('=')[0] in message and f'did you mean {near}' in message


@pytest.mark.parametrize(
    ('option', 'reason'),
    [
        ('templates', 'takes KEY=VALUE'),
        ('=3', 'takes KEY=VALUE'),
        ('model..x=3', 'takes KEY=VALUE'),
        ('templates.x=3', 'templates is a str'),
        ('model.neck.1.channels=3', 'model.neck has 1 elements'),
        ('model.neck.x=3', 'model.neck is a list'),
        ('rate=fast', 'rate is 0.1 and takes a number'),
        ('shuffle=no', 'shuffle is True and takes true or false'),
        ('model=5', 'model is a dict'),
        ('templates=[a photo of a {},', 'is not closed'),
    ],
)
def test_an_option_that_does_not_fit_is_refused(cfg, option, reason):
    before = cfg.to_dict()
    with pytest.raises(ValueError, match=f'.*{reason}'):
        apply_option(cfg, option)
    assert cfg.to_dict() == before

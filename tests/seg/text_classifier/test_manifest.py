import json

import pytest

from seg.text_classifier.manifest import build_manifest, differences, read_manifest, same_weights


def manifest(**changes):
    arguments = dict(
        model_name='rn50',
        dataset_name='Mine',
        classes=['cat,kitten', 'dog'],
        templates=['a {}.', 'the {}.'],
        architecture='RN50',
        precision='fp32',
        pretrained='RN50:openai',
        weights_digest='aa',
    )
    return build_manifest(**{**arguments, **changes})


def test_the_same_things_make_no_difference():
    assert differences(manifest(), manifest()) == []


def test_versions_and_the_writing_of_the_model_name_decide_nothing():
    other = manifest(model_name='RN50')
    other['versions'] = {'torch': '1.0'}
    assert differences(manifest(), other) == []


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (dict(classes=['cat', 'dog']), "classes (number 0: 'cat,kitten' in the file, 'cat' now)"),
        (dict(classes=['cat,kitten']), 'classes (2 in the file, 1 now)'),
        (dict(templates=['a {}.']), 'templates (2 in the file, 1 now)'),
        (dict(architecture='RN101'), 'text model (RN50 in the file, RN101 now)'),
        (dict(precision='bf16'), 'precision (fp32 in the file, bf16 now)'),
        (dict(weights_digest='bb'), 'weights (RN50:openai aa in the file, RN50:openai bb now)'),
    ],
)
def test_each_thing_that_decides_the_content_is_named(change, words):
    assert words in differences(manifest(), manifest(**change))


def test_the_same_name_is_the_same_weights_without_reading_them():
    assert same_weights(manifest(), manifest(weights_digest=None)) is True


def test_another_name_may_hold_the_same_weights():
    other = manifest(pretrained='RN50:yfcc15m', weights_digest=None)
    assert same_weights(manifest(), other) is None
    assert differences(manifest(), other) == []


def test_random_weights_are_the_same_only_by_digest():
    unknown = manifest(pretrained=None, weights_digest=None)
    assert same_weights(manifest(pretrained=None), unknown) is None


@pytest.mark.parametrize('content', ['', '{', '[]', '{"classes": []}', '\udcff', '[' * 100_000])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    file = tmp_path / 'x.json'
    file.write_bytes(content.encode(errors='surrogateescape'))
    with pytest.raises(ValueError, match=r'x\.json is not'):
        read_manifest(file)


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('classes', 'cat'),
        ('classes', ['cat', 3]),
        ('candidates', [['cat'], []]),
        ('candidates', [['cat'], 'dog']),
        ('templates', None),
        ('architecture', 5),
        ('pretrained', ['x']),
        ('sha256', None),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path, key, value):
    file = tmp_path / 'x.json'
    whole = {**manifest(), 'sha256': 'aa'}
    file.write_text(json.dumps(whole))
    assert read_manifest(file) == whole
    file.write_text(json.dumps({**whole, key: value}))
    with pytest.raises(ValueError, match=f'not the manifest of a text classifier: {key} is no'):
        read_manifest(file)

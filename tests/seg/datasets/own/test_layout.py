import json

import pytest

from seg.datasets.own.layout import is_prepared, read_vocabulary


@pytest.fixture
def data(sources, prepare, tmp_path):
    source, arguments, _ = sources['masks']
    out = tmp_path / 'toys'
    assert prepare(source, out, *arguments)[0] == 0
    return out


def test_things_come_first_and_edited_words_change_the_name(data):
    vocabulary = read_vocabulary(data)
    assert vocabulary.classes == ('car', 'person', 'sky', 'vegetation') == vocabulary.category_names
    assert vocabulary.num_things == 2 and len(set(vocabulary.palette)) == 4
    assert vocabulary.dataset_name == f'toys-{vocabulary.words_digest()}'
    file = data / 'classes.txt'
    file.write_text(file.read_text().replace(': car', ': car,auto'))
    edited = read_vocabulary(data)
    assert edited.classes[0] == 'car,auto' and edited.category_names == vocabulary.category_names
    assert edited.dataset_name != vocabulary.dataset_name
    file.unlink()  # then the annotations' own words count
    assert read_vocabulary(data) == vocabulary


def test_a_folder_without_both_splits_names_the_command(data):
    (data / 'panoptic_train.json').unlink()
    assert not is_prepared(data)
    with pytest.raises(FileNotFoundError, match=r'tools/prepare_data\.py SOURCE OUT'):
        read_vocabulary(data)


def test_annotations_that_do_not_describe_themselves_are_refused(data):
    file = data / 'panoptic_val.json'
    content = json.loads(file.read_text())
    del content['info']
    for text in (json.dumps(content), file.read_text()[:100]):
        file.write_text(text)
        with pytest.raises(ValueError, match='does not describe its data'):
            read_vocabulary(data)

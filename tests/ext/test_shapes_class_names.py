import pytest

from ext.class_names import shapes, shapes_full
from seg.text_classifier.candidates import split_candidates, split_classes


@pytest.mark.parametrize(('module', 'things', 'stuff'), [(shapes, 10, 4), (shapes_full, 36, 6)])
def test_classes_are_things_then_stuff_with_synonyms(module, things, stuff):
    assert (len(module.THINGS), len(module.STUFF)) == (things, stuff)
    assert module.CLASSES == module.THINGS + module.STUFF
    assert len(module.NAMES) == len(set(module.PALETTE)) == things + stuff
    candidates = split_classes(module.CLASSES)
    assert all(len(own) >= 2 for own in candidates)
    assert tuple(own[0] for own in candidates) == module.NAMES
    words = [word for own in candidates for word in own]
    assert len(words) == len(set(words))
    for entry in module.CLASSES:
        assert ','.join(split_candidates(entry)) == entry


def test_every_shape_is_there_in_every_colour():
    expected = {f'{c} {s}' for c in shapes_full.COLOURS for s in shapes_full.SHAPES}
    assert set(shapes_full.NAMES[:36]) == expected
    assert 'purple cross,purple plus' in shapes_full.THINGS

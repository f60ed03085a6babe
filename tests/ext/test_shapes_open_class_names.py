"""The open shapes world keeps its promise: what is novel is novel, and balanced."""

from collections import Counter

from ext.class_names import shapes_full, shapes_open
from seg.text_classifier.candidates import split_candidates, split_classes

BASE, NOVEL = shapes_open.BASE, shapes_open.NOVEL
RECOMBINED, RENAMED = NOVEL[:6], NOVEL[6:]


def words(names):
    return {word for name in names for own in split_candidates(name) for word in own.split()}


def test_the_things_are_those_of_the_full_world_and_no_candidate_is_shared():
    assert (len(BASE), len(NOVEL), len(shapes_open.STUFF)) == (24, 12, 6)
    assert shapes_open.CLASSES == BASE + NOVEL + shapes_open.STUFF
    assert set(shapes_open.NAMES) == set(shapes_full.NAMES)
    assert len(set(shapes_open.PALETTE)) == len(shapes_open.CLASSES)
    candidates = [word for own in split_classes(shapes_open.CLASSES) for word in own]
    assert len(candidates) == len(set(candidates))


def test_every_shape_and_every_colour_has_four_base_and_two_novel_things():
    base, novel = shapes_open.NAMES[:24], shapes_open.NAMES[24:36]
    for names, count in ((base, 4), (novel, 2)):
        for position in (0, 1):
            found = Counter(name.split()[position] for name in names)
            assert len(found) == 6 and set(found.values()) == {count}


def test_of_the_two_novel_things_one_is_recombined_and_one_renamed():
    for names in (shapes_open.NAMES[24:30], shapes_open.NAMES[30:36]):
        for position in (0, 1):
            assert len({name.split()[position] for name in names}) == 6


def test_recombined_things_have_words_of_base_things_in_a_new_combination():
    assert words(RECOMBINED) <= words(BASE)
    base = {own for name in BASE for own in split_candidates(name)}
    assert not base & {own for name in RECOMBINED for own in split_candidates(name)}
    assert 'red ring' in split_candidates(RECOMBINED[5])


def test_no_word_of_a_renamed_thing_occurs_in_any_other_class():
    assert 'violet wedge' in RENAMED
    others = words((*BASE, *RECOMBINED, *shapes_open.STUFF))
    for name in RENAMED:
        assert not words([name]) & others
        assert not words([name]) & words(set(RENAMED) - {name})


def test_names_say_how_things_look_and_candidates_what_they_are_called():
    named = dict(zip(shapes_open.CLASSES, shapes_open.NAMES, strict=True))
    assert named['violet wedge'] == 'purple triangle'
    for entry in (*BASE, *RECOMBINED, *shapes_open.STUFF):
        assert split_candidates(entry)[0] == named[entry]

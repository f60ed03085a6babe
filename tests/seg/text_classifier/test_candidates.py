import pytest

from seg.text_classifier.candidates import split_candidates, split_classes


@pytest.mark.parametrize(
    ('name', 'candidates'),
    [
        ('bed,beds', ['bed', 'beds']),
        ('bed , beds', ['bed', 'beds']),
        ('door_stuff', ['door stuff']),
        ('cup_or_mug', ['cup', 'mug']),
        ('Road/Route', ['road', 'route']),
        ('floor', ['floor']),
        ('a,b/c_or_d', ['a', 'b', 'c', 'd']),
        ('Cat,cat,CAT', ['cat']),
        ('traffic  light', ['traffic light']),
        ('dog,cat,dog', ['dog', 'cat']),
        ('oratory', ['oratory']),
        ('狗,小狗', ['狗', '小狗']),
    ],
)
def test_a_class_name_splits_into_its_candidates(name, candidates):
    assert split_candidates(name) == candidates


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        *((name, 'has no word$') for name in ('', '  ', '_', ',/')),
        *(
            (name, 'a comma or slash has no')
            for name in ('bed,', ',bed', 'bed,,beds', 'bed/ /beds')
        ),
    ],
)
def test_an_empty_candidate_is_refused(name, reason):
    with pytest.raises(ValueError, match=reason):
        split_candidates(name)


def test_a_class_name_that_is_no_string_is_refused():
    with pytest.raises(ValueError, match='must be a string, got 3'):
        split_candidates(3)


def test_an_empty_candidate_is_reported_with_the_number_of_its_class():
    with pytest.raises(ValueError, match=r"^class 2 of 3: in 'sofa,' a comma or slash"):
        split_classes(['bed', 'sofa,', 'wall'])
    with pytest.raises(ValueError, match=r"^in 'sofa,' a comma or slash"):
        split_classes(['sofa,'])


@pytest.mark.parametrize(
    ('pair', 'reason'),
    [
        (('bed', 'bed'), "^'bed' is given twice; leave one of them out"),
        (('bed,beds', 'Beds , bed'), "^'bed,beds' and 'Beds , bed' are the same class"),
        (('a_b', 'a b'), "^'a_b' and 'a b' are the same class"),
    ],
)
def test_classes_that_could_not_be_told_apart_are_refused_by_name(pair, reason):
    with pytest.raises(ValueError, match=reason):
        split_classes(['wall', *pair])


def test_classes_may_share_some_candidates():
    assert split_classes(['blind,screen', 'screen']) == [['blind', 'screen'], ['screen']]


@pytest.mark.parametrize('classes', [[], (), 'bed'])
def test_no_classes_are_refused(classes):
    with pytest.raises(ValueError, match='expected a list of class names'):
        split_classes(classes)


@pytest.mark.parametrize(
    'name', ['红色圆形，红圈', '红色圆形、红圈', '红色圆形､红圈', '红色圆形, 红圈']
)
def test_commas_of_any_script_separate_candidates(name):
    assert split_candidates(name) == ['红色圆形', '红圈']


def test_a_letter_is_the_same_however_its_accent_was_typed():
    with pytest.raises(ValueError, match='are the same class'):
        split_classes(['caf\u00e9', 'cafe\u0301'])


@pytest.mark.parametrize('name', ['a\udcccb', '\ud83d', 'cat\x1b[31m', 'cat\0'])
def test_what_is_no_text_is_refused(name):
    with pytest.raises(ValueError, match=r'class 2 of 2: .*no text'):
        split_classes(['dog', f'cat, {name}'])


def test_what_cannot_be_seen_is_no_part_of_a_word():
    assert split_candidates('re\u200bd\u202e ri\xadng, b\ufefflue\u200f') == ['red ring', 'blue']
    assert split_candidates('👩\u200d💻') == ['👩\u200d💻']  # joins what is one picture
    with pytest.raises(ValueError, match='are the same class'):
        split_classes(['red\u200b', 'red'])

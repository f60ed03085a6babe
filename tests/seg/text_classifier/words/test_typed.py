import pytest

from seg.text_classifier.words.typed import typed_classes


@pytest.mark.parametrize(
    ('text', 'classes'),
    [
        ('red circle', (('red circle',),)),
        ('cat; dog, Puppy', (('cat',), ('dog', 'puppy'))),
        ('cat, dog, bird;', (('cat', 'dog', 'bird'),)),
        ('cat\r\ndog, puppy\r\n', (('cat',), ('dog', 'puppy'))),
        ('红色圆形，红圈；斑马', (('红色圆形', '红圈'), ('斑马',))),
        ('a,, b,;; , c', (('a', 'b'), ('c',))),
        ('cat,', (('cat',),)),
        ('cat/kitten', (('cat', 'kitten'),)),
        ('["cat", "dog, puppy"]', (('cat',), ('dog', 'puppy'))),
        ('🐱; 🐶', (('🐱',), ('🐶',))),
        ('- cat\n- dog, puppy', (('cat',), ('dog', 'puppy'))),
        ('* cat\n• t-shirt', (('cat',), ('t-shirt',))),
        ('猫。狗。', (('猫',), ('狗',))),
        ('St. Bernard', (('st. bernard',),)),
        (' \n', ()),
    ],
)
def test_classes_are_parted_by_semicolons_and_lines(text, classes):
    typed = typed_classes(text)
    assert (typed.classes, typed.note) == (classes, None)


@pytest.mark.parametrize(
    'text',
    [
        'cat, dog, bird',
        'cat，dog、bird',
        ' cat,,dog, bird,\n',
        '"cat", “dog”, bird',
        '"cat, dog, bird"',
        '0: cat, 1: dog, 2: bird',
        '، cat، dog، bird',
        'cat. dog. bird.',
        'cat . dog . bird',
    ],
)
def test_where_there_are_commas_alone_they_part_classes_and_this_is_said(text):
    typed = typed_classes(text)
    assert typed.names == ('cat', 'dog', 'bird')
    assert typed.note == (
        'read as 3 classes: cat; dog; bird. For one class and its synonyms, end with a semicolon: '
        'cat, dog, bird;'
    )


def test_a_note_on_many_or_long_words_is_short():
    note = typed_classes(', '.join(f'{number}' + 'x' * 1000 for number in range(1000))).note
    assert note.startswith('read as 1,000 classes: 0xxx')
    assert len(note) < 1000


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('; , ;', "^'; , ;' has no word; give e.g. cat; dog, puppy$"),
        ('，、；', 'has no word'),
        ('...', "^the class name '...' has no word"),
        ('cat; !', "class 2 of 2: the class name '!' has no word"),
        ('cat; _', "class 2 of 2: the class name '_' has no word"),
        (
            'red star, Red Star',
            "'red star' and 'Red Star' are the same class; leave one of them out",
        ),
        ('“cat, dog', "a quote in '“cat' has no partner; leave quotes out"),
        ('cat\x1b[31m', 'no text'),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(text, reason):
    with pytest.raises(ValueError, match=reason):
        typed_classes(text)

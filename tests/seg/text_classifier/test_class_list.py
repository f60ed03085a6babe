import codecs
import os

import pytest

from seg.text_classifier.class_list import class_names, parse_classes, read_classes


@pytest.fixture
def file(tmp_path):
    """Writes bytes to a file; returns its path as typed on a command line."""

    def write(content):
        path = tmp_path / 'classes.txt'
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.mark.parametrize(
    ('text', 'classes'),
    [
        ('cat; dog; bird\n', ('cat', 'dog', 'bird')),
        ('cat,kitten\r\n\r\ndog\r\n', ('cat,kitten', 'dog')),
        (' red circle, disc ;\nzebra\n;; ', ('red circle, disc', 'zebra')),
        ('红色圆形，红圈；斑马', ('红色圆形，红圈', '斑马')),
        ('# my classes\ncat\n  # more; of them\ndog  # a pet\n', ('cat', 'dog')),
        ('c#\nnumber #7\n', ('c#', 'number #7')),
        ('0: cat\n1: dog\n', ('cat', 'dog')),
        ('1. cat\n2. dog\n', ('cat', 'dog')),
        ('7\troad\n11\tbuilding\n', ('road', 'building')),
        ('0：猫\n1：狗\n', ('猫', '狗')),
        ('1.5 inch\n2.5 inch\n7 eleven', ('1.5 inch', '2.5 inch', '7 eleven')),
        ('["cat", "dog"]', ('cat', 'dog')),
        ('[["cat", "kitten"],\n ["dog"]]', ('cat,kitten', 'dog')),
        ('cafe\u0301', ('caf\u00e9',)),
        ("rock 'n' roll\n{}\nemoji 🐱\nc++\n", ("rock 'n' roll", '{}', 'emoji 🐱', 'c++')),
        (
            'red &amp; blue\n&lt;disc&#62;\nAT&T\nthis&notes; cat',
            ('red & blue', '<disc>', 'AT&T', 'this&notes', 'cat'),
        ),
        ('"red","crimson"\n"blue"\n5" pipe', ('red,crimson', 'blue', '5" pipe')),
        ('0: "5"" pipe, tube"\n1: "cat"', ('5" pipe, tube', 'cat')),
        (
            "“猫”，“小猫”；「犬」\n«chat»; „Katze“; 'cat'",
            ('猫，小猫', '犬', 'chat', 'Katze', 'cat'),
        ),
        ('"cat; dog, puppy"', ('cat', 'dog, puppy')),
        ('قط؛ كلب', ('قط', 'كلب')),
        ('', ()),
        (' ;\n', ()),
    ],
)
def test_lists_are_read_as_people_write_them(text, classes):
    assert parse_classes(text) == classes


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('names:\n0: cat\n1: dog', "'names:' is not"),
        ('1: dog\n0: cat', 'do not ascend'),
        ('[cat, dog]', 'no JSON list such as .*; without brackets: cat; dog$'),
        ('[1, 2]', 'holds strings'),
        ('cat\n"dog', "a quote in '\"dog' has no partner"),
        ('dog, “' + 'a' * 200_000, 'a quote in .{60,70} has no partner'),
        (' {"classes": ["cat"]}', 'JSON object; give a JSON list'),
        ('["cat", []]', 'holds strings'),
    ],
)
def test_a_list_that_could_be_read_wrongly_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_classes(text)


@pytest.mark.parametrize('source', ['cat,kitten; sofa,couch ;', '["cat,kitten", "sofa,couch"]'])
def test_classes_are_read_from_a_list(source):
    assert read_classes(source) == ('cat,kitten', 'sofa,couch')


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-32'])
def test_a_file_may_have_any_encoding_of_unicode_that_it_tells(file, encoding):
    assert read_classes(file('café,coffee\r\n狗\r\n'.encode(encoding))) == ('café,coffee', '狗')


def test_the_marks_of_big_endian_files_are_understood(file):
    content = codecs.BOM_UTF16_BE + 'cat\ndog'.encode('utf-16-be')
    assert read_classes(file(content)) == ('cat', 'dog')


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        ('\n  \n# nothing\n', 'no class names'),
        ('café'.encode('latin-1'), 'not UTF-8 text'),
        ('cat\ndog'.encode('utf-16-le'), 'no text'),
        (codecs.BOM_UTF16_LE + b'cat', 'not UTF-16-LE text'),
        ('cat\ncat', "'cat' is given twice"),
        ('["\\ud83d"]', 'no text'),
    ],
)
def test_a_file_that_cannot_be_used_is_named(file, content, reason):
    path = file(content)
    with pytest.raises(ValueError, match=f'{path}.*{reason}|{reason}.*{path}'):
        read_classes(path)


@pytest.mark.parametrize('source', ['', ' '])
def test_an_empty_list_is_no_folder(source):
    with pytest.raises(ValueError, match='the list of classes is empty'):
        read_classes(source)


def test_a_missing_file_is_named(tmp_path):
    for name in (str(tmp_path / 'no_such.txt'), 'no_such.txt', 'my,no_such.txt', 'no_such'):
        with pytest.raises(FileNotFoundError, match=r'no_such(\.txt)? does not exist'):
            read_classes(name)


def test_a_word_alone_is_a_class_and_this_is_said():
    with pytest.warns(UserWarning, match='read as one class, red circle, as there is no file'):
        assert read_classes('red circle') == ('red circle',)
    assert read_classes('zebra;') == ('zebra',)


def test_words_of_a_terminal_that_is_not_utf8_are_refused():
    with pytest.raises(ValueError, match='are not UTF-8'):
        read_classes(os.fsdecode('天空,sky'.encode('gbk')))


def test_words_in_code_are_text_as_typed_or_a_list_of_names():
    assert class_names('cat; dog, puppy') == ('cat', 'dog, puppy')
    assert class_names('red circle') == ('red circle',)
    with pytest.warns(UserWarning, match='read as 2 classes: cat; dog'):
        assert class_names('cat, dog') == ('cat', 'dog')
    assert class_names(['cat', 'dog, puppy']) == ('cat', 'dog, puppy')
    assert class_names(['a; b']) == ('a; b',)  # a name is not split
    assert class_names('') == class_names(()) == ()
    for wrong in ({'cat'}, {'cat': 1}, None, 5, b'cat'):
        with pytest.raises(ValueError, match=f'a list of names, not {type(wrong).__name__}'):
            class_names(wrong)


def test_word_files_of_fc_clip_are_read_as_they_are(tmp_path):
    path = tmp_path / 'words.txt'
    path.write_text('0:invalid_class_id\n1:person,child, girl\n2:invalid_class_id\n3:bicycle\n')
    assert read_classes(str(path)) == ('person,child, girl', 'bicycle')
    path.write_text('0:road,railroad\n1:sidewalk,pavement')
    assert read_classes(str(path)) == ('road,railroad', 'sidewalk,pavement')

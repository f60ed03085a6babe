import pytest

from seg.datasets.own.class_file import ClassEntry, class_file_text, read_class_file

CAR, MAN, SKY = ClassEntry(1, 'car', True), ClassEntry(2, 'man', True), ClassEntry(3, 'sky', False)
ENTRIES = [CAR, MAN, SKY]


@pytest.fixture
def file(tmp_path):
    file = tmp_path / 'classes.txt'
    file.write_text(class_file_text('toys', ENTRIES), 'utf-8')
    return file


def test_what_is_written_is_read(file):
    assert read_class_file(file, ENTRIES) == ENTRIES


def test_names_may_be_edited_and_lines_moved(file):
    file.write_text(
        '\ufeff[STUFF]\n# own\n 3 ： 天空,sky\n\n[things]\n2: man,men\n1:car, auto\n', 'utf-8'
    )
    assert [entry.words for entry in read_class_file(file, ENTRIES)] == [
        'car, auto',
        'man,men',
        '天空,sky',
    ]


@pytest.mark.parametrize(
    ('old', 'new', 'words'),
    [
        ('1: car', 'car', 'line 6: \'car\'; expected "number: name,synonym"'),
        ('[things]\n', '', 'line 5: \'1: car\'; expected "number: name,synonym" below [things]'),
        ('1: car', '9: car', 'line 6: class 9 is not in the annotations'),
        ('1: car', '2: car', 'line 7: class 2 is there twice'),
        ('1: car\n', '', 'lacks class 1 (car)'),
        ('1: car', '3: sky', 'line 6: class 3 is stuff in the annotations'),
        ('1: car\n', '[stuff]\n1: car\n', 'line 7: class 1 is a thing in the annotations'),
        ('2: man', '2: car', "'car' is given twice"),
        ('2: man', '2: man,,men', "in 'man,,men' a comma or slash has no word"),
        ('2: man', '2: #man', "line 7: '#man' names 0 classes"),
        ('2: man', '2: man; men', "line 7: 'man; men' names 2 classes"),
        ('2: man', '2: [man', "line 7: '[man' begins with [ and is no JSON list"),
    ],
)
def test_each_fault_is_one_line_that_names_the_place(file, old, new, words):
    text = file.read_text('utf-8')
    assert old in text
    file.write_text(text.replace(old, new), 'utf-8')
    with pytest.raises(ValueError) as error:
        read_class_file(file, ENTRIES)
    assert words in str(error.value) and str(file) in str(error.value)


def test_other_encodings_are_said(file):
    file.write_bytes('[things]\n1: 车'.encode('gbk'))
    with pytest.raises(ValueError, match='is no UTF-8 text'):
        read_class_file(file, ENTRIES)

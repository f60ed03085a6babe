import pytest

from seg.datasets.own.names import read_label_names

GREY, RED = 128 * (1 + 256 + 256**2), 255


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('0: sky,clouds; 7: car', ({0: 'sky,clouds', 7: 'car'}, False)),
        ('0 sky; 7) car; 8：树', ({0: 'sky', 7: 'car', 8: '树'}, False)),
        ('sky; car', ({0: 'sky', 1: 'car'}, False)),
        ('0:invalid_class_id; 1:sky; 2:invalid_class_id', ({1: 'sky'}, False)),
        ('0: 7 eleven; 1: 747', ({0: '7 eleven', 1: '747'}, False)),
        ('128 128 128 sky; 255,0,0: car', ({GREY: 'sky', RED: 'car'}, True)),
        ('#808080 sky; #FF0000 3d car', ({GREY: 'sky', RED: '3d car'}, True)),
        ('sky:128,128,128::; car:255,0,0:parts:', ({GREY: 'sky', RED: 'car'}, True)),
        (
            ' name, r, g, b;sky, 128, 128, 128;old car,255,0,0',
            ({GREY: 'sky', RED: 'old car'}, True),
        ),
    ],
)
def test_each_way_to_write_them_in_a_line_or_a_file(text, expected, tmp_path):
    assert read_label_names(text) == expected
    file = tmp_path / 'names.txt'
    file.write_text('\ufeff# label:color_rgb:parts:actions\n\n' + text.replace(';', '\n'), 'utf-8')
    assert read_label_names(str(file)) == expected


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('0: sky; car', "'0: sky' has a number, 'car' has none"),
        ('#808080 sky; 1: car', "'#808080 sky' has a colour, '1: car' has none"),
        ('0: sky; 0: car', "'0: car' gives 'sky' a second name"),
        ('0: #; 1: car', "names: '0: #': '#' names 0 classes"),
        ('car; [sky', "names: '[sky': '[sky' begins with ["),
        (
            '0,road,128,64,128; 1,car,0,0,142',
            "'0,road,128,64,128' has numbers beside the name; exp",
        ),
        ('road,128,64; car,0,0', "'road,128,64' has numbers beside the name"),
        ('0 road 128 64 128; 1 car 0 0 142', "'0 road 128 64 128' has numbers beside the name"),
        ('1\t0.15\t1664\twall', "has numbers beside the name; expected '0: sky,clouds'"),
        ('300 0 0 sky; 1 1 1 car', "'300 0 0 sky' has a colour above 255"),
    ],
)
def test_what_cannot_be_read_is_named(text, words):
    with pytest.raises(ValueError) as error:
        read_label_names(text)
    assert words in str(error.value) and '\n' not in str(error.value)


def test_a_file_is_there_and_is_text(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere'):
        read_label_names(str(tmp_path / 'nowhere.txt'))
    (tmp_path / 'names.txt').write_bytes(b'0: \xff\xfe')
    with pytest.raises(ValueError, match=r'names\.txt is no UTF-8 text'):
        read_label_names(str(tmp_path / 'names.txt'))

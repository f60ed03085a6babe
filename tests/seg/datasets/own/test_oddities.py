from seg.datasets.own.oddities import summary


def test_lines_that_differ_in_picture_path_and_numbers_are_one():
    odd = [
        'a.jpg: mask 3 is cut',
        'b.jpg: mask 12 is cut',
        'c.jpg: no file x/y 1.png',
        'all is odd',
    ]
    odd.append('d.jpg: no file z/y 2.png')
    odd.append('e.jpg: mask 5 is cut')
    assert summary(odd, 9) == [
        'a.jpg: mask 3 is cut (and 2 like it)',
        'c.jpg: no file x/y 1.png (and 1 like it)',
        'all is odd',
    ]
    assert summary(odd, 1) == ['a.jpg: mask 3 is cut (and 2 like it)', '2 more kinds, 3 lines']
    assert summary([], 3) == []

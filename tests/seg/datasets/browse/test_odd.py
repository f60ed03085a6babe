"""What is odd about a picture is named, with the picture; a picture without a fault is not."""

import numpy as np
from PIL import Image

from seg.panoptic.png import read_panoptic_png, write_panoptic_png


def odd(data, kind):
    """What is odd of a kind, by the pictures' names."""
    return dict(data.browse().odd.get(kind, []))


def test_nothing_is_odd_about_whole_pictures(data):
    data.add('other.png')
    found = data.browse()
    assert not found.odd and not found.odd_lists
    assert found.counts.pictures == (2,) and found.counts.segments == 6
    assert 'Nothing, in 2 pictures.' in data.page.read_text()


def test_missing_and_unreadable_files_are_named_and_the_page_is_written(data):
    for name in 'abcd':
        data.add(f'{name}.png')
    data.image('a.png').unlink()
    data.image('b.png').write_bytes(data.image('b.png').read_bytes()[:300])
    data.png('c.png').unlink()
    data.png('d.png').write_bytes(b'torn')
    found = odd(data, 'unreadable')
    assert list(found) == [f'train/{name}.png' for name in 'abcd']
    assert found['train/a.png'] == f'there is no picture {data.image("a.png")}'
    assert found['train/b.png'].startswith(f'{data.image("b.png")} cannot be read: ')
    assert found['train/c.png'] == f'there is no map {data.png("c.png")}'
    assert found['train/d.png'].startswith(f'{data.png("d.png")} cannot be read: ')
    assert data.page.read_text().count('<figure') == 5


def test_a_picture_without_a_segment_is_empty(data):
    data.add('void.png', np.zeros((24, 32), int))
    assert odd(data, 'empty') == {'train/void.png': 'no segment'}


def test_more_than_half_void_is_named_half_is_not(data):
    ids = np.ones((24, 32), int)
    ids[:12] = 0
    data.add('half.png', ids)
    ids = ids.copy()
    ids[:13] = 0
    data.add('more.png', ids)
    assert odd(data, 'void') == {'train/more.png': '54% of the pixels are void'}


def test_tiny_segments_are_named_by_class(data):
    ids = np.full((24, 32), 3)
    ids[:3, :5], ids[10:14, 10:14] = 1, 2  # 15 and 16 pixels
    data.add('tiny.png', ids)
    assert odd(data, 'tiny') == {'train/tiny.png': 'tiny: cat (id 1) of 15 px'}


def test_boxes_and_areas_are_compared_with_the_masks(data):
    rounded = data.add('rounded.png')['segments_info'][0]
    rounded['bbox'] = [rounded['bbox'][0] + 0.5, *rounded['bbox'][1:]]
    data.add('box.png')['segments_info'][0]['bbox'] = [3, 2, 12, 8]
    data.add('area.png')['segments_info'][1]['area'] = 7
    assert odd(data, 'box') == {
        'train/box.png': 'cat (id 1) has the box (3, 2, 12, 8), its mask (3, 2, 9, 8)',
        'train/area.png': 'dog (id 2) has the area 7, its mask 150',
    }


def test_ids_of_the_map_and_of_the_json_are_compared_both_ways(data):
    data.add('json.png')['segments_info'].append(
        dict(id=9, category_id=1, area=1, bbox=[0, 0, 1, 1])
    )
    data.add('map.png')
    ids = read_panoptic_png(data.png('map.png'))
    ids[0, :20] = 70_000
    write_panoptic_png(data.png('map.png'), ids)
    data.add('twice.png')['segments_info'].append(
        dict(id=1, category_id=2, area=1, bbox=[0, 0, 1, 1])
    )
    data.add('category.png')['segments_info'][0]['category_id'] = 44
    data.add('none.png')
    data.json['train']['annotations'].pop()
    assert odd(data, 'ids') == {
        'train/json.png': 'id 9 in the JSON only',
        'train/map.png': 'id 70000 in the map only',
        'train/twice.png': 'the JSON lists id 1 twice',
        'train/category.png': 'category 44 of its segments is in no list of categories',
        'train/none.png': 'the JSON has no annotation for it; id 1, 2, 3 in the map only',
    }


def test_sizes_that_differ_are_named_with_the_tag_that_explains_them(data):
    data.add('cut.png')
    Image.open(data.image('cut.png')).crop((0, 0, 30, 24)).save(data.image('cut.png'))
    exif = Image.Exif()
    exif[0x0112] = 6
    data.add('turned.jpg')
    Image.open(data.image('turned.jpg')).resize((24, 32)).save(data.image('turned.jpg'), exif=exif)
    found = odd(data, 'size')
    assert found['train/cut.png'] == 'the picture 30 x 24, its map 32 x 24, the JSON 32 x 24'
    assert found['train/turned.jpg'].startswith('the picture 24 x 32, its map 32 x 24')
    assert 'EXIF' in found['train/turned.jpg'] and 'EXIF' not in found['train/cut.png']


def test_the_same_file_is_found_in_the_other_split(data):
    data.add('a.png')
    data.add('copy.png', split='val')
    data.image('copy.png', 'val').write_bytes(data.image('a.png').read_bytes())
    assert odd(data, 'twin') == {
        'train/a.png': 'same file as val/copy.png, in the other split',
        'val/copy.png': 'same file as train/a.png, in the other split',
    }
    assert not odd(data, 'alike')


def test_a_picture_saved_again_is_much_like_the_first_one_and_others_are_not(data):
    for number in range(20):
        data.add(f'{number}.png')
    smooth = Image.open(data.image('7.png')).resize((640, 480), Image.Resampling.BICUBIC)
    data.add('first.jpg', image=smooth)
    data.add('again.jpg', image=smooth)
    smooth.resize((320, 240)).save(data.image('again.jpg'), quality=40)
    for size in ((20, 20), (24, 24)):  # of one colour: nothing tells them apart, so nothing is said
        data.add(f'{size[0]}.png', image=Image.new('RGB', size))
    found = dict(data.browse(most=1).odd['alike'])
    assert found['train/first.jpg'].startswith('much like train/')
    assert set(found) - {'train/7.png'} == {'train/first.jpg', 'train/again.jpg'}


def test_what_is_odd_about_the_lists_is_a_line_each(data):
    data.add('a.png', split='val')
    data.add('lost.png')
    train, val = data.json['train'], data.json['val']
    train['images'].pop()
    train['images'].append(train['images'][0])
    val['categories'] = [*val['categories'][1:], dict(id=9, name='unused', isthing=0)]
    found = data.browse().odd_lists
    for line in (
        "train does not list 1 of the 4 categories: 'unused'",
        "val does not list 1 of the 4 categories: 'cat'",
        'panoptic_train.json lists image id whole.png twice',
        'panoptic_train.json has annotations of images that it does not list: id lost.png',
        f'1 file in {data.folder}/images/train not listed by panoptic_train.json: lost.png',
        "classes without any segment (1): 'unused'",
    ):
        assert line in found


def test_a_test_set_without_annotations_has_its_page(data):
    data.json['train'] = {'images': data.json['train']['images'], 'categories': []}
    assert 'panoptic_train.json has no annotations' in data.browse().odd_lists


def test_words_of_a_class_file_that_does_not_fit_are_said(data):
    data.add('a.png', split='val')
    for content in data.json.values():
        content['info'] = dict(dataset_name='pets')
        for category in content['categories']:
            category.update(synonyms=[], color=[category['id'], 0, 0])
        content['categories'][0]['synonyms'] = ['kitten']
    found = data.browse()
    assert found.classes[0].words == ('cat', 'kitten') and 'kitten' in data.page.read_text()
    (data.folder / 'classes.txt').write_text('nonsense\n')
    assert any('classes.txt' in line for line in data.browse().odd_lists)

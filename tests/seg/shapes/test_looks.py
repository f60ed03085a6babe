import numpy as np
import pytest

from ext.class_names import shapes, shapes_full
from seg.shapes.looks import COLOURS, thing_look
from seg.shapes.outlines import contours, draw_coverage, outline_names
from seg.shapes.textures import mix_texture, texture_names
from seg.shapes.worlds import get_world, world_names


def test_the_words_of_a_name_decide_the_look():
    plain = thing_look('red circle')
    assert (plain.outline, plain.texture, plain.colours[0]) == ('circle', 'plain', COLOURS['red'])
    both = thing_look('green spotted star')
    assert (both.outline, both.texture, both.colours[0]) == ('star', 'spotted', COLOURS['green'])
    assert thing_look('striped hexagon').colours[0] == COLOURS['black']


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('red', 'needs a shape'),
        ('circle', 'a colour or one of'),
        ('plain circle', 'a colour or one of'),
        ('mauve circle', "'mauve' in 'mauve circle' is no shape, colour or texture"),
    ],
)
def test_a_name_that_says_too_little_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        thing_look(name)


@pytest.mark.parametrize(
    ('name', 'things', 'stuff'), [('shapes', 10, 4), ('shapes_full', 36, 6), ('ade20k', 100, 50)]
)
def test_every_class_of_a_vocabulary_has_a_look_of_its_own(name, things, stuff):
    world = get_world(name)
    names, palette = world.vocabulary.category_names, world.vocabulary.palette
    assert (len(world.things), len(world.stuff)) == (things, stuff)
    assert len(set(world.looks)) == len(names) == things + stuff
    assert [look.outline is not None for look in world.looks] == [True] * things + [False] * stuff
    assert len(set(palette)) >= 0.95 * len(names)


def test_an_unknown_vocabulary_lists_those_there_are():
    assert set(world_names()) == {'shapes', 'shapes_full', 'shapes_open', 'ade20k'}
    with pytest.raises(
        ValueError, match=r'unknown vocabulary .*shapes, shapes_full, shapes_open, ade20k'
    ):
        get_world('coco')


def test_colour_and_texture_tell_the_small_vocabulary_apart():
    looks = [thing_look(name) for name in shapes.NAMES[:10]]
    assert len({(look.texture, look.colours) for look in looks}) == 10


def test_neither_colour_nor_shape_tells_the_full_vocabulary_apart():
    looks = [thing_look(name) for name in shapes_full.NAMES[:36]]
    assert len({look.colours for look in looks}) == len({look.outline for look in looks}) == 6


@pytest.mark.parametrize('shape', outline_names())
def test_outlines_fill_the_unit_circle_and_no_more(shape):
    outline = contours(shape)
    radii = np.concatenate([np.hypot(*part.T) for part in outline])
    assert 0.7 < radii.max() <= 1.2
    coverage = draw_coverage([part * 30 + 40 for part in outline], (80, 80))
    assert (coverage.min(), coverage.max()) == (0, 1)
    assert 0.2 < (coverage >= 0.5).sum() / (np.pi * 30**2) < 1


def test_a_ring_has_a_hole():
    coverage = draw_coverage([part * 30 + 40 for part in contours('ring')], (80, 80))
    assert coverage[40, 40] == 0
    assert coverage[40, 40 + 22] == 1


@pytest.mark.parametrize('texture', texture_names())
def test_textures_mix_two_colours(texture):
    v, u = np.mgrid[:40, :60].astype(np.float32) / 7
    mixed = mix_texture(texture, u, v, np.random.default_rng(0))
    assert mixed.shape == (40, 60)
    assert mixed.dtype == np.float32
    assert mixed.min() >= 0
    assert mixed.max() <= 1
    assert (mixed.max() > 0.8) == (texture != 'plain')

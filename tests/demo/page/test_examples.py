import cv2
import numpy as np
from page.examples import EXAMPLES, first_words, write_examples

from ext.class_names import shapes_open
from seg.shapes.scene import render_scene
from seg.shapes.worlds import get_world
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.class_list import parse_classes
from seg.text_classifier.vocabulary import Vocabulary

# What each picture shows, by the data set's own names.
SHOWN = (
    {
        'water',
        'sky',
        'sand',
        'orange ring',
        'green cross',
        'orange circle',
        'yellow triangle',
        'red star',
    },
    {'sky', 'water', 'grass', 'yellow square', 'purple triangle', 'green circle', 'purple square'},
    {
        'water',
        'snow',
        'sky',
        'orange circle',
        'purple triangle',
        'yellow square',
        'red ring',
        'blue ring',
    }
    | {'orange cross', 'blue square'},
)


def test_the_pictures_show_what_the_words_were_chosen_for(tmp_path):
    world = get_world('shapes_open')
    for (file, example), shown in zip(write_examples(tmp_path), SHOWN, strict=True):
        scene = render_scene(world, np.random.default_rng(example.seed), (192, 256))
        assert {world.vocabulary.category_names[label] for label in scene.labels} == shown
        assert (cv2.imread(str(file))[..., ::-1] == scene.image).all()


def test_words_that_training_never_saw_are_not_in_its_vocabulary():
    known = {word for own in split_classes(shapes_open.BASE) for word in own}
    seen, unseen = (split_classes(parse_classes(example.things)) for example in EXAMPLES[:2])
    assert [own[0] in known for own in seen] == [True] * 4 + [False]  # there is no zebra to find
    assert [own[0] in known for own in unseen] == [False, False, False, True]


def test_the_first_words_are_the_beginning_of_the_vocabulary():
    classes = (*(f'thing {n},object {n}' for n in range(20)), 'sky,clouds')
    things, stuff = first_words(Vocabulary('Mine', classes, 20))
    assert parse_classes(things) == tuple(f'thing {n}' for n in range(12)) and stuff == 'sky'
    things, stuff = first_words(Vocabulary('Mine', classes))
    assert len(parse_classes(things)) == 12 and stuff == ''

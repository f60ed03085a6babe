"""Captions say what is seen, in all the words there are."""

import re

import numpy as np
import pytest

from ext import shapes_words
from ext.templates import TEMPLATE_SETS, fill_template
from seg.shapes.clip.attributes import FALSE, TRUE, Said, Shown, truth
from seg.shapes.clip.captions import all_words, change_one, choose_said, write_caption

SHOWN = Shown('circle', 'red', 'striped', 'small', ('grass', 'brick wall'))


def test_what_is_chosen_to_say_is_true():
    rng = np.random.default_rng(0)
    stuff = Shown(grounds=('sand',))
    for shown in (SHOWN, SHOWN._replace(colour=None), SHOWN._replace(is_segment=True), stuff):
        said = [choose_said(shown, rng) for _ in range(200)]
        assert (truth([shown], said) == TRUE).all()


def test_one_changed_attribute_makes_it_false():
    rng = np.random.default_rng(0)
    said = [change_one(choose_said(SHOWN, rng), rng) for _ in range(200)]
    assert (truth([SHOWN], said) == FALSE).all()


def test_every_attribute_and_synonym_is_said():
    rng = np.random.default_rng(0)
    said = Said('hexagon', 'grey', 'spotted', 'large', 'water')
    texts = ' '.join(write_caption(said, rng)[0] for _ in range(400))
    for words in (
        shapes_words.SHAPES['hexagon'],
        shapes_words.COLOURS['grey'],
        shapes_words.TEXTURES['spotted'],
        shapes_words.SIZES['large'],
        shapes_words.STUFF['water'],
    ):
        for word in words:
            assert re.search(rf'\b{word}\b', texts), word


def test_a_template_may_claim_a_size_but_not_against_the_name():
    rng = np.random.default_rng(0)
    plain = [write_caption(Said('circle', 'red'), rng) for _ in range(2000)]
    for text, said in plain:
        claimed = re.search(r'\b(small|large)\b', text)
        assert said.size == (claimed and claimed[1])
    assert {said.size for _, said in plain} == {None, 'small', 'large'}
    sized = [write_caption(Said('circle', size='small'), rng)[1] for _ in range(500)]
    assert {said.size for said in sized} == {'small'}


@pytest.mark.parametrize('name', TEMPLATE_SETS)
def test_the_tokenizer_knows_every_word_of_every_template_set(name):
    known = set(all_words())
    for template in TEMPLATE_SETS[name]:
        assert set(re.findall('[a-z]+', fill_template(template, 'red egg').lower())) <= known

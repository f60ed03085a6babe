"""Captions: what is said of a picture, in the words of ``ext.shapes_words`` and the templates."""

import re
from collections.abc import Iterable
from functools import cache

import numpy as np

from ext import shapes_words
from ext.templates import TEMPLATE_SETS, fill_template
from seg.shapes.clip.attributes import COLOURS, SHAPES, SIZES, TEXTURES, Said, Shown

#: How often a caption says each attribute, where it is known.
SAYS = {'colour': 0.85, 'texture': 0.75, 'size': 0.4, 'ground': 0.1}
#: How often, in proportion, a wrong caption is wrong in each attribute: what is hard to see, often.
CHANGES = {'shape': 2, 'colour': 1, 'texture': 3, 'size': 1}
#: How often it names the shape alone, the first word for a thing, and uses no template.
SHAPE_ALONE, FIRST_WORD, BARE = 0.15, 0.4, 0.15

_SIZE_OF_TEMPLATE = re.compile(rf'\b({"|".join(SIZES)})\b[^{{]*\{{\}}')
_CHOICES = {'shape': SHAPES, 'colour': COLOURS, 'texture': TEXTURES, 'size': SIZES}


def choose_said(shown: Shown, rng: np.random.Generator) -> Said:
    """What to say of a picture or a segment: something true, and not always all of it."""
    if shown.shape is None:
        return Said(ground=str(rng.choice(shown.grounds)))
    if rng.random() < SHAPE_ALONE:
        return Said(shape=shown.shape)
    says = {field: rng.random() < often for field, often in SAYS.items()}
    ground = str(rng.choice(shown.grounds)) if says['ground'] and not shown.is_segment else None
    named = {f: getattr(shown, f) for f in ('colour', 'texture', 'size') if says[f]}
    return Said(shape=shown.shape, ground=ground, **named)


def change_one(said: Said, rng: np.random.Generator) -> Said:
    """Say the same but for one attribute: a caption of something else that differs in no more."""
    fields = [field for field in _CHOICES if getattr(said, field)]
    often = np.array([CHANGES[field] for field in fields], float)
    field = str(rng.choice(fields, p=often / often.sum()))
    others = [word for word in _CHOICES[field] if word != getattr(said, field)]
    return said._replace(**{field: str(rng.choice(others))})


def write_caption(said: Said, rng: np.random.Generator) -> tuple[str, Said]:
    """Put it into words.

    Args:
        said: What to say.
        rng: Chooses among synonyms, the order of adjectives, and templates.

    Returns:
        The caption, and what it says: a template such as 'a photo of a small {}.' adds a size where
        the name has none.
    """
    name = _name(said, rng)
    if rng.random() < BARE:
        return name, said
    templates, sizes = _templates()
    index = int(rng.integers(len(templates)))
    if said.shape is not None and said.size is None and sizes[index]:
        said = said._replace(size=sizes[index])
    return fill_template(templates[index], name), said


def naming_words() -> list[str]:
    """The words of captions that name what is shown, and those between them."""
    groups = (
        shapes_words.SHAPES,
        shapes_words.COLOURS,
        shapes_words.TEXTURES,
        shapes_words.SIZES,
        shapes_words.STUFF,
    )
    texts = [word for group in groups for words in group.values() for word in words]
    return _distinct([*texts, 'a', 'on', 'the'])


def all_words() -> list[str]:
    """Every word that a caption may have, for the tokenizer."""
    texts = [fill_template(template, name) for template in _templates()[0] for name in ('a', 'e')]
    return _distinct([*naming_words(), *texts])


def _distinct(texts: Iterable[str]) -> list[str]:
    return sorted({word for text in texts for word in re.findall('[a-z]+', text.lower())})


def _name(said: Said, rng: np.random.Generator) -> str:
    if said.shape is None:
        assert said.ground is not None  # what else is there to say
        return _word(shapes_words.STUFF[said.ground], rng)
    adjectives = []
    if said.colour:
        adjectives.append(_word(shapes_words.COLOURS[said.colour], rng))
    if said.texture:
        adjectives.append(_word(shapes_words.TEXTURES[said.texture], rng))
    if rng.random() < 0.3:
        adjectives.reverse()
    if said.size:
        place = 0 if rng.random() < 0.8 else int(rng.integers(len(adjectives) + 1))
        adjectives.insert(place, _word(shapes_words.SIZES[said.size], rng))
    ground = [f'on {_word(shapes_words.STUFF[said.ground], rng)}'] if said.ground else []
    return ' '.join([*adjectives, _word(shapes_words.SHAPES[said.shape], rng), *ground])


def _word(words: tuple[str, ...], rng: np.random.Generator) -> str:
    if len(words) == 1 or rng.random() < FIRST_WORD:
        return words[0]
    return words[int(rng.integers(1, len(words)))]


@cache
def _templates() -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    """Every template of the published sets once, and the size that each names."""
    templates = tuple(dict.fromkeys(t for own in TEMPLATE_SETS.values() for t in own))
    found = [_SIZE_OF_TEMPLATE.search(template) for template in templates]
    return templates, tuple(match and match[1] for match in found)

"""The words that a visitor types: what they are taken for, shown before the press."""

import html
from collections.abc import Sequence
from typing import NamedTuple

from page.texts import Texts, counted
from seg.apis.segmenter import Segmenter
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.class_list import things_and_stuff
from seg.text_classifier.vocabulary import seen_classes
from seg.text_classifier.words.lines import abbreviated
from seg.text_classifier.words.typed import typed_classes

MAX_CHARACTERS = 20_000  # of things and stuff together
MAX_CANDIDATES = 2000
_MOST_CHIPS = 60  # of things, and of stuff
_MOST_NAMED = 5  # words in a note


class TypedWords(NamedTuple):
    """Words as they are understood.

    Attributes:
        things: Class names, each with its synonyms.
        stuff: The same for stuff.
        candidates: The synonyms of every class, things first.
        split_at_commas: Whether commas alone parted classes, where synonyms may have been meant.
    """

    things: tuple[str, ...]
    stuff: tuple[str, ...]
    candidates: list[list[str]]
    split_at_commas: bool

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of both, things first."""
        return (*self.things, *self.stuff)

    @property
    def num_words(self) -> int:
        """Number of words, synonyms included."""
        return sum(map(len, self.candidates))


def read_words(things: str, stuff: str, say: Texts) -> TypedWords:
    """Understand typed words.

    Args:
        things: Words as :func:`typed_classes` takes them.
        stuff: The same for stuff.
        say: The texts of the visitor's language, for errors.

    Raises:
        ValueError: If there are none, too many, or they cannot be understood.
    """
    characters = len(things) + len(stuff)
    if characters > MAX_CHARACTERS:
        raise ValueError(say['many_characters'].format(count=characters, most=MAX_CHARACTERS))
    both = typed_classes(things), typed_classes(stuff)
    own_things, own_stuff = (own.names for own in both)
    if not own_things and not own_stuff:
        raise ValueError(say['no_words'])
    candidates = split_classes(things_and_stuff(own_things, own_stuff))
    at_commas = any(own.split_at_commas for own in both)
    words = TypedWords(own_things, own_stuff, candidates, at_commas)
    if words.num_words > MAX_CANDIDATES:
        raise ValueError(say['many_words'].format(count=words.num_words, most=MAX_CANDIDATES))
    return words


def chips(segmenter: Segmenter, things: str, stuff: str, say: Texts) -> str:
    """The classes that typed words are taken for, as HTML; or why they cannot be understood.

    Args:
        segmenter: The model; classes that it was not trained on are marked.
        things: Words as typed.
        stuff: The same for stuff.
        say: The texts of the visitor's language.
    """
    try:
        words = read_words(things, stuff, say)
    except ValueError as error:
        return f'<p class="rps-note">{html.escape(say["refused"].format(reason=error))}</p>'
    is_known = seen_classes(words.classes, segmenter.trained_on)
    pairs = list(zip(words.candidates, is_known, strict=True))
    lists = [
        _list(say[title], own, say)
        for title, own in (
            ('things_chips', pairs[: len(words.things)]),
            ('stuff_chips', pairs[len(words.things) :]),
        )
        if own
    ]
    notes = [
        say['only_commas'] if words.split_at_commas else '',
        _shared_words(words.candidates, say),
        '' if all(is_known) else say['new_note'],
        unknown_note(segmenter.unknown_words(words.classes), say),
    ]
    return ''.join([*lists, *(f'<p class="rps-note">{note}</p>' for note in notes if note)])


def unknown_note(unknown: Sequence[str], say: Texts) -> str:
    """A note as HTML on words that the text model was not trained on; empty if there are none."""
    return say['unknown'].format(words=html.escape(_listed(unknown))) if unknown else ''


def _list(title: str, classes: Sequence[tuple[list[str], bool]], say: Texts) -> str:
    items = [_chip(*own, say) for own in classes[:_MOST_CHIPS]]
    if len(classes) > _MOST_CHIPS:
        items.append(f'<li>+ {len(classes) - _MOST_CHIPS:,}</li>')
    heading = say['understood'].format(kind=title, classes=counted(say['class'], len(classes)))
    return f'<p class="rps-chips-title">{heading}</p><ul class="rps-chips">{"".join(items)}</ul>'


def _chip(candidates: list[str], is_known: bool, say: Texts) -> str:
    first, *others = (html.escape(abbreviated(word)) for word in candidates)
    synonyms = f' <small>{say["synonyms"]} {", ".join(others)}</small>' if others else ''
    if is_known:
        return f'<li>{first}{synonyms}</li>'
    hidden = f'<span class="rps-spoken"> ({say["new"]})</span>'
    return f'<li class="rps-new" title="{say["new"]}">{first}{synonyms}{hidden}</li>'


def _shared_words(candidates: Sequence[Sequence[str]], say: Texts) -> str:
    """A note on words that stand for more than one class, of which the first one wins."""
    owners: dict[str, int] = {}
    for own in candidates:
        for word in own:
            owners[word] = owners.get(word, 0) + 1
    shared = [word for word, count in owners.items() if count > 1]
    if not shared:
        return ''
    return say['shared_words'].format(words=html.escape(_listed(shared)))


def _listed(words: Sequence[str]) -> str:
    return ', '.join(map(abbreviated, words[:_MOST_NAMED])) + (
        ', …' if len(words) > _MOST_NAMED else ''
    )

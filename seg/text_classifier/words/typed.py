"""Classes that a person types, and what was understood."""

import re
from typing import NamedTuple

from seg.text_classifier.candidates import COMMAS, split_candidates, split_classes
from seg.text_classifier.words.lines import (
    SEMICOLONS,
    abbreviated,
    names_of_json,
    names_of_lines,
    plain_text,
)

_SHOWN = 5
# 'cat. dog.' and 'cat . dog', as Grounding DINO and mmdet's demo take them
_DOTTED = re.compile(r'[^.]+\s\.\s.+|[^.]+\.\s.*\.')
_DOT = re.compile(r'\s*\.(?=\s|$)')


class TypedClasses(NamedTuple):
    """Classes as they were understood.

    Attributes:
        names: C class names, each with its synonyms between commas, as typed.
        split_at_commas: Whether commas (or full stops) part the classes, there being neither semicolon
            nor line break, and not the synonyms of one class.
    """

    names: tuple[str, ...]
    split_at_commas: bool = False

    @property
    def classes(self) -> tuple[tuple[str, ...], ...]:
        """The C classes, each as its synonyms in lower case, the first of which names it."""
        return tuple(tuple(split_candidates(name)) for name in self.names)

    @property
    def note(self) -> str | None:
        """A line to show where something else may have been meant: what was understood."""
        if not self.split_at_commas:
            return None
        shown = [abbreviated(words[0]) for words in self.classes[:_SHOWN]]
        shown += ['...'] * (len(self.names) > _SHOWN)
        return (
            f'read as {len(self.names):,} classes: {"; ".join(shown)}. For one class and its '
            f'synonyms, end with a semicolon: {", ".join(shown)};'
        )


def typed_classes(text: str) -> TypedClasses:
    """Classes as people type them: ``'cat; dog, puppy'`` is two, ``'cat, dog, bird'`` three.

    Semicolons and line breaks part classes, and commas the synonyms of a class. Where there is
    neither, commas part classes: of three words in a row, three classes are likelier meant than one
    that has three names. So do full stops where there is no comma either: ``'cat. dog.'``. Commas without
    a word between them count as one. Otherwise text is read as
    :func:`~seg.text_classifier.class_list.parse_classes` reads it. Blank text has no classes.

    Raises:
        ValueError: If there are signs and no word, the text cannot be read, or :func:`split_classes`
            refuses it.
    """
    plain = plain_text(text)
    is_json = plain.startswith('[')
    at_commas = not is_json and not re.search(rf'[{SEMICOLONS}\n]', plain)
    if at_commas and not re.search(f'[{COMMAS}]', plain) and _DOTTED.fullmatch(plain):
        plain = _DOT.sub(',', plain)
    if is_json:
        names = names_of_json(plain)
    else:
        parts = names_of_lines(re.sub(f'[{COMMAS}]', ';', plain) if at_commas else plain)
        names = tuple(filter(None, map(_without_gaps, parts)))
    if plain and not names:
        raise ValueError(f'{abbreviated(plain)!r} has no word; give e.g. cat; dog, puppy')
    if names:
        split_classes(names)
    return TypedClasses(names, at_commas and len(names) > 1)


def _without_gaps(name: str) -> str:
    """The name, without the commas that part no words."""
    return re.sub(rf'[{COMMAS}](\s*[{COMMAS}])+', ',', name.strip(f' {COMMAS}'))

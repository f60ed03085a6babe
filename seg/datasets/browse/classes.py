"""The classes of a data set, whose splits list their categories each for itself."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seg.datasets.annotations import CategoryEntry
from seg.text_classifier.candidates import split_candidates


class BrowsedClass(NamedTuple):
    """A class; ``name`` as in the JSON, ``words`` what the text model is given."""

    name: str
    is_thing: bool
    words: tuple[str, ...]

    @property
    def label(self) -> str:
        """What is written on its segments."""
        return self.words[0]


def join_categories(
    categories: Mapping[str, Sequence[CategoryEntry]], words: Mapping[str, str]
) -> tuple[list[BrowsedClass], list[dict[int, int]], list[str]]:
    """The classes of all splits; those of the same name are one.

    Args:
        categories: The categories of each split, by its name.
        words: The words of a class, ``'cat,kitten'``, by its name, where they are not its name's.

    Returns:
        The classes; for each split, the index of the class of each category id; what is odd, a line each.
    """
    classes: dict[str, BrowsedClass] = {}
    odd: list[str] = []
    indices: list[dict[int, int]] = []
    for split, entries in categories.items():
        own: dict[int, int] = {}
        named: dict[str, int] = {}
        for entry in entries:
            name, is_thing = entry['name'], bool(entry.get('isthing'))
            found = classes.setdefault(
                name, BrowsedClass(name, is_thing, _words(words.get(name, name)))
            )
            if entry['id'] in own:
                odd.append(f'{_of(split)}category id {entry["id"]} is there twice')
            if name in named:
                odd.append(
                    f'{_of(split)}categories {named[name]} and {entry["id"]} are both {name!r}'
                )
            if found.is_thing != is_thing:
                odd.append(f'{name!r} is both a thing and stuff')
            own[entry['id']] = list(classes).index(name)
            named[name] = entry['id']
        indices.append(own)
    for split, own in zip(categories, indices, strict=True):
        missing = [
            own_class.name for i, own_class in enumerate(classes.values()) if i not in own.values()
        ]
        if missing:
            more = ', ...' if len(missing) > 5 else ''
            odd.append(
                f'{split} does not list {len(missing)} of the {len(classes)} categories: '
                f'{", ".join(map(repr, missing[:5]))}{more}'
            )
    return list(classes.values()), indices, odd


def _of(split: str) -> str:
    return f'{split}: ' if split else ''


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(split_candidates(text))
    except ValueError:  # what no classifier can be made of is shown as it is
        return (text.strip() or '(no name)',)

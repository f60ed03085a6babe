"""One vocabulary from several, the classes joined that share candidates."""

from collections.abc import Sequence

from seg.text_classifier.candidates import split_candidates
from seg.text_classifier.vocabulary import RGB, Vocabulary


class _Class:
    def __init__(self, name: str, index: int, part: int) -> None:
        self.name = name
        self.candidates = split_candidates(name)
        self.members = {part: index}


def merge_vocabularies(
    vocabularies: Sequence[Vocabulary],
) -> tuple[Vocabulary, list[list[int]]]:
    """Merge vocabularies; where all have the same classes and name, that is the first one.

    Two classes of the same kind become one if each one's first candidate is a candidate of the
    other, or if they share at least half of the fewer candidates; each takes the best partner, and
    no two classes of one vocabulary become one. A thing and a stuff class stay apart.

    No candidate is left with two classes: it stays with the class that begins with it, else with
    the earlier one. A class of which nothing is left is named 'cabinet stuff' or 'cabinet object'.

    Returns:
        The merged vocabulary, ``Concat_A_B`` of the data sets A and B, each class in the colour that
        the first vocabulary gives it; and for each of the given ones the new label of each of its
        labels.
    """
    names = list(dict.fromkeys(vocabulary.dataset_name for vocabulary in vocabularies))
    first = vocabularies[0]
    if len({(own.things, own.stuff) for own in vocabularies}) == 1:
        maps = [list(range(len(first.classes))) for _ in vocabularies]
        return first if len(names) == 1 else first.renamed('_'.join(['Concat', *names])), maps
    things, stuff = (_merge_kind(vocabularies, kind) for kind in ('things', 'stuff'))
    label_maps = []
    for part, vocabulary in enumerate(vocabularies):
        labels = [0] * len(vocabulary.classes)
        for label, joined in enumerate(things + stuff):
            if part in joined.members:
                offset = len(vocabulary.things) if label >= len(things) else 0
                labels[offset + joined.members[part]] = label
        label_maps.append(labels)
    merged = Vocabulary(
        '_'.join(['Concat', *names]),
        tuple(_names_without_ties(things, stuff)),
        len(things),
        palette=_merged_palette(vocabularies, label_maps, len(things + stuff)),
    )
    return merged, label_maps


def _merge_kind(vocabularies: Sequence[Vocabulary], kind: str) -> list[_Class]:
    merged: list[_Class] = []
    for part, vocabulary in enumerate(vocabularies):
        own = getattr(vocabulary, kind)
        _join(merged, [_Class(name, index, part) for index, name in enumerate(own)], part)
    return merged


def _merged_palette(
    vocabularies: Sequence[Vocabulary], label_maps: list[list[int]], count: int
) -> tuple[RGB, ...]:
    """The colour of each class in the first vocabulary that has it."""
    palette: list[RGB] = [(0, 0, 0)] * count
    for vocabulary, label_map in reversed(list(zip(vocabularies, label_maps, strict=True))):
        for new, colour in zip(label_map, vocabulary.palette, strict=False):
            palette[new] = colour
    return tuple(palette)


def _join(merged: list[_Class], added: list[_Class], part: int) -> None:
    """Join each class with its best partner among ``merged``, or append it."""
    pairs = [
        (likeness, old, new)
        for old, one in enumerate(merged)
        for new, other in enumerate(added)
        if (likeness := _likeness(one.candidates, other.candidates))
    ]
    joined = set()
    # The most alike first; among equals the first of each vocabulary.
    for _, old, new in sorted(pairs, key=lambda pair: (pair[0], -pair[1], -pair[2]), reverse=True):
        if new in joined or part in merged[old].members:
            continue
        one, other = merged[old], added[new]
        one.candidates = list(dict.fromkeys(one.candidates + other.candidates))
        one.members.update(other.members)
        joined.add(new)
    merged += [other for new, other in enumerate(added) if new not in joined]


def _likeness(one: list[str], other: list[str]) -> tuple[int, ...] | None:
    """A larger tuple for classes more alike; None if they are two classes."""
    is_same_first = one[0] == other[0]
    is_mutual = one[0] in other and other[0] in one
    shared = len(set(one) & set(other))
    if not is_mutual and 2 * shared < min(len(one), len(other)):
        return None
    return is_same_first, is_mutual, shared


def _names_without_ties(things: list[_Class], stuff: list[_Class]) -> list[str]:
    classes = things + stuff
    owner: dict[str, int] = {}
    for index, joined in enumerate(classes):
        owner.setdefault(joined.candidates[0], index)
    for index, joined in enumerate(classes):
        for candidate in joined.candidates:
            owner.setdefault(candidate, index)
    names = []
    for index, joined in enumerate(classes):
        own = [candidate for candidate in joined.candidates if owner[candidate] == index]
        if own == split_candidates(joined.name):
            names.append(joined.name)  # as it was written
            continue
        if not own:
            own = [f'{joined.candidates[0]} {"object" if index < len(things) else "stuff"}']
        names.append(','.join(own))
    return names

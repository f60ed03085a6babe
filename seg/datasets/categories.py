"""Annotation categories to classes whose names hold synonyms."""

from collections.abc import Sequence

from seg.datasets.annotations import CategoryEntry
from seg.text_classifier.candidates import split_candidates, split_classes


def match_categories(
    categories: Sequence[CategoryEntry],
    classes: Sequence[str],
    *,
    things: Sequence[bool] | None = None,
    names: Sequence[str] | None = None,
    subset: bool = False,
) -> dict[int, int]:
    """Match each annotation category to a class.

    A category is the class of the same own name, where the dataset gives its classes' own names;
    else the class whose candidates include all of the category's; else the class that has its first
    candidate. Of several classes that of the same kind (thing or stuff) is taken, and then that
    which begins with the same candidate. The order of the categories plays no part.

    Args:
        categories: Dicts with ``id``, ``name`` and, optionally, ``isthing``.
        classes: C class names with synonyms.
        things: Whether each class is a thing.
        names: The dataset's own name of each class.
        subset: Whether categories that match no class are left out, where every class has a category;
            a class without one may be misspelt.

    Returns:
        Index of the class of each category id.

    Raises:
        ValueError: If categories match no class, two match the same one, or one is a thing where
            its class is stuff; lists them.
    """
    candidates = split_classes(classes)
    own = {name: index for index, name in enumerate(names or ())}
    owner: dict[int, str] = {}
    labels, unmatched = {}, []
    for category in categories:
        name, isthing = category['name'].strip(), category.get('isthing')
        label = own.get(name)
        if label is None:
            label = _by_candidates(name, isthing, candidates, things)
        if label is None:
            unmatched.append(name)
            continue
        if label in owner:
            raise ValueError(
                f'annotation categories {owner[label]!r} and {name!r} both match class '
                f'{classes[label]!r}'
            )
        if things is not None and isthing is not None and bool(isthing) != things[label]:
            raise ValueError(
                f'annotation category {name!r} has isthing={isthing}, but class '
                f'{classes[label]!r} is {"a thing" if things[label] else "stuff"}; '
                'the annotations were made with other names or another converter'
            )
        owner[label] = name
        labels[category['id']] = label
    missing = [name for label, name in enumerate(classes) if label not in owner]
    if unmatched and (missing or not subset):
        others = f'; {len(missing)} classes have no category: {_listed(missing)}' if subset else ''
        raise ValueError(
            f'{len(unmatched)} annotation categories match none of the {len(classes)} classes: '
            f'{_listed(unmatched)}{others}'
        )
    return labels


def _listed(names: Sequence[str]) -> str:
    return ', '.join(map(repr, names[:10])) + (', ...' if len(names) > 10 else '')


def _by_candidates(
    name: str,
    isthing: int | None,
    candidates: Sequence[Sequence[str]],
    things: Sequence[bool] | None,
) -> int | None:
    wanted = split_candidates(name)
    found = [index for index, own in enumerate(candidates) if set(wanted) <= set(own)]
    found = found or [index for index, own in enumerate(candidates) if wanted[0] in own]
    for is_better in (
        lambda index: things is None or isthing is None or things[index] == bool(isthing),
        lambda index: candidates[index][0] == wanted[0],
    ):
        if len(found) > 1:
            found = [index for index in found if is_better(index)] or found
    return found[0] if len(found) == 1 else None

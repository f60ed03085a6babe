"""Two classifier files compared: vocabulary, cosine of each common class, and how they were made."""

from textwrap import wrap
from typing import Any, NamedTuple

from torch import Tensor

from seg.text_classifier.manifest import same_weights
from seg.text_classifier.report.inspection import align
from seg.text_classifier.similarity import nearest_classes

# What a manifest tells besides classes, weights and templates, with the words that name it.
_FIELDS = {
    'dataset_name': 'data set',
    'architecture': 'text model',
    'precision': 'precision',
    'format': 'format',
    'shape': 'shape',
}


class CommonClass(NamedTuple):
    """A class of both classifiers; they are matched by their own name, the first candidate.

    Attributes:
        indices: Its index here, and there.
        only_here: Candidates that only this classifier has.
        only_there: Candidates that only the other one has.
    """

    indices: tuple[int, int]
    only_here: list[str]
    only_there: list[str]


def common_classes(here: list[list[str]], there: list[list[str]]) -> list[CommonClass]:
    """Classes that both have, from their candidates. Of equal names, the first ones belong together."""
    places: dict[str, list[int]] = {}
    for index, own in enumerate(there):
        places.setdefault(own[0], []).append(index)
    common = []
    for index, own in enumerate(here):
        if places.get(own[0]):
            other = places[own[0]].pop(0)
            only_here = [word for word in own if word not in there[other]]
            only_there = [word for word in there[other] if word not in own]
            common.append(CommonClass((index, other), only_here, only_there))
    return common


def word_cosine(
    here: tuple[Tensor, list[str]], there: tuple[Tensor, list[str]]
) -> tuple[float, str]:
    """Smallest cosine between the two features of a word, over the words that both classes have.

    Args:
        here: Tensor[K, D] and at most K candidates.
        there: The same of the other classifier.

    Returns:
        The cosine and its word.
    """
    (features, words), (other_features, other_words) = here, there
    return min(
        (float(features[k] @ other_features[other_words.index(word)]), word)
        for k, word in enumerate(words)
        if word in other_words
    )


def describe_comparison(
    here: tuple[Tensor, dict[str, Any]], there: tuple[Tensor, dict[str, Any]]
) -> list[str]:
    """Lines that tell how two classifiers differ.

    Args:
        here: Tensor[C, K, D] and its manifest.
        there: What it is compared against.
    """
    manifest, other = here[1], there[1]
    common = common_classes(manifest['candidates'], other['candidates'])
    lines = [*_making(manifest, other), *_vocabulary(manifest, other, common)]
    if not common:
        return [*lines, 'no class is common to both']
    return [*lines, *_cosines(here, there, common)]


def _making(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    lines = [
        f'{words + ":":<12}{_shown(there.get(key))} there, {_shown(here.get(key))} here'
        for key, words in _FIELDS.items()
        if here.get(key) != there.get(key)
    ]
    if same_weights(there, here) is False:
        lines.append(f'weights:    {_weights(there)} there, {_weights(here)} here')
    if here['templates'] != there['templates']:
        shared = len(set(here['templates']) & set(there['templates']))
        lines.append(
            f'templates:  {len(there["templates"])} there, {len(here["templates"])} here, '
            f'{shared} of them the same'
        )
    return lines or ['made alike: same text model, weights, templates and precision']


def _vocabulary(
    here: dict[str, Any], there: dict[str, Any], common: list[CommonClass]
) -> list[str]:
    matched, other_matched = ({pair.indices[side] for pair in common} for side in (0, 1))
    added = [own[0] for i, own in enumerate(here['candidates']) if i not in matched]
    removed = [own[0] for i, own in enumerate(there['candidates']) if i not in other_matched]
    changed = [pair for pair in common if pair.only_here or pair.only_there]
    order = [pair.indices[1] for pair in common]
    lines = [
        f'classes:    {len(there["classes"])} there, {len(here["classes"])} here: {len(common)} '
        f'common, {len(added)} added, {len(removed)} removed, {len(changed)} with other candidates'
        f'{"" if order == sorted(order) else ", in another order"}'
    ]
    for words, names in (('added:  ', added), ('removed:', removed)):
        if names:
            start, margin = f'  {words} ', ' ' * 11
            lines += wrap(', '.join(names), 100, initial_indent=start, subsequent_indent=margin)
    for pair in changed:
        marked = [f'+{word}' for word in pair.only_here] + [f'-{word}' for word in pair.only_there]
        lines.append(f'  ~ {here["candidates"][pair.indices[0]][0]}: {", ".join(marked)}')
    return lines


def _cosines(
    here: tuple[Tensor, dict[str, Any]],
    there: tuple[Tensor, dict[str, Any]],
    common: list[CommonClass],
) -> list[str]:
    """A line for each common class, the least alike first, with its nearest class in both."""
    sizes = [classifier.shape[2] for classifier, _ in (there, here)]
    nearest = [_nearest_names(*side) for side in (here, there)]
    rows = []
    for pair in common:
        own = [
            side[1]['candidates'][i] for side, i in zip((here, there), pair.indices, strict=True)
        ]
        cosine, word = 2.0, ''
        if sizes[0] == sizes[1]:
            a, b = pair.indices
            cosine, word = word_cosine((here[0][a], own[0]), (there[0][b], own[1]))
        near, other_near = (names[i] for names, i in zip(nearest, pair.indices, strict=True))
        arrow = near if near == other_near else f'{near} (there {other_near})'
        rows.append((cosine, own[0][0], word, arrow))
    rows.sort(key=lambda row: round(row[0], 4))  # as shown; equal ones stay in the file's order
    table = [('class', 'cosine', 'of the word', 'nearest class')]
    table += [
        (name, f'{cosine:.4f}' if word else '-', word or '-', near)
        for cosine, name, word, near in rows
    ]
    head = ['common classes, here against there:']
    if sizes[0] != sizes[1]:
        head.append(f'  no cosines: the embedding sizes are {sizes[0]} there and {sizes[1]} here')
    elif same_weights(there[1], here[1]) is False:
        head.append(
            '  other weights make another space: trust the nearest classes, not the cosines'
        )
    return [*head, *(f'  {line}' for line in align(table))]


def _nearest_names(classifier: Tensor, manifest: dict[str, Any]) -> list[str]:
    if len(classifier) == 1:
        return ['-']
    indices, _ = nearest_classes(classifier, 1)
    return [manifest['candidates'][i][0] for i in indices[:, 0].tolist()]


def _weights(manifest: dict[str, Any]) -> str:
    digest = manifest.get('weights_digest')
    name = manifest.get('pretrained') or 'random weights'
    return f'{name} ({digest[:8]})' if digest else name


def _shown(value: Any) -> str:
    return 'not told' if value is None else str(value)

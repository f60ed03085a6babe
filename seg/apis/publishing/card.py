"""The model card: what the hub, and whoever opens the folder, reads first."""

import html
from collections.abc import Mapping
from typing import Any

from seg.apis.published.layout import Manifest
from seg.apis.random_classifier import MODEL_NAME as RANDOM
from seg.text_classifier.candidates import split_candidates
from seg.text_classifier.vocabulary import Vocabulary

_TAGS = ['panoptic-segmentation', 'open-vocabulary', 'real-time', 'rps']
_GROUPS = {'': 'all', '_th': 'things', '_st': 'stuff', '_seen': 'seen', '_unseen': 'unseen'}
_MEASURES = ('PQ', 'SQ', 'RQ', 'mIoU')
_MOST_CLASSES = 200


def model_card(
    manifest: Manifest,
    vocabulary: Vocabulary,
    *,
    reference: str,
    licence: str | None = None,
    picture: str | None = None,
    text_model: str | None = None,
) -> str:
    """Markdown with the hub's header.

    Args:
        manifest: Of the model.
        vocabulary: Its classes.
        reference: What ``Segmenter`` is given: ``hf-hub:org/name``, or a folder.
        licence: The hub's name of a licence. Defaults to None, not said.
        picture: File of a picture with its segments. Defaults to none.
        text_model: Name of what encodes other words. Defaults to none, which does not.
    """
    from huggingface_hub import EvalResult, ModelCardData

    quality = (manifest.results or {}).get('PQ')
    measured = EvalResult(
        task_type='image-segmentation',
        dataset_type=vocabulary.dataset_name,
        dataset_name=vocabulary.dataset_name,
        metric_type='PQ',
        metric_value=quality,
    )
    header = ModelCardData(
        license=licence,
        library_name='rps-seg',
        pipeline_tag='image-segmentation',
        tags=_TAGS,
        model_name=manifest.name,
        eval_results=None if quality is None else [measured],
    )
    counts = f'{_count(len(vocabulary.things), "thing")} and {len(vocabulary.stuff)} stuff'
    parts = [
        f'---\n{header.to_yaml()}\n---\n',
        f'# {_text(manifest.name)}\n',
        f'A panoptic segmentation model of RPS with {_count(len(vocabulary.classes), "class")}: {counts}. '
        f'It has {manifest.parameters / 1e6:.1f} million parameters, stored in {manifest.precision}.\n',
    ]
    if picture:
        parts.append(f'![A picture and its segments]({picture})\n')
    parts += [_use(manifest, vocabulary, reference, text_model), _results(manifest.results)]
    parts.append(_classes(vocabulary))
    made = [f'Published on {manifest.date}.']
    if manifest.made_by:
        made.append(f'Trained with `{manifest.made_by.replace("`", "")}`.')
    libraries = ', '.join(f'{name} {version}' for name, version in manifest.versions.items())
    parts.append(f'## How it was made\n\n{" ".join(made)} Versions: {libraries}.\n')
    return '\n'.join(parts)


def _use(manifest: Manifest, vocabulary: Vocabulary, reference: str, text_model: str | None) -> str:
    lines = [
        'from seg import Segmenter',
        '',
        f'segmenter = Segmenter({reference!r})',
        "found = segmenter('picture.jpg')",
        'print(found)',
        "found.save('found.png')",
    ]
    if manifest.classifier.model_name == RANDOM:
        more = 'It was trained without a text model: it knows its own classes alone.'
    elif text_model is None:
        more = 'The weights of its text model are not named here: it knows its own classes alone.'
    else:
        lines.append("found = segmenter('picture.jpg', 'cat; dog, puppy', stuff='grass; sky')")
        more = (
            f'Other words are encoded by the text model {text_model}, whose weights are downloaded for '
            'the first of them where they are not there yet; the classes below need none.'
        )
    return '## Use\n\n```python\n' + '\n'.join(lines) + f'\n```\n\n{more}\n'


def _results(results: Mapping[str, Any] | None) -> str:
    head = '## Results\n\n'
    rows = [
        [name, *[_number((results or {}).get(measure + suffix)) for measure in _MEASURES]]
        for suffix, name in _GROUPS.items()
        if f'PQ{suffix}' in (results or {})
    ]
    if not rows:
        return f'{head}None were given.\n'
    return f'{head}{_table(["classes", *_MEASURES], rows)}\n'


def _classes(vocabulary: Vocabulary) -> str:
    rows = []
    for number, name in enumerate(vocabulary.classes[:_MOST_CLASSES]):
        first, *others = split_candidates(name)
        kind = 'thing' if number < len(vocabulary.things) else 'stuff'
        rows.append([first, kind, ', '.join(others)])
    more = len(vocabulary.classes) - len(rows)
    end = f'\nAnd {more} more, see config.json.\n' if more else ''
    return f'## Classes\n\n{_table(["class", "kind", "also called"], rows)}\n{end}'


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ['---'] * len(head), *[[_text(cell) for cell in row] for row in rows]]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _count(number: int, what: str) -> str:
    plural = f'{what}es' if what.endswith('s') else f'{what}s'
    return f'{number} {what if number == 1 else plural}'


def _number(value: Any) -> str:
    return f'{value:.2f}' if isinstance(value, int | float) else ''


def _text(value: str) -> str:
    """Words that Markdown shows as they are."""
    plain = html.escape(' '.join(value.split()), quote=False)
    return ''.join(f'\\{char}' if char in '\\|[]*_`#!' else char for char in plain)

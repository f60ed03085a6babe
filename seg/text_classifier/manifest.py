"""The manifest beside a classifier file: everything that decides its content."""

import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from seg.text_classifier.candidates import split_classes

FORMAT = 1
# What decides the content, with the words that name it in a message.
_DECIDING = {
    'format': 'format',
    'classes': 'classes',
    'candidates': 'candidates',
    'templates': 'templates',
    'architecture': 'text model',
    'precision': 'precision',
}
_LIBRARIES = ('torch', 'open_clip_torch', 'transformers', 'onedl-mmengine', 'mmengine')


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


# What other modules rely on: what it is called in a message, and whether a value is that.
_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    'classes': ('list of words', _are_words),
    'candidates': (
        'list of lists of words',
        lambda value: isinstance(value, list) and all(map(_are_words, value)) and all(value),
    ),
    'templates': ('list of words', _are_words),
    'architecture': ('word', lambda value: isinstance(value, str)),
    'precision': ('word', lambda value: isinstance(value, str)),
    'pretrained': ('word', lambda value: value is None or isinstance(value, str)),
    'weights_digest': ('word', lambda value: value is None or isinstance(value, str)),
    'sha256': ('word', lambda value: isinstance(value, str)),
}


def build_manifest(
    *,
    model_name: str,
    dataset_name: str,
    classes: Sequence[str],
    templates: Sequence[str],
    architecture: str,
    precision: str,
    pretrained: str | None = None,
    weights_digest: str | None = None,
) -> dict[str, Any]:
    """Everything that decides the content of a classifier, and the versions it was made with.

    Args:
        model_name: Name of the text model as the user wrote it.
        dataset_name: Name of the dataset.
        classes: The C class names, synonyms included.
        templates: The prompt templates.
        architecture: open_clip's name of the text model.
        precision: 'fp32', 'bf16' or 'fp16'.
        pretrained: Where the weights come from; None for random weights.
        weights_digest: Digest of the text weights, None where it is not known yet.
    """
    return {
        'format': FORMAT,
        'model_name': model_name,
        'dataset_name': dataset_name,
        'architecture': architecture,
        'pretrained': pretrained,
        'weights_digest': weights_digest,
        'precision': precision,
        'templates': list(templates),
        'classes': list(classes),
        'candidates': split_classes(classes),
        'versions': _versions(),
    }


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What decides the content and is not the same in both, in words; empty if nothing is.

    Weights count as different only where that is known, see :func:`same_weights`. Versions decide
    nothing.
    """
    unlike = [key for key in _DECIDING if old.get(key) != new[key]]
    if 'classes' in unlike and 'candidates' in unlike:
        unlike.remove('candidates')  # they follow from the classes
    found = [_describe(_DECIDING[key], old.get(key), new[key]) for key in unlike]
    if same_weights(old, new) is False:
        found.append(f'weights ({_weights(old)} in the file, {_weights(new)} now)')
    return found


def same_weights(old: dict[str, Any], new: dict[str, Any]) -> bool | None:
    """Whether both were made with the same text weights; None if only reading them can tell.

    Digests decide where both have one. A name decides only if it is the same one: two tags may hold
    the same text weights.
    """
    if new['weights_digest'] and old.get('weights_digest'):
        return old['weights_digest'] == new['weights_digest']
    return True if new['pretrained'] and old.get('pretrained') == new['pretrained'] else None


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises:
        ValueError: If the file is missing, is not JSON or is no manifest; names what is wrong.
    """
    try:
        manifest = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise ValueError(f'manifest {path} is missing') from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f'manifest {path} is not JSON: {error}') from None
    if not isinstance(manifest, dict):
        raise ValueError(f'{path} is not the manifest of a text classifier')
    for key, (kind, is_right) in _KINDS.items():
        if not is_right(manifest.get(key)):
            raise ValueError(
                f'{path} is not the manifest of a text classifier: {key} is no {kind}'
                if key in manifest
                else f'{path} is not the manifest of a text classifier: it has no {key}'
            )
    return manifest


def sha256(content: bytes) -> str:
    """Digest of the tensor file, as the manifest holds it."""
    return hashlib.sha256(content).hexdigest()


def _describe(words: str, old: Any, new: Any) -> str:
    if not isinstance(new, list) or not isinstance(old, list):
        return f'{words} ({old} in the file, {new} now)'
    if len(old) != len(new):
        return f'{words} ({len(old)} in the file, {len(new)} now)'
    index = next(i for i, (a, b) in enumerate(zip(old, new)) if a != b)  # noqa: B905
    return f'{words} (number {index}: {old[index]!r} in the file, {new[index]!r} now)'


def _weights(manifest: dict[str, Any]) -> str:
    name = manifest.get('pretrained') or 'random'
    digest = manifest.get('weights_digest')
    return f'{name} {digest[:8]}' if digest else name


def _versions() -> dict[str, str]:
    found = {'python': platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found

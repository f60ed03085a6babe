"""What a person wants to read about a classifier file."""

from collections.abc import Sequence
from pathlib import Path

from seg.text_classifier.candidates import split_classes
from seg.text_classifier.generate import Generated
from seg.text_classifier.report.inspection import describe_confusable, describe_content
from seg.text_classifier.storage import load_classifier, read_classifier


def describe_generated(generated: Generated, classes: Sequence[str]) -> str:
    """Path, shape, prompts, time, size and the most confusable classes of a classifier just made."""
    if not generated.is_new:
        head = [f'up to date: {generated.path}, nothing to do (--verify checks it)']
    else:
        rate = generated.prompts / max(generated.seconds, 1e-9)
        work = f'{generated.prompts:,} in {generated.seconds:.1f} s ({rate:,.0f} a second)'
        if generated.cached:
            work = f'{work if generated.prompts else "none"}, {generated.cached:,} candidates from the cache'
        head = [
            f'saved:      {generated.path}',
            f'prompts:    {work}',
        ]
    size = generated.classifier.nbytes  # the file adds what its format asks for
    shown = f'{size / 1e6:.1f} MB' if size >= 1e5 else f'{size / 1e3:.1f} kB'
    shape = f'shape:      {list(generated.classifier.shape)} float32, {shown}'
    closest = describe_confusable(generated.classifier, split_classes(classes))
    return '\n'.join([*head, shape, *closest])


def describe_file(path: Path, classes: Sequence[str]) -> str:
    """Check a classifier file against the class names and tell what it holds.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If any check fails.
    """
    load_classifier(str(path), classes=classes)
    classifier, manifest = read_classifier(path)
    closest = describe_confusable(classifier, manifest['candidates'])
    return '\n'.join([*describe_content(path, classifier, manifest), *closest])

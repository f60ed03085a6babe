"""What prepared data are made of, and how: kept beside them, so that no run mixes two of these."""

import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import msgspec

from seg.datasets.own.class_file import keep_class_file
from seg.datasets.own.layout import CLASS_FILE, RECORD, SPLITS, annotation_file
from seg.datasets.own.prepare_picture import Rules
from seg.datasets.own.source import Source
from seg.runtime.whole_files import remove_folder, write_whole


def describe(source: Source, dataset_name: str, rules: Rules) -> dict[str, Any]:
    """What data are made of, by the words that name it in a message, as JSON can hold it.

    Of pictures and of files of labels, the place, the size and the time of the last change count.
    """
    pictures, labels = hashlib.sha256(), hashlib.sha256(_encoded(source.read_marks))
    for own in source.pictures:
        pictures.update(_encoded([own.name, own.file]))
        labels.update(_encoded([own.record, own.size, own.is_upright]))
    splits = _encoded([own.split for own in source.pictures])
    return {
        'dataset name': dataset_name,
        'format': source.format,
        'classes': [[own.name, own.words, own.is_thing] for own in source.classes],
        'colours': [own.color and list(own.color) for own in source.classes],
        'rules': list(rules),
        'pictures': pictures.hexdigest(),
        'splits': hashlib.sha256(splits).hexdigest(),
        'labels': labels.hexdigest(),
    }


def digest(record: dict[str, Any]) -> str:
    """Names a record in few characters."""
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()


def claim(out: Path, record: dict[str, Any], *, force: bool) -> Path | None:
    """See that a folder is there to be filled, and say in it what with.

    Args:
        out: The folder, which may be missing.
        record: As :func:`describe` gives it.
        force: Whether what this command made there goes. The file of the classes stays, as it may have been
            edited; where it is of other classes, under another name.

    Returns:
        The other name; None if it has its own.

    Raises:
        ValueError: If the folder holds something else, or is made of something else and not ``force``.
        OSError: If it cannot be written.
    """
    file = out / RECORD
    moved = None
    if not file.is_file():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ValueError(f'{out} is there and was not made by this command; give another OUT')
    else:
        before = _read(file)
        differing = [key for key in record if before.get(key) != record[key]]
        if differing and not force:
            what = f'was prepared from other {" and ".join(differing)}'
            raise ValueError(
                f'{out} {what if before else f"has no whole {RECORD}"}; --force makes it anew, or give '
                'another OUT'
            )
        if 'classes' in differing:
            moved = keep_class_file(out / CLASS_FILE)
        if force:
            _clear(out)
    write_whole(file, json.dumps(record, indent=1).encode())
    return moved


def _clear(out: Path) -> None:
    for split in SPLITS:
        annotation_file(out, split).unlink(missing_ok=True)
        for folder in (out / 'images' / split, out / f'panoptic_{split}'):
            remove_folder(folder)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _encoded(content: Any) -> bytes:
    return msgspec.json.encode(content, enc_hook=_plain)


def _plain(content: Any) -> Any:
    """What JSON has no word for: files by their place and state, functions by their name."""
    if isinstance(content, Path):
        place = os.path.normpath(content.absolute())
        try:
            state = content.stat()
        except OSError:  # said where it is read
            return [place]
        return [place, state.st_size, state.st_mtime_ns]
    if isinstance(content, functools.partial):
        return [content.func, content.args, content.keywords]
    if callable(content):
        return f'{content.__module__}.{content.__qualname__}'
    raise TypeError(f'{type(content).__name__} in what marks are read from')

"""Writing a classifier to disk whole or not at all, and reading it back with every check."""

import json
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seg.runtime import whole_files
from seg.runtime.checkpoints.reading import load_plain, refused_global, tensor_problem
from seg.text_classifier.manifest import read_manifest, sha256
from seg.text_classifier.naming import classifier_path, generation_command, manifest_path

NORM_TOLERANCE = 1e-4


def require_writable(path: Path) -> None:
    """Make the folder of ``path`` and see that a file can be written there, before the long work.

    Raises:
        OSError: If it cannot.
    """
    try:
        whole_files.require_writable(path)
    except OSError as error:
        raise _cannot_write(path.parent, error) from None


def save_classifier(path: Path, classifier: Tensor, manifest: dict[str, Any]) -> None:
    """Write the tensor file and its manifest.

    An interruption at any point leaves the old pair, no tensor file, or the new pair.

    Args:
        path: The tensor file, ``{name}.pth``.
        classifier: Tensor[C, K, D].
        manifest: See :func:`~seg.text_classifier.manifest.build_manifest`; ``shape`` and ``sha256``
            are added.

    Raises:
        OSError: If the folder cannot be written or the disk is full; nothing new is left then.
    """
    buffer = BytesIO()  # the same tensor gives the same bytes, whatever the file is called
    torch.save(classifier.contiguous(), buffer)
    content = buffer.getvalue()
    record = {**manifest, 'shape': list(classifier.shape), 'sha256': sha256(content)}
    text = json.dumps(record, indent=1, ensure_ascii=False) + '\n'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_whole_pair(path, content, manifest_path(path), text)
    except OSError as error:
        raise _cannot_write(path, error) from None


def remove_leftovers(path: Path) -> None:
    """Remove what a killed process left of a tensor file and its manifest."""
    for file in (path, manifest_path(path)):
        whole_files.remove_leftovers(file)


def load_classifier(
    name: str, root: str | os.PathLike | None = None, classes: Sequence[str] | None = None
) -> Tensor:
    """Read the text classifier that ``ov_classifier_name`` names.

    Args:
        name: ``{model}_{dataset}``, or the path of a ``.pth`` file.
        root: Folder of the classifier files. Defaults to ``$RPS_CLASSIFIER_ROOT`` or
            ``~/.cache/embd``.
        classes: The C class names that the classifier must have been made for.

    Returns:
        Tensor[C, K, D], float32, on the CPU, every row of unit L2 norm.

    Raises:
        FileNotFoundError: If there is no such file; names the command that makes it.
        ValueError: If the file is damaged, holds anything but such a tensor, has no manifest or
            another one's, or was made for other classes.
    """
    path = classifier_path(name, root)
    classifier, manifest = read_classifier(path)
    if classes is not None and list(classes) != manifest['classes']:
        raise ValueError(
            f'text classifier {path} was made for other classes: '
            f'{first_difference(manifest["classes"], list(classes))}; regenerate it with: '
            f'{generation_command(path.stem)} --force'
        )
    return classifier


def read_classifier(path: Path) -> tuple[Tensor, dict[str, Any]]:
    """A checked classifier file and its manifest; see :func:`load_classifier` for the errors."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(
            f'text classifier {path} does not exist; make it with: {generation_command(path.stem)}'
        ) from None
    try:
        classifier = _load_tensor(content)
        manifest = read_manifest(manifest_path(path))
        if manifest['sha256'] != sha256(content):
            raise ValueError(
                f'its sha256 is {sha256(content)[:12]}..., its manifest says '
                f'{str(manifest["sha256"])[:12]}...'
            )
        for key in ('classes', 'candidates'):
            if len(manifest[key]) != len(classifier):
                raise ValueError(
                    f'it has {len(classifier)} classes, its manifest {key} of {len(manifest[key])}'
                )
    except ValueError as error:
        raise ValueError(
            f'text classifier {path}: {error}; regenerate it with: '
            f'{generation_command(path.stem)} --force'
        ) from None
    return classifier, manifest


def require_unit_rows(classifier: Tensor) -> None:
    """See that a tensor of a file is a text classifier.

    Raises:
        ValueError: If it is not float32 [C, K, D], or a row has not unit norm or is not finite.
    """
    if classifier.dim() != 3 or classifier.dtype != torch.float32 or not classifier.numel():
        raise ValueError(
            f'it holds a {str(classifier.dtype).removeprefix("torch.")} tensor of shape '
            f'{list(classifier.shape)}, expected float32 [C, K, D]'
        )
    if not classifier.is_contiguous():  # strides of 0 make any size out of one number
        raise ValueError(f'its numbers do not lie in order: strides {list(classifier.stride())}')
    norms = classifier.norm(dim=-1)
    if not torch.allclose(norms, torch.ones(()), atol=NORM_TOLERANCE):
        raise ValueError(
            f'its rows have norms from {norms.min():.4g} to {norms.max():.4g}, expected 1'
        )


def _load_tensor(content: bytes) -> Tensor:
    try:
        loaded = load_plain(BytesIO(content))
    except MemoryError:
        raise
    except Exception as error:  # a damaged file: whatever the parser stumbles over
        if refused_global(error):
            raise ValueError('it holds a pickled object, which is not loaded') from None
        raise ValueError('it is truncated or not a PyTorch file') from None
    problem = tensor_problem(loaded)
    if problem:
        raise ValueError(f'it holds {problem}, expected a tensor [C, K, D]')
    require_unit_rows(loaded)
    return loaded


def _cannot_write(place: Path, error: OSError) -> OSError:
    reason = error.strerror or str(error)
    return OSError(
        f'cannot write {place}: {reason}; free disk space, or choose another folder with --out-dir'
    )


def first_difference(made_for: list[str], wanted: list[str]) -> str:
    """The first class that a classifier was made for and that is another one now, in words."""
    for index, (old, new) in enumerate(zip(made_for, wanted)):  # noqa: B905
        if old != new:
            return f'class {index} is {old!r} there and {new!r} here'
    return f'{len(made_for)} classes there and {len(wanted)} here'

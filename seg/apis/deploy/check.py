"""Is an exported file the model that it was made of?"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from seg.apis.deploy.export import export_model
from seg.apis.picture_batch import picture_batch
from seg.apis.segmenter import Segmenter
from seg.models.exported.graph import FixedWordsGraph, OpenWordsGraph
from seg.models.exported.runtimes import missing_packages, open_runtime
from seg.models.layers.padding import image_extents, metas_of
from seg.runtime.whole_files import require_writable, write_whole

_CHECKED = ('onnxruntime', 'openvino')
#: Largest share of a mask's pixels that may decide otherwise, and largest difference of a score over the
#: largest score.
MOST_PIXELS = 1e-3
MOST_SCORE = 1e-2
_SIZES = ((240, 320), (333, 200), (97, 130))  # of the pictures that are drawn for want of others


class Difference(NamedTuple):
    """How far a runtime is from PyTorch, over all pictures.

    Attributes:
        pixels: Share of the pixels of all masks that decide otherwise whether they are inside.
        masks: Largest difference of a mask logit.
        score: Largest difference of a score or embedding.
        score_share: The same over the largest value of that output.
        seconds: Mean time of a picture.
    """

    pixels: float
    masks: float
    score: float
    score_share: float
    seconds: float

    @property
    def is_small(self) -> bool:
        """Whether the file may be used in place of the model."""
        return self.pixels <= MOST_PIXELS and self.score_share <= MOST_SCORE  # False for NaN

    def describe(self) -> str:
        """The numbers, in one line."""
        return (
            f'largest differences: mask logits {self.masks:.1e}, scores {self.score:.1e} '
            f'({self.score_share:.1e} of the largest); {self.pixels:.1e} of the mask pixels decide '
            f'otherwise; {self.seconds * 1000:.0f} ms a picture'
        )


def checked_export(
    segmenter: Segmenter,
    checkpoint: Path,
    out: Path,
    words: str = 'open',
    pictures: Sequence[np.ndarray] = (),
) -> Iterator[str]:
    """Export a model, compare the file with it in each runtime that is installed, then save it.

    Args:
        segmenter: The trained model, on the CPU.
        checkpoint: The file that its weights are from.
        out: The file, ``NAME.onnx``.
        words: 'open' or 'fixed', see :func:`~seg.apis.deploy.export.export_model`.
        pictures: uint8 arrays [H, W, 3] in BGR. Defaults to three that are drawn by chance.

    Yields:
        What was found, a line at a time.

    Raises:
        ValueError: If a package is missing, the model cannot be exported, or the file is too far from
            the model; nothing is saved then.
        OSError: If the file cannot be written.
    """
    require_writable(out)
    runtimes = [name for name in _CHECKED if not missing_packages(name)]
    if not runtimes:
        open_runtime(out, _CHECKED[0])  # says what to install
    content = export_model(segmenter, checkpoint, words)
    with TemporaryDirectory() as folder:
        file = Path(folder) / out.name
        file.write_bytes(content)
        for name in runtimes:
            found = compare(segmenter, file, name, words, pictures)
            if not found.is_small:
                raise ValueError(
                    f'{name} does not give what PyTorch gives, so {out} is not written; {found.describe()}'
                )
            yield f'{name}: {found.describe()}'
    write_whole(out, content)
    yield f'{out}: {words} words, {len(content) / 1e6:.1f} MB'


@torch.inference_mode()
def compare(
    segmenter: Segmenter,
    file: Path,
    runtime: str,
    words: str,
    pictures: Sequence[np.ndarray] = (),
) -> Difference:
    """Run pictures through a model and its file.

    Args:
        segmenter: The model, on the CPU.
        file: The exported file.
        runtime: What runs it.
        words: 'open' or 'fixed', as it was exported.
        pictures: uint8 arrays [H, W, 3] in BGR. Defaults to three that are drawn by chance.

    Raises:
        ValueError: If the runtime is not installed or cannot run the file.
    """
    run = open_runtime(file, runtime)
    is_open = words == 'open'
    segmenter.model.use(segmenter.vocabulary)
    graph = (OpenWordsGraph if is_open else FixedWordsGraph)(segmenter.model)
    rows = segmenter.vocabulary.rows
    found, seconds = [], 0.0
    for inputs, size in _batches(segmenter, pictures or list(_drawn_pictures())):
        expected = graph(inputs, size, *([rows] if is_open else []))
        arrays = dict(image=inputs, size=size, vocabulary=rows)
        start = time.perf_counter()
        outputs = run({name: own.numpy() for name, own in arrays.items()})
        seconds += time.perf_counter() - start
        found.append((expected, [torch.from_numpy(own) for own in outputs.values()]))
    return _difference(found, seconds / len(found))


def _difference(found: list[tuple[tuple[Tensor, ...], list[Tensor]]], seconds: float) -> Difference:
    pixels = total = 0
    masks = score = share = 0.0
    for expected, outputs in found:
        if [own.shape for own in expected] != [own.shape for own in outputs]:
            raise ValueError(
                f'the file gives outputs of shapes {[list(own.shape) for own in outputs]}, PyTorch '
                f'{[list(own.shape) for own in expected]}'
            )
        pixels += int(((expected[0] > 0) != (outputs[0] > 0)).sum())
        total += expected[0].numel()
        masks = _larger(masks, (expected[0] - outputs[0]).abs().max())
        for own, other in zip(expected[1:], outputs[1:], strict=True):
            far = (own - other).abs().max()
            score = _larger(score, far)
            share = _larger(share, far / own.abs().max())
    return Difference(pixels / total, masks, score, share, seconds)


def _larger(known: float, found: Tensor) -> float:
    """The larger one; what is not a number stays so."""
    return float(torch.maximum(torch.tensor(known), found))


def _batches(
    segmenter: Segmenter, pictures: Sequence[np.ndarray]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Normalised pictures [1, 3, H, W], and height and width [1, 2] without the padding."""
    for number, pixels in enumerate(pictures):
        inputs, samples = picture_batch(
            segmenter.pipeline, segmenter.model.data_preprocessor, [pixels], [f'[{number}]']
        )
        full = torch.tensor([inputs.shape[-2:]])
        extents = image_extents(metas_of(samples), inputs)
        yield inputs, full if extents is None else (extents * full).round().long()


def _drawn_pictures() -> Iterator[np.ndarray]:
    """Soft blots of colour: edges and plain regions, without a file."""
    rng = np.random.default_rng(0)
    for height, width in _SIZES:
        blots = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        yield cv2.resize(blots, (width, height), interpolation=cv2.INTER_CUBIC)

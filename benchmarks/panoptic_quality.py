"""Time to count an image for panoptic quality: ours against torchmetrics, on the same random maps.

Both start from maps in memory, predicted and true, and end with counts of each class. A second
table splits ours, with the reading of the true PNG, which torchmetrics leaves to its user.

    python benchmarks/panoptic_quality.py [--size 512] [--segments 40] [--images 20]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torchmetrics.detection import PanopticQuality

from seg.evaluation.panoptic_quality import count_image, quality_per_class
from seg.panoptic.panoptic_map import INSTANCE_OFFSET, from_mmdet, from_segment_ids
from seg.panoptic.png import read_panoptic_png, write_panoptic_png

THINGS, CLASSES = 100, 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--size', type=int, default=512, help='height and width of the maps')
    parser.add_argument('--segments', type=int, default=40, help='segments of an image')
    parser.add_argument('--images', type=int, default=20)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    images = [random_image(rng, args.size, args.segments) for _ in range(args.images)]
    pairs = [as_pairs(*image) for image in images]
    metric = PanopticQuality(
        set(range(THINGS)),
        set(range(THINGS, CLASSES)),
        return_sq_and_rq=True,
        return_per_class=True,
    )

    ours, counts = seconds_per_image(lambda image: count(*image), images)
    theirs, _ = seconds_per_image(lambda pair: metric.update(*pair), pairs)
    quality = np.nan_to_num(quality_per_class(sum(counts)))
    difference = np.abs(quality - metric.compute().reshape(CLASSES, 3).numpy()).max()

    print(f'{args.images} maps of {args.size} x {args.size}, {args.segments} segments, one thread')
    print(f'{"":14}{"ms an image":>12}{"images/s":>12}{"ratio":>8}')
    for name, seconds in (('torchmetrics', theirs), ('seg.evaluation', ours)):
        print(f'{name:14}{1e3 * seconds:12.2f}{1 / seconds:12.1f}{theirs / seconds:8.1f}')
    print(f'largest difference of PQ, SQ, RQ of a class: {difference:.1e}\n')

    print(f'{"step of ours":28}{"ms an image":>12}')
    for name, seconds in steps(images):
        print(f'{name:28}{1e3 * seconds:12.2f}')


def random_image(
    rng: np.random.Generator, size: int, segments: int
) -> tuple[np.ndarray, np.ndarray, dict[int, int]]:
    """A predicted map in mmdet's encoding, a true map of ids, and the class of each id.

    The true segments are the Voronoi cells of random points; the prediction moves the points a
    little and gets one class in five wrong.
    """
    points = rng.uniform(0, size, (segments, 2))
    labels = rng.integers(0, THINGS, segments)
    stuff = rng.permutation(np.arange(THINGS, CLASSES))[: segments // 4]
    labels[: len(stuff)] = stuff  # stuff of a class is one segment
    ids = rng.choice(256**3 - 1, segments, replace=False) + 1
    true = ids[cells(points, size)]
    wrong = (rng.random(segments) < 0.2) & (labels < THINGS)
    predicted = np.where(wrong, rng.integers(0, THINGS, segments), labels)
    predicted = predicted + INSTANCE_OFFSET * np.where(
        labels < THINGS, np.arange(1, segments + 1), 0
    )
    moved = points + rng.normal(0, size / 50, points.shape)
    pred = predicted[cells(moved, size)].astype(np.int32)
    return pred, true.astype(np.int32), dict(zip(ids.tolist(), labels.tolist(), strict=True))


def cells(points: np.ndarray, size: int) -> np.ndarray:
    """The nearest of the points [N, 2] to each pixel, int [size, size]."""
    y, x = np.arange(size)[:, None, None], np.arange(size)[:, None]
    return ((points[:, 0] - y) ** 2 + (points[:, 1] - x) ** 2).argmin(axis=-1)


def as_pairs(
    pred: np.ndarray, true: np.ndarray, segments: dict[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same maps as torchmetrics takes them: int [1, H, W, 2] of (class, instance)."""
    ids, inverse = np.unique(true, return_inverse=True)
    classes = np.array([segments[i] for i in ids.tolist()])[inverse].reshape(true.shape)
    pairs = (
        np.stack([pred % INSTANCE_OFFSET, pred // INSTANCE_OFFSET], -1),
        np.stack([classes, true], -1),
    )
    return tuple(torch.from_numpy(pair.astype(np.int64))[None] for pair in pairs)


def count(pred: np.ndarray, true: np.ndarray, segments: dict[int, int]) -> np.ndarray:
    return count_image(from_mmdet(pred, CLASSES), from_segment_ids(true, segments), CLASSES)


def steps(images: Sequence[tuple]) -> list[tuple[str, float]]:
    """Seconds an image of each step of ours."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f'{index}.png' for index in range(len(images))]
        for path, (_, true, _) in zip(paths, images, strict=True):
            write_panoptic_png(path, true)
        reading, _ = seconds_per_image(read_panoptic_png, paths)
    pred_time, preds = seconds_per_image(lambda i: from_mmdet(i[0], CLASSES), images)
    true_time, trues = seconds_per_image(lambda i: from_segment_ids(*i[1:]), images)
    pairs = list(zip(preds, trues, strict=True))
    counting, _ = seconds_per_image(lambda pair: count_image(*pair, CLASSES), pairs)
    return [
        ('read the true PNG', reading),
        ('index the prediction', pred_time),
        ('index the truth', true_time),
        ('overlap table and counts', counting),
    ]


def seconds_per_image(function: Callable, images: Sequence) -> tuple[float, list]:
    """Median time of a call, and what the calls returned."""
    times, returned = [], []
    for image in images:
        start = time.perf_counter()
        returned.append(function(image))
        times.append(time.perf_counter() - start)
    return float(np.median(times)), returned


if __name__ == '__main__':
    main()

"""Time to count an image for panoptic quality: ours against torchmetrics and hotcoco, on the same random maps.

torchmetrics and ours start from maps in memory, predicted and true, and end with counts of each class. hotcoco
reads both from PNGs, and so does ours beside it. A last table splits ours, with the reading of the true PNG.

    python benchmarks/panoptic_quality.py [--size 512] [--segments 40] [--images 20]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ['RAYON_NUM_THREADS'] = '1'  # hotcoco's

import numpy as np
import torch
from hotcoco.panoptic import PanopticEval
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

    with tempfile.TemporaryDirectory() as folder:
        found = from_files(Path(folder), images)
    print(f'{"from PNGs":14}{"ms an image":>12}{"images/s":>12}{"ratio":>8}')
    for name, seconds in found.items():
        ratio = found['hotcoco'] / seconds
        print(f'{name:14}{1e3 * seconds:12.2f}{1 / seconds:12.1f}{ratio:8.1f}')
    print()

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


def from_files(folder: Path, images: Sequence[tuple]) -> dict[str, float]:
    """Seconds an image, both maps read from PNGs; see that the PQ of all classes is the same."""
    (folder / 'true').mkdir()
    (folder / 'pred').mkdir()
    entries: dict[str, list[dict]] = {'true': [], 'pred': []}
    for index, (pred, true, segments) in enumerate(images):
        codes, inverse = np.unique(pred, return_inverse=True)
        of_code = {i: code % INSTANCE_OFFSET for i, code in enumerate(codes.tolist(), 1)}
        numbered = inverse.reshape(pred.shape) + 1
        for kind, ids, labels in (('true', true, segments), ('pred', numbered, of_code)):
            write_panoptic_png(folder / kind / f'{index}.png', ids)
            seen = [i for i in np.unique(ids).tolist() if i]
            infos = [
                dict(id=i, category_id=labels[i], area=int((ids == i).sum()), iscrowd=0)
                for i in seen
            ]
            name = f'{index}.png'
            entries[kind].append(dict(image_id=index, file_name=name, segments_info=infos))
    categories = [dict(id=i, name=str(i), isthing=int(i < THINGS)) for i in range(CLASSES)]
    listed = [dict(id=i, file_name=f'{i}.jpg', height=1, width=1) for i in range(len(images))]
    content = {
        kind: dict(images=listed, annotations=own, categories=categories)
        for kind, own in entries.items()
    }
    start = time.perf_counter()
    theirs = PanopticEval(
        content['true'],
        content['pred'],
        gt_folder=folder / 'true',
        pred_folder=folder / 'pred',
    )
    theirs.evaluate()
    hotcoco = (time.perf_counter() - start) / len(images)
    start = time.perf_counter()
    counts = []
    for index in range(len(images)):
        maps = [
            from_segment_ids(
                read_panoptic_png(folder / kind / f'{index}.png'),
                {s['id']: s['category_id'] for s in entries[kind][index]['segments_info']},
            )
            for kind in ('pred', 'true')
        ]
        counts.append(count_image(*maps, CLASSES))
    own = (time.perf_counter() - start) / len(images)
    pq = np.nan_to_num(quality_per_class(sum(counts)))[:, 0]
    expected = theirs.results()['per_class']
    difference = max(abs(expected[i]['pq'] - pq[i]) for i in expected)
    print(f'largest difference of a class to hotcoco: {difference:.1e}')
    return {'hotcoco': hotcoco, 'seg.evaluation': own}


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

"""Endless batches of pictures, segments and captions."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import open_clip
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from seg.models.openclip import resolve_architecture
from seg.shapes.clip.attributes import Said, Shown, attribute_numbers, truth
from seg.shapes.clip.captions import change_one, choose_said, write_caption
from seg.shapes.clip.pictures import random_picture, random_scene

#: Part of the things that also get a caption that is wrong in one attribute.
WRONG = 0.5


class Batch(NamedTuple):
    """What one step of training sees. Rows are the N = P + R pictures and segments, in this order.

    Attributes:
        pictures: uint8 Tensor[P, 3, h, w] of one thing each.
        scenes: uint8 Tensor[S, 3, H, W].
        segments: int16 Tensor[S, H, W], index of each pixel's segment in its scene.
        counts: Number of segments of each scene, R in all.
        tokens: int Tensor[M, L], captions cut to the longest.
        truth: int8 Tensor[N, M], see :func:`~seg.shapes.clip.attributes.truth`.
        shown: int Tensor[N, 5], see :func:`~seg.shapes.clip.attributes.attribute_numbers`.
        said: int Tensor[M, 5], the same of the captions.
    """

    pictures: Tensor
    scenes: Tensor
    segments: Tensor
    counts: tuple[int, ...]
    tokens: Tensor
    truth: Tensor
    shown: Tensor
    said: Tensor


def batches(
    model_name: str, *, pictures: int, scenes: int, seed: int, workers: int = 1
) -> Iterator[Batch]:
    """Batches rendered beside the training.

    Args:
        model_name: open_clip's name of the model whose tokenizer to use.
        pictures: Pictures P of one thing in a batch.
        scenes: Scenes S in a batch.
        seed: The batches depend on it and on ``workers``.
        workers: Processes that render; with 0 it is done by the caller.
    """
    source = _Source(model_name, pictures, scenes, seed)
    if workers:
        # Before they are forked: a forked process waits for ever for OpenCV threads that it did not
        # inherit.
        cv2.setNumThreads(1)
    return iter(
        DataLoader(
            source, batch_size=None, num_workers=workers, prefetch_factor=8 if workers else None
        )
    )


class _Source(IterableDataset):
    def __init__(self, model_name: str, pictures: int, scenes: int, seed: int) -> None:
        self.tokenizer = open_clip.get_tokenizer(resolve_architecture(model_name))
        self.pictures, self.scenes, self.seed = pictures, scenes, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            yield self.batch(rng)

    def batch(self, rng: np.random.Generator) -> Batch:
        pictures = [random_picture(rng) for _ in range(self.pictures)]
        scenes = [random_scene(rng) for _ in range(self.scenes)]
        rows = [shown for _, shown in pictures] + [s for *_, shown in scenes for s in shown]
        captions = dict(write_caption(said, rng) for said in _choose(rows, rng))
        tokens = self.tokenizer(list(captions))
        longest = int((tokens != 0).sum(1).max())
        return Batch(
            pictures=_stack([image for image, _ in pictures]),
            scenes=_stack([image for image, *_ in scenes]),
            segments=torch.from_numpy(np.stack([segments for _, segments, _ in scenes])),
            counts=tuple(len(shown) for *_, shown in scenes),
            tokens=tokens[:, :longest],
            truth=torch.from_numpy(truth(rows, list(captions.values()))),
            shown=torch.from_numpy(attribute_numbers(rows)),
            said=torch.from_numpy(attribute_numbers(list(captions.values()))),
        )


def _choose(rows: list[Shown], rng: np.random.Generator) -> Iterator[Said]:
    for shown in rows:
        said = choose_said(shown, rng)
        yield said
        if said.shape is not None and rng.random() < WRONG:
            yield change_one(said, rng)


def _stack(images: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)

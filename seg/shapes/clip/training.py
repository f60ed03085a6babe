"""Training of a small CLIP on endless pictures, segments and captions."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import open_clip
import torch
import torch.nn.functional as F
from open_clip import CLIP
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from seg.models.openclip import load_exactly, read_weights
from seg.shapes.clip.batches import Batch, batches
from seg.shapes.clip.loss import AttributeLoss, contrastive_loss
from seg.shapes.clip.segments import pool_segments, segment_masks

#: A step that was held up counts for no more seconds than this towards ``minutes``.
LONGEST_STEP = 5.0
#: CLIP's bound on the logit scale (arXiv 2103.00020, section 2.5).
LARGEST_SCALE = math.log(100)
_Tensors = tuple[Tensor, ...] | list[Tensor]


@dataclass(frozen=True)
class Schedule:
    """How long and how to train.

    Attributes:
        steps: Number of steps; None to train for ``minutes``.
        minutes: How long to train where ``steps`` is None.
        pictures: Pictures of one thing in a batch.
        scenes: Scenes in a batch, whose segments are trained on.
        learning_rate: The largest; it rises over ``warm_up`` of the training and falls by a cosine.
        weight_decay: Of matrices and kernels.
        warm_up: Part of the training.
        attributes: Weight of the loss of attributes.
        average: Decay of the moving average of the weights, which is what is kept.
        bfloat16: Whether products run in bfloat16.
        workers: Processes that render.
    """

    steps: int | None = None
    minutes: float | None = None
    pictures: int = 32
    scenes: int = 12
    learning_rate: float = 2.5e-3
    weight_decay: float = 0.05
    warm_up: float = 0.04
    attributes: float = 0.5
    average: float = 0.998
    bfloat16: bool = True
    workers: int = 1

    def __post_init__(self) -> None:
        given = [length for length in (self.steps, self.minutes) if length is not None]
        if len(given) != 1:
            raise ValueError('give either steps or minutes')
        if min(*given, self.pictures, self.scenes) <= 0:
            raise ValueError('steps, minutes, pictures and scenes must be positive')


@dataclass(frozen=True)
class Progress:
    """State of the training after a step.

    Attributes:
        step: Steps done.
        part: Part of the training that is done, 1 at the end.
        seconds: What the steps took.
        loss: Moving average of the loss.
    """

    step: int
    part: float
    seconds: float
    loss: float


def train(
    model_name: str,
    schedule: Schedule,
    *,
    seed: int,
    report: Callable[[Progress, CLIP], None],
    start: Path | None = None,
) -> CLIP:
    """Train a model.

    Args:
        model_name: open_clip's name of a model with a convolutional image tower.
        schedule: How to train.
        seed: Of weights and data.
        report: Called after every step with the averaged model.
        start: File of weights to begin with; None for random ones.

    Returns:
        The model with its averaged weights.

    Raises:
        ValueError: If ``start`` holds another model.
    """
    torch.manual_seed(seed)
    model = _random_model(model_name)
    if start is not None:
        state = {key: value.float() for key, value in read_weights(start, str).items()}
        load_exactly(model, state, what=model_name, source=f'checkpoint {start}')
    model.to(memory_format=torch.channels_last).train()
    attributes = AttributeLoss(model.text_projection.shape[1])
    averaged = AveragedModel(model, multi_avg_fn=_average(schedule.average))
    optimizer = torch.optim.AdamW(
        [
            *_parameter_groups(model, schedule.weight_decay),
            dict(params=attributes.parameters(), weight_decay=0.0),
        ],
        lr=schedule.learning_rate,
        betas=(0.9, 0.98),
    )
    data = batches(
        model_name,
        pictures=schedule.pictures,
        scenes=schedule.scenes,
        seed=seed,
        workers=schedule.workers,
    )
    progress = Progress(0, 0.0, 0.0, math.nan)
    while progress.part < 1:
        begin = time.perf_counter()
        for group in optimizer.param_groups:
            group['lr'] = schedule.learning_rate * _rate(progress.part, schedule.warm_up)
        loss = _loss(model, attributes, next(data), schedule)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        model.logit_scale.data.clamp_(max=LARGEST_SCALE)
        averaged.update_parameters(model)
        progress = _advance(progress, schedule, loss.item(), time.perf_counter() - begin)
        report(progress, averaged.module)
    return averaged.module


def batch_features(model: CLIP, batch: Batch) -> tuple[Tensor, Tensor]:
    """Unit features of pictures and segments, Tensor[N, D], and of captions, Tensor[M, D]."""
    masks = segment_masks(batch.segments, batch.counts)
    images = torch.cat(
        [
            pool_segments(model.visual, batch.pictures, None),
            pool_segments(model.visual, batch.scenes, masks),
        ]
    )
    with torch.autocast('cpu', enabled=False):  # short sequences gain nothing
        texts = encode_short(model, batch.tokens)
    return F.normalize(images, dim=-1), F.normalize(texts, dim=-1)


def encode_short(model: CLIP, tokens: Tensor) -> Tensor:
    """``model.encode_text`` of int Tensor[M, L] where L may be less than the context length.

    The mask is causal, so that what was cut off, after the end of every text, changes nothing.
    """
    length = tokens.shape[1]
    x = model.token_embedding(tokens) + model.positional_embedding[:length]
    x = model.transformer(x, attn_mask=model.attn_mask[:length, :length])
    ends = tokens.argmax(1)  # the end-of-text token has the largest number
    return model.ln_final(x)[torch.arange(len(x)), ends] @ model.text_projection


def _loss(model: CLIP, attributes: AttributeLoss, batch: Batch, schedule: Schedule) -> Tensor:
    with torch.autocast('cpu', torch.bfloat16, enabled=schedule.bfloat16):
        images, texts = batch_features(model, batch)
    scale = model.logit_scale.exp()
    contrast = contrastive_loss(scale * images @ texts.T, batch.truth)
    helps = attributes(scale * images, batch.shown) + attributes(scale * texts, batch.said)
    return contrast + schedule.attributes * helps


def _random_model(model_name: str) -> CLIP:
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)  # open_clip warns of random weights, which are meant here
    try:
        return open_clip.create_model(model_name)
    finally:
        logging.root.setLevel(level)


def _parameter_groups(model: CLIP, weight_decay: float) -> Iterator[dict]:
    named = list(model.named_parameters())
    decays = [p for n, p in named if p.ndim >= 2 and 'embedding' not in n]
    others = [p for n, p in named if p.ndim < 2 or 'embedding' in n]
    yield dict(params=decays, weight_decay=weight_decay)
    yield dict(params=others, weight_decay=0.0)


def _average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Moving average whose memory is short as long as the training is."""

    @torch.no_grad()
    def update(averages: _Tensors, values: _Tensors, count: Tensor | int) -> None:
        own = min(decay, (1 + int(count)) / (10 + int(count)))
        torch._foreach_lerp_(averages, values, 1 - own)

    return update


def _rate(part: float, warm_up: float) -> float:
    """Factor of the learning rate."""
    if part < warm_up:
        return max(part, 1e-3) / warm_up
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (part - warm_up) / (1 - warm_up))) / 2


def _advance(progress: Progress, schedule: Schedule, loss: float, seconds: float) -> Progress:
    step = progress.step + 1
    total = progress.seconds + min(seconds, LONGEST_STEP)
    if schedule.steps is None:
        assert schedule.minutes is not None  # one of the two is given
        part = total / (60 * schedule.minutes)
    else:
        part = step / schedule.steps
    average = loss if step == 1 else progress.loss + (loss - progress.loss) * max(0.01, 1 / step)
    return Progress(step, min(part, 1.0), total, average)

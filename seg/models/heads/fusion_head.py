"""Masks and scores of the queries to what people evaluate: a panoptic map, classes of pixels, instances."""

import math
from functools import partial
from typing import TypeVar

import torch
import torch.nn.functional as F
from mmdet.models.seg_heads import MaskFormerFusionHead
from mmdet.structures import SampleList
from mmengine.structures import PixelData
from torch import Tensor

from seg.models.heads.instance_inference import instances
from seg.models.heads.mask_choice import largest_components, maskness, without_duplicates
from seg.models.heads.pixel_owners import Owners, all_pixels, by_tiles
from seg.models.heads.semantic_inference import semantic_labels
from seg.models.layers.resizing import Axis
from seg.models.vocabulary import EncodedVocabulary
from seg.panoptic.panoptic_map import instance_offset
from seg.registry import MODELS

Value = TypeVar('Value')


@MODELS.register_module()
class SparseFusionHead(MaskFormerFusionHead):
    """mmdet's fusion, with masks brought to the size of the image only where they may win a pixel.

    Queries below ``object_mask_thr`` or of "no object" never show, so they are dropped first; on a CPU
    the others are resized where they border on each other, see :mod:`seg.models.heads.pixel_owners`.
    Areas are counted for all segments in one pass.

    ``test_cfg`` says what is given, by mmdet's names: ``panoptic_on`` (default True), ``semantic_on``
    and ``instance_on`` (default False; ``max_per_image``, default 100, pairs of query and class).

    For panoptic maps it also has ``object_mask_thr`` (default 0.3), ``iou_thr`` (least share of a mask
    that is left to it, default 0.6), and what helps with words that training did not see, each off by
    default: ``no_object_bias`` (taken from the logit of "no object", which was learned on the training
    classes alone), ``maskness_power`` (masks compete by score times maskness to this power),
    ``duplicate_iou`` (of two masks that overlap by more, only the better one competes) and
    ``largest_component`` (a thing is the largest connected part of its mask; where objects lie behind others
    in several parts, it costs those).
    """

    def set_classes(self, num_things_classes: int, num_stuff_classes: int) -> None:
        """Exchange the numbers of classes, as the head's vocabulary is exchanged."""
        self.num_things_classes = num_things_classes
        self.num_stuff_classes = num_stuff_classes
        self.num_classes = num_things_classes + num_stuff_classes

    def predict(
        self,
        mask_cls_results: Tensor,
        mask_pred_results: Tensor,
        batch_data_samples: SampleList,
        rescale: bool = True,
        vocabulary: EncodedVocabulary | None = None,
        **kwargs,
    ) -> list[dict]:
        """What ``test_cfg`` asks for, of each image of a batch.

        Args:
            mask_cls_results: Tensor[B, Q, C + 1], logits or log probabilities.
            mask_pred_results: Tensor[B, Q, h, w], mask logits over the padded input.
            batch_data_samples: Samples with ``batch_input_shape``, ``img_shape``, ``ori_shape``.
            rescale: Give maps of the original size. Defaults to True.
            vocabulary: What the logits are of. Defaults to None, the model's own.

        Returns:
            A dict an image with ``pan_results`` (``sem_seg`` [1, H, W] int32, label + instance *
            :func:`~seg.panoptic.panoptic_map.instance_offset`, void is C; ``scores`` of each such code),
            ``sem_results`` (``sem_seg`` [1, H, W] int32, the class of each pixel) and ``ins_results``
            (see :func:`~seg.models.heads.instance_inference.instances`).
        """
        return [
            self.predict_one(logits, masks, sample.metainfo, rescale=rescale, vocabulary=vocabulary)
            for logits, masks, sample in zip(
                mask_cls_results, mask_pred_results, batch_data_samples, strict=True
            )
        ]

    def predict_one(
        self,
        logits: Tensor,
        masks: Tensor,
        meta: dict,
        *,
        rescale: bool = True,
        vocabulary: EncodedVocabulary | None = None,
        semantic: tuple[Tensor, Tensor] | None = None,
    ) -> dict:
        """What ``test_cfg`` asks for, of one image; see :meth:`predict`.

        Args:
            logits: Tensor[Q, C + 1].
            masks: Tensor[Q, h, w].
            meta: ``batch_input_shape``, ``img_shape`` and ``ori_shape``.
            rescale: As for :meth:`predict`.
            vocabulary: As for :meth:`predict`.
            semantic: Logits and masks of other queries, which semantic inference sums over. Defaults to
                None, the same.
        """
        num_classes, num_things = self.num_classes, self.num_things_classes
        if vocabulary is not None:
            num_classes, num_things = vocabulary.num_classes, vocabulary.num_things
        found = {}
        if self._setting('panoptic_on', True):
            scores, labels, ranks, chosen = self._choose(
                logits, masks, meta, num_classes, num_things
            )
            if len(chosen):
                owners = _owners(chosen, ranks, meta, rescale)
                found['pan_results'] = self._fuse(scores, labels, owners, num_classes, num_things)
            else:
                size = meta['ori_shape' if rescale else 'img_shape'][:2]
                void = torch.full(size, num_classes, dtype=torch.int32, device=masks.device)
                found['pan_results'] = PixelData(sem_seg=void[None])
        if self._setting('semantic_on', False):
            own_logits, own_masks = semantic or (logits, masks)
            rows, columns = (axis.weights() for axis in _axes(own_masks, meta, rescale))
            own = semantic_labels(_probabilities(own_logits), own_masks.float(), rows, columns)
            found['sem_results'] = PixelData(sem_seg=own[None])
        if self._setting('instance_on', False):
            found['ins_results'] = instances(
                _probabilities(logits),
                masks.float(),
                num_things,
                self._setting('max_per_image', 100),
                partial(_resize, meta=meta, rescale=rescale),
            )
        return found

    def _choose(
        self, logits: Tensor, masks: Tensor, meta: dict, num_classes: int, num_things: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Scores, labels, ranks [M] and mask logits [M, h, w] of the queries that compete for pixels."""
        bias = self._setting('no_object_bias', 0.0)
        if bias:
            logits = torch.cat([logits[:, :-1], logits[:, -1:] - bias], dim=1)
        scores, labels = logits.softmax(-1).max(-1)
        keep = (labels < num_classes) & (scores > self._setting('object_mask_thr', 0.3))
        scores, labels, masks = scores[keep], labels[keep], masks[keep].float()
        shown = _without_padding(masks, meta)
        if self._setting('largest_component', False):
            is_thing = labels < num_things
            shown[is_thing] = largest_components(shown[is_thing])  # and so in `masks`
        power = self._setting('maskness_power', 0.0)
        ranks = scores * maskness(shown) ** power if power else scores
        duplicate_iou = self._setting('duplicate_iou', 1.0)
        if duplicate_iou < 1:
            stays = without_duplicates(shown, ranks, duplicate_iou)
            scores, labels, ranks, masks = (of[stays] for of in (scores, labels, ranks, masks))
        return scores, labels, ranks, masks

    def _setting(self, name: str, default: Value) -> Value:
        return (self.test_cfg or {}).get(name, default)

    def _fuse(
        self,
        scores: Tensor,
        labels: Tensor,
        owners: Owners,
        num_classes: int,
        num_things: int,
    ) -> PixelData:
        """Segments [M] and who owns what to one map; each pixel has one owner."""
        owned = owners.place.flatten().bincount(minlength=2 * len(scores)).view(-1, 2)
        shown_area = owned[:, 1]  # the owner itself covers the pixel
        keep = (shown_area > 0) & (owned.sum(1) >= self._setting('iou_thr', 0.6) * owners.area)

        is_thing = labels < num_things
        instance = (keep & is_thing).cumsum(0) * is_thing
        offset = instance_offset(num_classes)
        code = torch.where(keep, labels + instance * offset, num_classes).int()
        by_place = torch.stack([torch.full_like(code, num_classes), code], dim=1).flatten()
        codes = by_place.index_select(0, owners.place.flatten()).view_as(owners.place)
        result = PixelData(sem_seg=codes[None])
        best = sorted(
            zip(code[keep].tolist(), scores[keep].tolist(), strict=True), key=lambda s: s[1]
        )
        result.set_field(dict(best), 'scores', field_type='metainfo')
        return result


@torch.no_grad()
def _owners(masks: Tensor, ranks: Tensor, meta: dict, rescale: bool) -> Owners:
    """Who owns the pixels of an image, of masks Tensor[M, h, w] over the padded input; M > 0."""
    with torch.autocast(
        masks.device.type, enabled=False
    ):  # the bounds are not those of half precision
        if masks.device.type == 'cpu':
            owners = by_tiles(masks, ranks, *_axes(masks, meta, rescale))
            if owners is not None:
                return owners
        return all_pixels(masks, ranks, partial(_resize, meta=meta, rescale=rescale))


def _probabilities(logits: Tensor) -> Tensor:
    """Tensor[Q, C] of the classes, "no object" left out."""
    return logits.float().softmax(-1)[:, :-1]


def _without_padding(masks: Tensor, meta: dict) -> Tensor:
    """The part of maps Tensor[M, h, w] over the padded input that lies over the image."""
    height, width = (
        math.ceil(side * own / padded)
        for side, own, padded in zip(
            masks.shape[-2:], meta['img_shape'][:2], meta['batch_input_shape'], strict=True
        )
    )
    return masks[:, :height, :width]


def _axes(masks: Tensor, meta: dict, rescale: bool) -> list[Axis]:
    """The lengths that :func:`_resize` has to do with, of rows and of columns."""
    shown = meta['img_shape'][:2]
    target = meta['ori_shape'][:2] if rescale else shown
    sizes = zip(masks.shape[-2:], meta['batch_input_shape'], shown, target, strict=True)
    return [Axis(*own) for own in sizes]


def _resize(masks: Tensor, meta: dict, rescale: bool) -> Tensor:
    """Mask logits over the padded input to mask logits over the image, Tensor[M, H, W]."""
    if not len(masks):
        return masks.new_zeros(0, *meta['ori_shape' if rescale else 'img_shape'][:2])
    masks = F.interpolate(
        masks[None], meta['batch_input_shape'], mode='bilinear', align_corners=False
    )
    height, width = meta['img_shape'][:2]
    masks = masks[..., :height, :width]
    size = tuple(meta['ori_shape'][:2])
    if rescale and size != (height, width):
        masks = F.interpolate(masks, size, mode='bilinear', align_corners=False)
    return masks[0]

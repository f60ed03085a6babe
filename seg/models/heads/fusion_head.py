"""Masks and scores of the queries to a panoptic map."""

import math

import torch
import torch.nn.functional as F
from mmdet.evaluation.functional import INSTANCE_OFFSET
from mmdet.models.seg_heads import MaskFormerFusionHead
from mmdet.structures import SampleList
from mmengine.structures import InstanceData, PixelData
from torch import Tensor

from seg.models.heads.mask_choice import maskness, without_duplicates
from seg.models.vocabulary import EncodedVocabulary
from seg.panoptic.panoptic_map import require_encodable
from seg.registry import MODELS


@MODELS.register_module()
class SparseFusionHead(MaskFormerFusionHead):
    """mmdet's fusion, with only the masks that can win a pixel brought to the size of the image.

    Queries below ``object_mask_thr`` or of "no object" never show, so they are dropped before the
    resizing, whose cost then follows the number of objects and not the number of queries. Areas are
    counted for all segments in one pass.

    ``test_cfg``: ``object_mask_thr`` (default 0.3), ``iou_thr`` (least share of a mask that is left
    to it, default 0.6), and what helps with words that training did not see, each off by default:
    ``no_object_bias`` (taken from the logit of "no object", which was learned on the training
    classes alone), ``maskness_power`` (masks compete by score times maskness to this power) and
    ``duplicate_iou`` (of two masks that overlap by more, only the better one competes).
    """

    def set_classes(self, num_things_classes: int, num_stuff_classes: int) -> None:
        """Exchange the numbers of classes, as the head's vocabulary is exchanged.

        Raises:
            ValueError: If there are more classes than a panoptic map holds.
        """
        require_encodable(num_things_classes + num_stuff_classes)
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
        """Panoptic maps and segments of a batch.

        Args:
            mask_cls_results: Tensor[B, Q, C + 1], logits or log probabilities.
            mask_pred_results: Tensor[B, Q, h, w], mask logits over the padded input.
            batch_data_samples: Samples with ``batch_input_shape``, ``img_shape``, ``ori_shape``.
            rescale: Give maps of the original size. Defaults to True.
            vocabulary: What the logits are of. Defaults to None, the model's own.

        Returns:
            A dict an image with ``pan_results`` (``sem_seg`` [1, H, W] int32, label +
            instance * INSTANCE_OFFSET, void is C; ``scores`` of each such code) and ``ins_results`` (things: ``labels``,
            ``scores``, ``bboxes``, ``masks``).
        """
        num_classes, num_things = self.num_classes, self.num_things_classes
        if vocabulary is not None:
            num_classes, num_things = vocabulary.num_classes, vocabulary.num_things
            require_encodable(num_classes)
        results = []
        for logits, masks, sample in zip(
            mask_cls_results, mask_pred_results, batch_data_samples, strict=True
        ):
            scores, labels, ranks, masks = self._choose(logits, masks, sample.metainfo, num_classes)
            masks = _resize(masks, sample.metainfo, rescale)
            results.append(self._fuse(scores, labels, ranks, masks, num_classes, num_things))
        return results

    def _choose(
        self, logits: Tensor, masks: Tensor, meta: dict, num_classes: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Scores, labels, ranks [M] and mask logits [M, h, w] of the queries that compete for pixels."""
        bias = self._setting('no_object_bias', 0.0)
        if bias:
            logits = torch.cat([logits[:, :-1], logits[:, -1:] - bias], dim=1)
        scores, labels = logits.softmax(-1).max(-1)
        keep = (labels < num_classes) & (scores > self._setting('object_mask_thr', 0.3))
        scores, labels, masks = scores[keep], labels[keep], masks[keep].float()
        shown = _without_padding(masks, meta)
        power = self._setting('maskness_power', 0.0)
        ranks = scores * maskness(shown) ** power if power else scores
        duplicate_iou = self._setting('duplicate_iou', 1.0)
        if duplicate_iou < 1:
            stays = without_duplicates(shown, ranks, duplicate_iou)
            scores, labels, ranks, masks = (of[stays] for of in (scores, labels, ranks, masks))
        return scores, labels, ranks, masks

    def _setting(self, name: str, default: float) -> float:
        return (self.test_cfg or {}).get(name, default)

    def _fuse(
        self,
        scores: Tensor,
        labels: Tensor,
        ranks: Tensor,
        masks: Tensor,
        num_classes: int,
        num_things: int,
    ) -> dict:
        """Segments [M] and masks of probabilities [M, H, W] to one map; each pixel has one owner.

        The masks are used up.
        """
        height, width = masks.shape[-2:]
        void = torch.full((height, width), num_classes, dtype=torch.int32, device=masks.device)
        if not len(masks):
            return dict(pan_results=PixelData(sem_seg=void[None]), ins_results=_no_instances(void))
        inside = masks >= 0.5
        # On a CPU argmax takes four times as long as max, and new memory longer than the product.
        owner = masks.mul_(ranks[:, None, None]).max(0).indices
        visible = inside.gather(0, owner[None])[0]  # the owner itself covers the pixel
        owned, shown_area = (
            torch.bincount(pixels.flatten(), minlength=len(masks))
            for pixels in (owner, owner[visible])
        )
        area = torch.stack([own.count_nonzero() for own in inside])  # 20 times as fast as sum(1)
        keep = (shown_area > 0) & (owned >= self._setting('iou_thr', 0.6) * area)

        is_thing = labels < num_things
        instance = (keep & is_thing).cumsum(0) * is_thing
        code = torch.where(keep, labels + instance * INSTANCE_OFFSET, num_classes).int()
        panoptic = torch.where(visible, code[owner], void)

        shown = (keep & is_thing).nonzero()[:, 0]
        own = (owner[None] == shown[:, None, None]) & visible
        instances = InstanceData(
            labels=labels[shown], scores=scores[shown], bboxes=_boxes(own), masks=own
        )
        pan_results = PixelData(sem_seg=panoptic[None])
        best = sorted(
            zip(code[keep].tolist(), scores[keep].tolist(), strict=True), key=lambda s: s[1]
        )
        pan_results.set_field(dict(best), 'scores', field_type='metainfo')
        return dict(pan_results=pan_results, ins_results=instances)


def _without_padding(masks: Tensor, meta: dict) -> Tensor:
    """The part of maps Tensor[M, h, w] over the padded input that lies over the image."""
    height, width = (
        math.ceil(side * own / padded)
        for side, own, padded in zip(
            masks.shape[-2:], meta['img_shape'][:2], meta['batch_input_shape'], strict=True
        )
    )
    return masks[:, :height, :width]


def _resize(masks: Tensor, meta: dict, rescale: bool) -> Tensor:
    """Mask logits over the padded input to probabilities over the image, Tensor[M, H, W]."""
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
    return masks[0].sigmoid_()


def _boxes(masks: Tensor) -> Tensor:
    """Boxes (x1, y1, x2, y2) around masks that are not empty, Tensor[M, H, W] to Tensor[M, 4]."""
    sides = []
    for any_of in (masks.any(1), masks.any(2)):  # columns, rows
        first = any_of.int().argmax(1)
        last = any_of.shape[1] - any_of.flip(1).int().argmax(1)
        sides += [first, last]
    x1, x2, y1, y2 = sides
    return torch.stack([x1, y1, x2, y2], dim=1).float()


def _no_instances(like: Tensor) -> InstanceData:
    return InstanceData(
        labels=like.new_zeros(0, dtype=torch.long),
        scores=like.new_zeros(0, dtype=torch.float),
        bboxes=like.new_zeros(0, 4, dtype=torch.float),
        masks=like.new_zeros(0, *like.shape, dtype=torch.bool),
    )

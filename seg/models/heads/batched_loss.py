"""The losses of mmdet's Mask2FormerHead, with batched matching and nothing done twice."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmcv.ops import point_sample
from mmdet.models.dense_heads import Mask2FormerHead
from mmdet.models.task_modules.samplers import MaskPseudoSampler
from mmdet.utils import reduce_mean
from mmengine.structures import InstanceData, PixelData
from torch import Tensor

from seg.models.heads.batched_matching import BatchedMatcher, Matches
from seg.models.layers.padding import image_extents, within_images


class StagePoints(NamedTuple):
    """Random points of one stage, (x, y) in [0, 1]; N pairs of a query and a true segment.

    Attributes:
        matching: Tensor[B, P, 2], where masks are compared to be matched.
        candidates: Tensor[N, O * P, 2], of which the most uncertain ones enter the losses.
        others: Tensor[N, P', 2], which enter them anyway.
    """

    matching: Tensor
    candidates: Tensor
    others: Tensor


class BatchedLossHead(Mask2FormerHead):
    """A ``Mask2FormerHead`` that comes to the same targets and losses in fewer, larger steps.

    The same seed gives the same losses up to rounding. The costs of all images and stages are
    computed and copied to the CPU together (:class:`BatchedMatcher`), in float32 under autocast too;
    a point is looked up in all masks of an image at once; the true masks become the floats that
    sampling takes once, and are not copied for every stage.

    With an assigner, sampler or cost that :class:`BatchedMatcher` does not know, mmdet's own path runs.
    """

    @property
    def matcher(self) -> BatchedMatcher | None:
        """The batched form of the configured assigner, None if it has none."""
        if type(self.sampler) is not MaskPseudoSampler:
            return None
        return BatchedMatcher.like(self.assigner)

    def preprocess_gt(
        self,
        batch_gt_instances: Sequence[InstanceData],
        batch_gt_semantic_segs: Sequence[PixelData | None],
    ) -> list[InstanceData]:
        """Things and stuff of each image: ``labels``, long [G], and ``masks``, bool [G, H, W]."""
        if self.matcher is None:
            return super().preprocess_gt(batch_gt_instances, batch_gt_semantic_segs)
        return [
            self._true_segments(instances, semantic)
            for instances, semantic in zip(batch_gt_instances, batch_gt_semantic_segs, strict=True)
        ]

    def loss_by_feat(
        self,
        all_cls_scores: Sequence[Tensor],
        all_mask_preds: Sequence[Tensor],
        batch_gt_instances: Sequence[InstanceData],
        batch_img_metas: Sequence[dict],
    ) -> dict[str, Tensor]:
        """Losses of all stages, named as mmdet names them.

        Args:
            all_cls_scores: S tensors [B, Q, C + 1], class logits.
            all_mask_preds: S tensors [B, Q, h, w], mask logits.
            batch_gt_instances: What :meth:`preprocess_gt` gives.
            batch_img_metas: ``img_shape`` and ``batch_input_shape`` of each image; the losses look
                at no point of the padding.
        """
        matcher = self.matcher
        if matcher is None:
            return super().loss_by_feat(
                all_cls_scores, all_mask_preds, batch_gt_instances, batch_img_metas
            )
        labels = [own.labels for own in batch_gt_instances]
        true_masks = torch.cat([own.masks for own in batch_gt_instances]).float()
        pairs = [min(len(own), self.num_queries) for own in labels]
        stages = range(len(all_mask_preds))
        extents = image_extents(batch_img_metas, true_masks)
        points = [self._draw_points(pairs, extents, true_masks.device) for _ in stages]
        matches = self._match(
            matcher,
            all_cls_scores,
            all_mask_preds,
            labels,
            true_masks.split([len(own) for own in labels]),
            points,
        )

        mean_pairs = reduce_mean(all_cls_scores[0].new_tensor([sum(max(n, 1) for n in pairs)]))
        true_labels, true_masks = torch.cat(labels), true_masks[:, None]
        losses = {}
        for stage in (stages[-1], *stages[:-1]):
            prefix = '' if stage == stages[-1] else f'd{stage}.'
            match = matches.of_stage(stage)
            losses[f'{prefix}loss_cls'] = self._class_loss(
                all_cls_scores[stage], true_labels, match
            )
            losses[f'{prefix}loss_mask'], losses[f'{prefix}loss_dice'] = self._mask_losses(
                all_mask_preds[stage], true_masks, match, points[stage], mean_pairs.clamp(min=1)
            )
        return losses

    def _true_segments(self, instances: InstanceData, semantic: PixelData | None) -> InstanceData:
        device = instances.labels.device
        labels = instances.labels
        masks = instances.masks.to_tensor(dtype=torch.bool, device=device)
        if semantic is not None:
            classes = semantic.sem_seg[0]
            stuff = classes.unique()
            stuff = stuff[(stuff >= self.num_things_classes) & (stuff < self.num_classes)]
            labels = torch.cat([labels, stuff.to(labels.dtype)])
            masks = torch.cat([masks, classes == stuff[:, None, None]])
        return InstanceData(labels=labels, masks=masks)

    def _draw_points(
        self,
        pairs: Sequence[int],
        extents: Tensor | None,
        device: torch.device,
    ) -> StagePoints:
        """Points of a stage on the images, drawn in the order in which mmdet draws them."""
        others = self.num_points - int(self.importance_sample_ratio * self.num_points)
        candidates = int(self.num_points * self.oversample_ratio)
        matching = torch.cat([torch.rand(1, self.num_points, 2, device=device) for _ in pairs])
        of_pairs = [torch.rand(sum(pairs), n, 2, device=device) for n in (candidates, others)]
        if extents is None:
            return StagePoints(matching, *of_pairs)
        pair_extents = extents.repeat_interleave(torch.tensor(pairs, device=device), dim=0)
        return StagePoints(
            within_images(matching, extents),
            *(within_images(points, pair_extents) for points in of_pairs),
        )

    @torch.no_grad()
    def _match(
        self,
        matcher: BatchedMatcher,
        logits: Sequence[Tensor],
        masks: Sequence[Tensor],
        labels: Sequence[Tensor],
        true_masks: Sequence[Tensor],
        points: Sequence[StagePoints],
    ) -> Matches:
        """Match all images in all stages, see :meth:`loss_by_feat` for the shapes."""
        sampled = [
            point_sample(own.float(), at.matching) for own, at in zip(masks, points, strict=True)
        ]
        places = torch.cat([at.matching for at in points], dim=1)
        true_sampled = [
            point_sample(own[None], at[None])[0].unflatten(1, (len(points), -1))
            for own, at in zip(true_masks, places, strict=True)
        ]
        return matcher(torch.stack(list(logits)), torch.stack(sampled), labels, true_sampled)

    def _class_loss(self, logits: Tensor, labels: Tensor, match: Matches) -> Tensor:
        """Class loss of a stage: logits [B, Q, C + 1], and the label of each true segment."""
        targets = labels.new_full(logits.shape[:2], self.num_classes)
        targets[match.images, match.queries] = labels[match.truths]
        targets = targets.flatten()
        return self.loss_cls(
            logits.flatten(0, 1),
            targets,
            torch.ones_like(targets),
            avg_factor=logits.new_tensor(self.class_weight)[targets].sum(),
        )

    def _mask_losses(
        self,
        masks: Tensor,
        true_masks: Tensor,
        match: Matches,
        points: StagePoints,
        mean_pairs: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Mask and dice loss of a stage: masks [B, Q, h, w], true masks [G, 1, H, W]."""
        index = match.images * self.num_queries + match.queries
        masks = masks.flatten(0, 1).index_select(0, index)[:, None].float()
        if not len(masks):
            return masks.sum(), masks.sum()
        if len(masks) < len(true_masks):  # else all true segments are matched, and stand in order
            true_masks = true_masks[match.truths]
        in_order_of_queries = index.argsort().argsort()  # in which mmdet gives points to pairs
        with torch.no_grad():
            places = self._uncertain_points(
                masks, points.candidates[in_order_of_queries], points.others[in_order_of_queries]
            )
            targets = point_sample(true_masks, places)[:, 0]
        sampled = point_sample(masks, places)[:, 0]
        loss_dice = self.loss_dice(sampled, targets, avg_factor=mean_pairs)
        loss_mask = self.loss_mask(
            sampled.flatten(), targets.flatten(), avg_factor=mean_pairs * self.num_points
        )
        return loss_mask, loss_dice

    def _uncertain_points(self, masks: Tensor, candidates: Tensor, others: Tensor) -> Tensor:
        """The candidates nearest to a logit of 0, and the others: Tensor[N, P, 2]."""
        count = self.num_points - others.shape[1]
        certainty = point_sample(masks, candidates)[:, 0].abs()
        index = certainty.topk(count, dim=1, largest=False, sorted=False).indices
        chosen = candidates.gather(1, index[..., None].expand(-1, -1, 2))
        return torch.cat([chosen, others], dim=1)

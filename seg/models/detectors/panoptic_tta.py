"""Test-time augmentation: one prediction from several views of a picture."""

import torch
from mmdet.structures import DetDataSample, SampleList
from mmengine.model import BaseTTAModel

from seg.models.layers.padding import image_extents
from seg.models.merged_views import common_size, laid_over, merge_queries
from seg.models.wrappers import innermost
from seg.registry import MODELS


@MODELS.register_module()
class PanopticTTAModel(BaseTTAModel):
    """Averages what an :class:`~seg.models.detectors.OpenVocabMaskFormer` says of scaled and flipped views.

    Semantic inference sums class times mask probability over the queries of all views, which is the mean of
    the views' sums, as Mask2Former's semantic test-time augmentation takes it. Panoptic maps and instances
    are made of queries that mean the same: see :func:`~seg.models.merged_views.merge_queries`.

    Args:
        module: The detector, or its config.
        iou_thr: Overlap from which on masks of two views are of one segment. Defaults to 0.5.
        **kwargs: As for mmengine's ``BaseTTAModel``.
    """

    def __init__(self, module, iou_thr: float = 0.5, **kwargs) -> None:
        super().__init__(module, **kwargs)
        self.iou_thr = iou_thr

    def test_step(self, data: dict) -> SampleList:
        """Predictions for a batch of ``TestTimeAug``: ``inputs`` and ``data_samples``, a list of the batch a view."""
        images = zip(
            zip(*data['inputs'], strict=True), zip(*data['data_samples'], strict=True), strict=True
        )
        return [self._predict(*views) for views in images]

    def merge_preds(self, data_samples_list: list) -> SampleList:
        """Not called: finished maps cannot be merged, queries can."""
        raise NotImplementedError

    def _predict(
        self, inputs: tuple[torch.Tensor, ...], samples: tuple[DetDataSample, ...]
    ) -> DetDataSample:
        """The first of an image's samples, with the prediction that all its views make."""
        model = innermost(self.module)
        logits, masks, metas = [], [], []
        for image, sample in zip(inputs, samples, strict=True):
            # Each view alone: none is padded to the size of another.
            view = model.data_preprocessor(dict(inputs=[image], data_samples=[sample]))
            meta = view['data_samples'][0].metainfo
            own_logits, own_masks = model.find(
                view['inputs'], image_extents([meta], view['inputs'])
            )
            logits.append(own_logits[0].float())
            masks.append(own_masks[0].float())
            metas.append(meta)
        size = common_size(masks, metas)
        masks = [laid_over(own, meta, size) for own, meta in zip(masks, metas, strict=True)]
        merged = merge_queries([own.softmax(-1) for own in logits], masks, self.iou_thr)
        shape = metas[0]['ori_shape'][:2]
        whole = dict(ori_shape=shape, img_shape=shape, batch_input_shape=shape)
        found = model.panoptic_fusion_head.predict_one(
            *merged, whole, semantic=(torch.cat(logits), torch.cat(masks))
        )
        return model.add_pred_to_datasample([samples[0]], [found])[0]

"""The detector: mmdet's MaskFormer with a vocabulary that can be exchanged."""

import torch
from mmdet.models.detectors import MaskFormer
from mmdet.structures import SampleList
from torch import Tensor

from seg.models.backbones import OpenCLIPBackbone
from seg.models.ensemble import geometric_ensemble
from seg.models.vocabulary import EncodedVocabulary
from seg.registry import MODELS


@MODELS.register_module()
class OpenVocabMaskFormer(MaskFormer):
    """Backbone, neck, dynamic kernels and fusion.

    With a frozen CLIP as backbone, each mask also pools CLIP's own features, which know words that
    training never saw; their scores and the head's are combined by FC-CLIP's geometric ensemble
    (arXiv 2308.02487, section 3.3).

    Args:
        ensemble: ``dict(alpha=0.4, beta=0.8, scale=100.0)``: weight of CLIP's own score for classes
            seen in training and for unseen ones, and the scale of its cosine. None leaves CLIP's
            scores out. Defaults to None.
        **kwargs: As for mmdet's ``MaskFormer``.

    Raises:
        ValueError: If there is an ensemble and the backbone is not CLIP.
    """

    def __init__(self, *args, ensemble: dict | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if ensemble is not None and not isinstance(self.backbone, OpenCLIPBackbone):
            raise ValueError(
                f'an ensemble needs an OpenCLIPBackbone, got {type(self.backbone).__name__}'
            )
        self.panoptic_fusion_head.set_classes(self.num_things_classes, self.num_stuff_classes)
        self.ensemble = ensemble
        self.register_buffer(
            'is_seen', torch.ones(self.num_classes, dtype=torch.bool), persistent=False
        )

    def set_classifier(
        self,
        classifier: Tensor,
        num_things_classes: int,
        num_stuff_classes: int,
        is_seen: Tensor | None = None,
    ) -> None:
        """Exchange the model's own vocabulary.

        Args:
            classifier: Tensor[C, K, D] of unit rows, or C tensors [K_c, D]; things first.
            num_things_classes: Number of thing classes.
            num_stuff_classes: Number of stuff classes.
            is_seen: bool Tensor[C], the classes that training saw. Defaults to none of them.

        Raises:
            ValueError: If the numbers or the embedding size do not fit.
        """
        self.panoptic_head.set_classifier(classifier, num_things_classes, num_stuff_classes)
        self.panoptic_fusion_head.set_classes(num_things_classes, num_stuff_classes)
        self.num_things_classes = num_things_classes
        self.num_stuff_classes = num_stuff_classes
        self.num_classes = num_things_classes + num_stuff_classes
        device = self.is_seen.device
        if is_seen is None:
            is_seen = torch.zeros(self.num_classes, dtype=torch.bool)
        self.is_seen = is_seen.to(device)

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: SampleList,
        rescale: bool = True,
        vocabulary: EncodedVocabulary | None = None,
    ) -> SampleList:
        """Panoptic maps and instances of Tensor[B, 3, H, W], added to the samples.

        ``vocabulary`` takes the place of the model's own, for this call alone.
        """
        maps = self.backbone(batch_inputs)
        logits, masks = self.panoptic_head.predict(self.neck(maps), batch_data_samples, vocabulary)
        if self.ensemble is not None:
            logits = self._with_clip_scores(logits, masks, maps[-1], vocabulary)
        results = self.panoptic_fusion_head.predict(
            logits, masks, batch_data_samples, rescale=rescale, vocabulary=vocabulary
        )
        return self.add_pred_to_datasample(batch_data_samples, results)

    def _with_clip_scores(
        self,
        logits: Tensor,
        masks: Tensor,
        last_map: Tensor,
        vocabulary: EncodedVocabulary | None = None,
    ) -> Tensor:
        """Log probabilities [B, Q, C + 1] of head and CLIP together."""
        size = last_map.shape[-2:]
        inside = torch.nn.functional.adaptive_avg_pool2d((masks > 0).to(last_map.dtype), size)
        pooled = self.backbone.mask_pool(last_map, inside)
        unit = torch.nn.functional.normalize(pooled.float(), dim=-1)
        cosine = self.panoptic_head.cls_embed.class_cosine(unit, vocabulary)
        clip = (self.ensemble.get('scale', 100.0) * cosine).softmax(-1)
        is_seen = self.is_seen if vocabulary is None else vocabulary.is_seen
        return geometric_ensemble(
            logits, clip, is_seen, self.ensemble['alpha'], self.ensemble['beta']
        )

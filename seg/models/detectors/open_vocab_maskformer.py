"""The detector: mmdet's MaskFormer with a vocabulary that can be exchanged."""

import torch
from mmdet.models.detectors import MaskFormer
from mmdet.structures import SampleList
from torch import Tensor

from seg.models.backbones import OpenCLIPBackbone
from seg.models.ensemble import geometric_ensemble
from seg.models.layers.padding import image_extents, image_mask, metas_of
from seg.models.vocabulary import EncodedVocabulary
from seg.registry import MODELS


@MODELS.register_module()
class OpenVocabMaskFormer(MaskFormer):
    """Backbone, neck, dynamic kernels and fusion.

    With a frozen CLIP as backbone, each mask also pools CLIP's own features, which know words that
    training never saw; their scores and the head's are combined by FC-CLIP's geometric ensemble
    (arXiv 2308.02487, section 3.3).

    Images of a batch do not change each other's predictions: those of one size go through the model
    together, others apart. In training all go together, and what is padding is not pooled, has no
    coordinates and enters no loss; normalisation and convolutions at its edge still see it.

    Args:
        ensemble: ``dict(alpha=0.4, beta=0.8, scale=100.0)``: weight of CLIP's own score for classes
            seen in training and for unseen ones, and the scale of its cosine. None leaves CLIP's
            scores out. Defaults to None.
        **kwargs: As for mmdet's ``MaskFormer``. The neck takes maps and samples, as
            :class:`~seg.models.necks.FusedFPN` does.

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
        count = num_things_classes + num_stuff_classes
        if len(classifier) != count:
            raise ValueError(
                f'{num_things_classes} things and {num_stuff_classes} stuff classes do not make the '
                f'{len(classifier)} classes of the text classifier'
            )
        rows, owner = self.panoptic_head.cls_embed.candidate_rows(classifier)
        if is_seen is None:
            is_seen = torch.zeros(count, dtype=torch.bool)
        self.use(EncodedVocabulary((), num_things_classes, rows, owner, is_seen.to(rows.device)))

    @property
    def vocabulary(self) -> EncodedVocabulary:
        """The model's own vocabulary."""
        own = self.panoptic_head.cls_embed
        return EncodedVocabulary((), self.num_things_classes, own.rows, own.owner, self.is_seen)

    def use(self, vocabulary: EncodedVocabulary) -> None:
        """Exchange the model's own vocabulary for an encoded one."""
        self.panoptic_head.use(vocabulary)
        self.panoptic_fusion_head.set_classes(vocabulary.num_things, vocabulary.num_stuff)
        self.num_things_classes = vocabulary.num_things
        self.num_stuff_classes = vocabulary.num_stuff
        self.num_classes = vocabulary.num_classes
        self.is_seen = vocabulary.is_seen

    def loss(self, batch_inputs: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Losses of Tensor[B, 3, H, W], by name."""
        features = self.neck(self.backbone(batch_inputs), batch_data_samples)
        return self.panoptic_head.loss(features, batch_data_samples)

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
        own_sizes: dict[tuple[int, int], list[int]] = {}
        for index, sample in enumerate(batch_data_samples):
            size = sample.metainfo.get('pad_shape', batch_inputs.shape[-2:])
            own_sizes.setdefault(tuple(size[:2]), []).append(index)
        for (height, width), indices in own_sizes.items():
            samples = [batch_data_samples[index] for index in indices]
            for sample in samples:
                sample.set_metainfo({'batch_input_shape': (height, width)})
            inputs = batch_inputs if len(own_sizes) == 1 else batch_inputs[indices]
            self._predict_one_size(inputs[..., :height, :width], samples, rescale, vocabulary)
        return batch_data_samples

    def _predict_one_size(
        self,
        inputs: Tensor,
        samples: SampleList,
        rescale: bool,
        vocabulary: EncodedVocabulary | None,
    ) -> None:
        maps = self.backbone(inputs)
        features = self.neck(maps, samples)
        logits, masks = self.panoptic_head.predict(features, samples, vocabulary)
        if self.ensemble is not None:
            logits = self._with_clip_scores(logits, masks, maps[-1], samples, vocabulary)
        results = self.panoptic_fusion_head.predict(
            logits, masks, samples, rescale=rescale, vocabulary=vocabulary
        )
        self.add_pred_to_datasample(samples, results)

    def _with_clip_scores(
        self,
        logits: Tensor,
        masks: Tensor,
        last_map: Tensor,
        samples: SampleList,
        vocabulary: EncodedVocabulary | None = None,
    ) -> Tensor:
        """Log probabilities [B, Q, C + 1] of head and CLIP together."""
        size = last_map.shape[-2:]
        inside = masks > 0
        extents = image_extents(metas_of(samples))
        if extents is not None:
            inside = inside & image_mask(extents, masks)
        inside = torch.nn.functional.adaptive_avg_pool2d(inside.to(last_map.dtype), size)
        pooled = self.backbone.mask_pool(last_map, inside)
        unit = torch.nn.functional.normalize(pooled.float(), dim=-1)
        cosine = self.panoptic_head.cls_embed.class_cosine(unit, vocabulary)
        clip = (self.ensemble.get('scale', 100.0) * cosine).softmax(-1)
        is_seen = self.is_seen if vocabulary is None else vocabulary.is_seen
        return geometric_ensemble(
            logits, clip, is_seen, self.ensemble['alpha'], self.ensemble['beta']
        )

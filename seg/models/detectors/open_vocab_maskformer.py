"""The detector: mmdet's MaskFormer with a vocabulary that can be exchanged."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from mmdet.models.detectors import MaskFormer
from mmdet.structures import SampleList
from torch import Tensor

from seg.models.backbones import OpenCLIPBackbone
from seg.models.ensemble import geometric_ensemble
from seg.models.layers.padding import image_extents, image_mask, metas_of
from seg.models.mask_embeddings import MaskEmbeddings
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
        **kwargs: As for mmdet's ``MaskFormer``. The neck takes maps and extents, as
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
        classes: tuple[str, ...] = (),
    ) -> None:
        """Exchange the model's own vocabulary.

        Args:
            classifier: Tensor[C, K, D] of unit rows, or C tensors [K_c, D]; things first.
            num_things_classes: Number of thing classes.
            num_stuff_classes: Number of stuff classes.
            is_seen: bool Tensor[C], the classes that training saw. Defaults to none of them.
            classes: Their names. Defaults to none.

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
        self.use(
            EncodedVocabulary(classes, num_things_classes, rows, owner, is_seen.to(rows.device))
        )

    @staticmethod
    def explain_weights(names: Iterable[str]) -> str:
        """Why weights of these names do not fit, where an earlier version of RPS is the reason; else ''."""
        if any(name.startswith('neck.fpn.') for name in names):
            return '; it is of the pyramid that RPS had before, and has to be trained again'
        return ''

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
        extents = image_extents(metas_of(batch_data_samples), batch_inputs)
        features = self.neck(self.backbone(batch_inputs), extents)
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
        logits, masks = self.find(inputs, image_extents(metas_of(samples), inputs), vocabulary)
        results = self.panoptic_fusion_head.predict(
            logits, masks, samples, rescale=rescale, vocabulary=vocabulary
        )
        self.add_pred_to_datasample(samples, results)

    def add_pred_to_datasample(
        self, data_samples: SampleList, results_list: list[dict]
    ) -> SampleList:
        """As of ``MaskFormer``, which has no place for semantic results: they are ``pred_sem_seg``."""
        for sample, found in zip(data_samples, results_list, strict=True):
            if 'sem_results' in found:
                sample.pred_sem_seg = found.pop('sem_results')
        return super().add_pred_to_datasample(data_samples, results_list)

    def _forward(self, batch_inputs: Tensor, batch_data_samples: SampleList) -> tuple:
        """What ``mode='tensor'`` gives, for mmdet's counters of operations: see :meth:`find`."""
        return self.find(batch_inputs, image_extents(metas_of(batch_data_samples), batch_inputs))

    def find(
        self,
        inputs: Tensor,
        extents: Tensor | None = None,
        vocabulary: EncodedVocabulary | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Class logits [B, Q, C + 1] and mask logits [B, Q, h, w], see :meth:`embed` and :meth:`classify`."""
        found = self.embed(inputs, extents)
        return self.classify(found, vocabulary), found.masks

    def embed(self, inputs: Tensor, extents: Tensor | None = None) -> MaskEmbeddings:
        """Masks and their embeddings, which know nothing of words.

        Args:
            inputs: Tensor[B, 3, H, W], normalised and padded.
            extents: Tensor[B, 2], the share of height and width that is image. Defaults to None, all is.
        """
        maps = self.backbone(inputs)
        masks, unit, no_object = self.panoptic_head.embed(self.neck(maps, extents), extents)
        if self.ensemble is None:
            return MaskEmbeddings(masks, unit, no_object)
        inside = masks > 0
        if extents is not None:
            inside = inside & image_mask(extents, masks)
        last_map = maps[-1]
        inside = F.adaptive_avg_pool2d(inside.to(last_map.dtype), last_map.shape[-2:])
        pooled = self.backbone.mask_pool(last_map, inside)
        return MaskEmbeddings(masks, unit, no_object, F.normalize(pooled.float(), dim=-1))

    def classify(
        self, found: MaskEmbeddings, vocabulary: EncodedVocabulary | None = None
    ) -> Tensor:
        """Class logits [B, Q, C + 1], or log probabilities where CLIP's scores are taken in.

        ``vocabulary`` takes the place of the model's own.
        """
        classifier = self.panoptic_head.cls_embed
        logits = classifier.logits(found.unit, found.no_object, vocabulary)
        if self.ensemble is None or found.clip_unit is None:
            return logits
        cosine = classifier.class_cosine(found.clip_unit, vocabulary)
        clip = (self.ensemble.get('scale', 100.0) * cosine).softmax(-1)
        is_seen = self.is_seen if vocabulary is None else vocabulary.is_seen
        return geometric_ensemble(
            logits, clip, is_seen, self.ensemble['alpha'], self.ensemble['beta']
        )

"""Panoptic head of dynamic kernels, classified against a text classifier."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from mmdet.models.dense_heads.anchor_free_head import AnchorFreeHead
from mmdet.registry import TASK_UTILS
from mmdet.structures import SampleList
from torch import Tensor, nn

from seg.models.heads.batched_loss import BatchedLossHead
from seg.models.layers import padding
from seg.models.layers.cosine_classifier import CosineClassifier
from seg.models.layers.kernel_stage import KernelStage, hard_mask_pool
from seg.models.layers.padding import image_extents, metas_of
from seg.models.vocabulary import EncodedVocabulary
from seg.registry import MODELS
from seg.text_classifier import load_classifier

_CROSS_ENTROPY = {'type': 'mmdet.CrossEntropyLoss', 'loss_weight': 1.0}


@MODELS.register_module()
class DynamicKernelHead(BatchedLossHead):
    """Queries as dynamic kernels, refined in stages by what their masks cover.

    In each stage the masks pool features, a gated update refines the kernels (K-Net, arXiv
    2106.14855; YOSO, arXiv 2303.14651), queries exchange information, and masks and class
    embeddings are predicted. Every stage is supervised. Matching, losses and targets are those of
    mmdet's ``Mask2FormerHead``; there is no deformable attention and no compiled op.

    Args:
        in_channels: Channels C of the fused map.
        num_things_classes: Number of thing classes, the first ones of the classifier.
        num_stuff_classes: Number of stuff classes, which follow.
        ov_classifier_name: Name of the text classifier file, see
            :func:`~seg.text_classifier.load_classifier`.
        classifier: Tensor[C, K, D] in its place.
        num_queries: Number Q of queries. Defaults to 100.
        num_stages: Number S of stages. Defaults to 3.
        num_heads: Attention heads. Defaults to 8.
        semantic_points: Pixels an image at which the fused map itself is classified as an
            auxiliary loss; 0 turns it off. Defaults to 1024.
        loss_semantic: Config of that loss; None turns it off too. Defaults to cross-entropy of
            weight 1.
        loss_cls: Config of the class loss; ``class_weight`` is the weight of "no object". Defaults
            to None, as all of the following, for the loss of Mask2Former.
        loss_mask: Config of the mask loss.
        loss_dice: Config of the dice loss.
        train_cfg: Assigner, sampler and point sampling, as for ``Mask2FormerHead``.
        test_cfg: As for ``Mask2FormerHead``.
        init_cfg: See mmengine's ``BaseModule``.

    Raises:
        FileNotFoundError: If there is no such classifier file; names the command that makes it.
        ValueError: If the classifier is damaged or its number of classes is another one.
    """

    def __init__(
        self,
        in_channels: int,
        num_things_classes: int,
        num_stuff_classes: int,
        ov_classifier_name: str | None = None,
        classifier: Tensor | None = None,
        num_queries: int = 100,
        num_stages: int = 3,
        num_heads: int = 8,
        semantic_points: int = 1024,
        loss_semantic: dict | None = _CROSS_ENTROPY,
        loss_cls: dict | None = None,
        loss_mask: dict | None = None,
        loss_dice: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super(AnchorFreeHead, self).__init__(
            init_cfg=init_cfg
        )  # Mask2Former's wants a pixel decoder
        if classifier is None and ov_classifier_name is not None:
            classifier = load_classifier(ov_classifier_name)
        elif classifier is None or ov_classifier_name is not None:
            raise ValueError('give either ov_classifier_name or classifier')
        self.num_queries = num_queries
        self.semantic_points = semantic_points if loss_semantic else 0
        self.cls_embed = CosineClassifier(classifier)
        self._set_kinds(num_things_classes, num_stuff_classes)

        channels = in_channels
        self.kernels = nn.Embedding(num_queries, channels)
        self.positions = nn.Embedding(num_queries, channels)
        self.mask_features = nn.Conv2d(channels, channels, 1)
        self.stages = nn.ModuleList(KernelStage(channels, num_heads) for _ in range(num_stages))
        self.mask_embed = _mlp(channels, channels)
        self.class_embed = _mlp(channels, self.cls_embed.embed_dim)
        self.pooled_embed = nn.Linear(channels, self.cls_embed.embed_dim)

        self.train_cfg, self.test_cfg = train_cfg, test_cfg
        if train_cfg:
            self.assigner = TASK_UTILS.build(train_cfg['assigner'])
            self.sampler = TASK_UTILS.build(train_cfg['sampler'], default_args=dict(context=self))
            self.num_points = train_cfg.get('num_points', 12544)
            self.oversample_ratio = train_cfg.get('oversample_ratio', 3.0)
            self.importance_sample_ratio = train_cfg.get('importance_sample_ratio', 0.75)
            self._build_losses(loss_cls, loss_mask, loss_dice, loss_semantic)

    def init_weights(self) -> None:
        """Keep torch's own initialisation: the parent's would look for its pixel decoder."""

    def use(self, vocabulary: EncodedVocabulary) -> None:
        """Exchange the vocabulary of a built model."""
        self.cls_embed.use(vocabulary)
        self._set_kinds(vocabulary.num_things, vocabulary.num_stuff)

    def forward(
        self, x: Tensor, batch_data_samples: SampleList | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Class logits and mask logits of all stages, the first before any update.

        Args:
            x: The fused map, Tensor[B, C, H, W].
            batch_data_samples: Tell how much of the map is padding, which is not pooled.
                Defaults to None, nothing is.

        Returns:
            S + 1 tensors [B, Q, classes + 1] and S + 1 tensors of mask logits, [B, Q, H, W] for the
            last stage and half as high and wide for those before.
        """
        all_logits, all_masks = [], []
        for kernels, pooled, masks in self._refine(
            x, image_extents(metas_of(batch_data_samples), x)
        ):
            all_logits.append(self.cls_embed(self._embedding(kernels, pooled)))
            all_masks.append(masks)
        return all_logits, all_masks

    def embed(
        self, features: Tensor, extents: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What the last stage finds, before any word is asked.

        Args:
            features: The fused map, Tensor[B, C, H, W].
            extents: Tensor[B, 2], the share of height and width that is image. Defaults to None, all is.

        Returns:
            Mask logits [B, Q, H, W], unit embeddings [B, Q, D] and logits of "no object" [B, Q].
        """
        *_, (kernels, pooled, masks) = self._refine(features, extents)
        return masks, *self.cls_embed.embed(self._embedding(kernels, pooled))

    def _refine(
        self, features: Tensor, extents: Tensor | None
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Kernels, pooled features [B, Q, C] and mask logits [B, Q, h, w] of stage after stage."""
        # A mask is linear in the features: of their means over 2 x 2 pixels it is the mean of masks.
        coarse = padding.halved(features, extents)
        is_image = None if extents is None else padding.image_mask(extents, coarse)
        kernels = self.kernels.weight.expand(
            features.shape[0], -1, -1
        )  # len would fix it in an export
        pooled: Tensor | None = None
        for stage in (None, *self.stages):
            if stage is not None:
                kernels = stage(kernels, pooled, self.positions.weight)
            embedded = self.mask_embed(kernels)
            masks = self._masks(embedded, coarse)
            pooled = hard_mask_pool(coarse, masks, is_image)
            is_last = stage is self.stages[-1]
            yield kernels, pooled, self._masks(embedded, features) if is_last else masks

    def _masks(self, embedded: Tensor, features: Tensor) -> Tensor:
        """Mask logits of embeddings Tensor[B, Q, C] over a map Tensor[B, C, H, W], [B, Q, H, W]."""
        # The 1 x 1 convolution goes into the kernels: C x C products a query and not a pixel.
        weight, bias = self.mask_features.weight.flatten(1), self.mask_features.bias
        assert bias is not None  # as it was made
        return torch.baddbmm(
            (embedded @ bias)[..., None], embedded @ weight, features.flatten(2)
        ).unflatten(2, features.shape[2:])

    def _embedding(self, kernels: Tensor, pooled: Tensor) -> Tensor:
        """Embeddings of queries in the joint image-text space, Tensor[B, Q, D], not normalised."""
        return self.class_embed(kernels) + self.pooled_embed(pooled)

    def loss(self, x: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Losses of all stages, and of the fused map's own classification if that is on."""
        losses = super().loss(x, batch_data_samples)
        if self.semantic_points:
            losses['loss_semantic'] = self._semantic_loss(x, batch_data_samples)
        return losses

    def predict(self, x: Tensor, batch_data_samples: SampleList) -> tuple[Tensor, Tensor]:
        """Class logits [B, Q, classes + 1] and mask logits [B, Q, H, W] of the last stage.

        The masks stay at the size of the fused map; :class:`SparseFusionHead` resizes those it keeps.
        """
        extents = image_extents(metas_of(batch_data_samples), x)
        masks, unit, no_object = self.embed(x, extents)
        return self.cls_embed.logits(unit, no_object), masks

    def _set_kinds(self, num_things_classes: int, num_stuff_classes: int) -> None:
        if num_things_classes + num_stuff_classes != self.cls_embed.num_classes:
            raise ValueError(
                f'{num_things_classes} things and {num_stuff_classes} stuff classes do not make the '
                f'{self.cls_embed.num_classes} classes of the text classifier'
            )
        self.num_things_classes = num_things_classes
        self.num_stuff_classes = num_stuff_classes
        self.num_classes = num_things_classes + num_stuff_classes

    def _build_losses(self, loss_cls, loss_mask, loss_dice, loss_semantic) -> None:
        loss_cls = dict(loss_cls or dict(type='mmdet.CrossEntropyLoss', loss_weight=2.0))
        no_object = loss_cls.pop('class_weight', 0.1)
        self.class_weight = [1.0] * self.num_classes + [no_object]
        self.loss_cls = MODELS.build({**loss_cls, 'class_weight': self.class_weight})
        self.loss_mask = MODELS.build(
            loss_mask or dict(type='mmdet.CrossEntropyLoss', use_sigmoid=True, loss_weight=5.0)
        )
        self.loss_dice = MODELS.build(
            loss_dice
            or dict(type='mmdet.DiceLoss', activate=True, naive_dice=True, eps=1.0, loss_weight=5.0)
        )
        if self.semantic_points:
            self.loss_semantic = MODELS.build(loss_semantic)

    def _semantic_loss(self, features: Tensor, batch_data_samples: SampleList) -> Tensor:
        """Cross-entropy of the fused map at random pixels, against the same text classifier."""
        maps = torch.stack([sample.gt_sem_seg.sem_seg[0] for sample in batch_data_samples])
        points = torch.rand(len(maps), self.semantic_points, 2, device=features.device)
        points = padding.within_images(points, image_extents(metas_of(batch_data_samples), points))
        sampled = F.grid_sample(features, 2 * points[:, None] - 1, align_corners=False)[:, :, 0]
        x, y = (points * points.new_tensor(maps.shape[:0:-1])).long().unbind(-1)
        labels = maps[torch.arange(len(maps), device=maps.device)[:, None], y, x].long()
        is_labelled = labels < self.num_classes
        logits = self.cls_embed(self.pooled_embed(sampled.transpose(1, 2)))[is_labelled]
        return self.loss_semantic(
            logits, labels[is_labelled], avg_factor=is_labelled.sum().clamp(min=1)
        )


def _mlp(channels: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(channels, channels),
        nn.ReLU(inplace=True),
        nn.Linear(channels, channels),
        nn.ReLU(inplace=True),
        nn.Linear(channels, out),
    )

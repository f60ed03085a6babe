"""The detector whose masks and embeddings come from an exported file."""

from pathlib import Path
from typing import Any

import torch
from mmdet.models.detectors.base import BaseDetector
from torch import Tensor, nn

from seg.models.detectors.open_vocab_maskformer import OpenVocabMaskFormer
from seg.models.exported.description import Description
from seg.models.exported.graph import CLIP_OUTPUT
from seg.models.exported.runtimes import DEFAULT_RUNTIME, open_runtime
from seg.models.layers.cosine_classifier import CosineClassifier
from seg.models.mask_embeddings import MaskEmbeddings
from seg.models.vocabulary import EncodedVocabulary
from seg.registry import MODELS
from seg.text_classifier import load_classifier


@MODELS.register_module()
class ExportedMaskFormer(OpenVocabMaskFormer):
    """An :class:`OpenVocabMaskFormer` that a runtime runs up to its masks and embeddings.

    Preprocessing, words and post-processing are those of the model that was exported.

    Args:
        file: What ``tools/export.py`` wrote.
        runtime: One of :data:`~seg.models.exported.runtimes.RUNTIMES`. Defaults to the first.
        threads: Threads of the runtime. Defaults to 0, its own choice.
        panoptic_head: ``num_things_classes``, ``num_stuff_classes`` and ``ov_classifier_name`` or
            ``classifier``, as :class:`~seg.models.heads.DynamicKernelHead` takes them; none of them is
            looked at where the words are folded into the file.
        panoptic_fusion_head: As for mmdet's ``MaskFormer``.
        data_preprocessor: As for mmdet's ``MaskFormer``; its numbers must be the file's.
        test_cfg: As for mmdet's ``MaskFormer``.
        ensemble: As for :class:`OpenVocabMaskFormer`.

    Raises:
        FileNotFoundError: If the file or the classifier is not there.
        ValueError: If the file is none of RPS or of another model, or the runtime is not installed.
    """

    def __init__(
        self,
        file: str,
        panoptic_head: dict,
        panoptic_fusion_head: dict,
        data_preprocessor: dict,
        runtime: str = DEFAULT_RUNTIME,
        threads: int = 0,
        test_cfg: dict | None = None,
        ensemble: dict | None = None,
    ) -> None:
        BaseDetector.__init__(self, data_preprocessor=data_preprocessor)
        path = Path(file)
        self._run = open_runtime(path, runtime, threads)
        self.description = Description.from_metadata(self._run.metadata(), path)
        _require_same_pixels(data_preprocessor, self.description, path)
        if self.is_fixed:
            things, stuff = self.description.num_things, self.description.num_stuff
            classifier = None
        else:
            things, stuff = panoptic_head['num_things_classes'], panoptic_head['num_stuff_classes']
            classifier = panoptic_head.get('classifier')
            if classifier is None:
                classifier = load_classifier(panoptic_head['ov_classifier_name'])
            _require_same_words(classifier, ensemble, self.description, path)
        self.panoptic_head = _Words(classifier, things, stuff, self.description)
        self.panoptic_fusion_head = MODELS.build(
            {
                **panoptic_fusion_head,
                'num_things_classes': things,
                'num_stuff_classes': stuff,
                'test_cfg': test_cfg,
            }
        )
        self.ensemble = None if self.is_fixed else ensemble
        self.num_things_classes, self.num_stuff_classes = things, stuff
        self.num_classes = things + stuff
        self.train_cfg, self.test_cfg = None, test_cfg
        self.register_buffer(
            'is_seen', torch.ones(self.num_classes, dtype=torch.bool), persistent=False
        )

    @property
    def is_fixed(self) -> bool:
        """Whether the words are folded into the file."""
        return self.description.words == 'fixed'

    @property
    def vocabulary(self) -> EncodedVocabulary:
        """The model's own vocabulary."""
        if not self.is_fixed:
            return super().vocabulary
        nothing = self.is_seen.new_zeros(0)
        return EncodedVocabulary(
            self.description.classes, self.num_things_classes, nothing, nothing.long(), self.is_seen
        )

    def use(self, vocabulary: EncodedVocabulary) -> None:
        """Exchange the vocabulary.

        Raises:
            ValueError: If the file's own is folded in and another one.
        """
        self.description.require_words(vocabulary.classes)
        if not self.is_fixed:
            super().use(vocabulary)

    def embed(self, inputs: Tensor, extents: Tensor | None = None) -> MaskEmbeddings:
        """Masks and their embeddings, see the parent."""
        words = self.panoptic_head.cls_embed
        found = self._outputs(inputs, extents, vocabulary=words.rows[:1])
        return MaskEmbeddings(
            found['masks'], found['embeddings'], found['no_object'], found.get(CLIP_OUTPUT)
        )

    def find(
        self,
        inputs: Tensor,
        extents: Tensor | None = None,
        vocabulary: EncodedVocabulary | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Class logits and mask logits, see the parent."""
        if not self.is_fixed:
            return super().find(inputs, extents, vocabulary)
        if vocabulary is not None:
            self.description.require_words(vocabulary.classes)
        found = self._outputs(inputs, extents)
        return found['logits'], found['masks']

    def loss(self, batch_inputs: Tensor, batch_data_samples: Any) -> dict[str, Tensor]:
        """An exported file is not trained.

        Raises:
            ValueError: Always.
        """
        raise ValueError('an exported model is not trained; train the config it is from')

    def _outputs(self, inputs: Tensor, extents: Tensor | None, **more: Tensor) -> dict[str, Tensor]:
        height, width = inputs.shape[-2:]
        full = inputs.new_tensor([[height, width]], dtype=torch.float32)
        size = full.expand(len(inputs), -1) if extents is None else (extents * full).round()
        arrays = dict(image=inputs.float(), size=size.long(), **more)
        found = self._run({name: own.cpu().contiguous().numpy() for name, own in arrays.items()})
        return {name: torch.from_numpy(own).to(inputs.device) for name, own in found.items()}


class _Words(nn.Module):
    """What a panoptic head knows of words: the classifier and the numbers of classes."""

    def __init__(
        self, classifier: Tensor | None, things: int, stuff: int, description: Description
    ) -> None:
        super().__init__()
        if classifier is None:
            classifier = torch.zeros(1, 1, description.embed_dim)
        self.cls_embed = CosineClassifier(classifier, description.scale)
        self.num_things_classes, self.num_stuff_classes = things, stuff
        self.num_classes = things + stuff

    def use(self, vocabulary: EncodedVocabulary) -> None:
        """Exchange the vocabulary."""
        self.cls_embed.use(vocabulary)
        self.num_things_classes, self.num_stuff_classes = (
            vocabulary.num_things,
            vocabulary.num_stuff,
        )
        self.num_classes = vocabulary.num_classes


def _require_same_pixels(preprocessor: dict, description: Description, path: Path) -> None:
    """See that config and file prepare pictures alike."""
    channels = 'RGB' if preprocessor.get('bgr_to_rgb') else 'BGR'
    for name, own, wanted in (
        ('mean', tuple(preprocessor.get('mean') or ()), description.mean),
        ('std', tuple(preprocessor.get('std') or ()), description.std),
        ('order of channels', channels, description.channels),
        ('pad_size_divisor', preprocessor.get('pad_size_divisor', 1), description.pad_size_divisor),
    ):
        if own != wanted:
            raise ValueError(
                f'{path} is of another model: its {name} is {wanted}, that of the config {own}; it was '
                f'exported from {description.config}'
            )


def _require_same_words(
    classifier: Tensor, ensemble: dict | None, description: Description, path: Path
) -> None:
    """See that a classifier can classify the file's embeddings."""
    size = classifier[0].shape[-1]
    if size != description.embed_dim:
        raise ValueError(
            f'{path} is of another model: its embeddings have {description.embed_dim} numbers, those of '
            f'the text classifier {size}; it was exported from {description.config} for the text '
            f'model {description.text_model}'
        )
    if ensemble is not None and not description.has_clip:
        raise ValueError(
            f'{path} is of another model: the config wants an ensemble with a frozen CLIP, which '
            f'the file, exported from {description.config}, does not hold'
        )

"""For people: an image and, if they like, words; segments out."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from torch import Tensor, nn

from seg.apis.config.classifier import (
    templates_from_config,
    text_model_from_config,
    vocabulary_from_config,
)
from seg.apis.config.derive import derive_classes
from seg.apis.config.read import require_panoptic_model
from seg.apis.text_model import ConfiguredTextModel
from seg.models.vocabulary import EncodedVocabulary
from seg.panoptic.panoptic_map import INSTANCE_OFFSET
from seg.panoptic.segments import Segment, segments_of
from seg.registry import MODELS
from seg.runtime.checkpoint_reading import read_checkpoint
from seg.runtime.checkpoint_weights import require_weights_of
from seg.runtime.device import usable_device
from seg.runtime.image_files import explaining_transforms, read_image
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import distinct_candidates
from seg.text_classifier.word_encoder import WordEncoder

MAX_CLASSES = INSTANCE_OFFSET - 1  # the number that follows the last class is void's


class Segmenter:
    """A trained model, and the vocabulary that it uses where a call brings none.

    Calls from several threads do not disturb each other: a call changes nothing.

    Args:
        cfg: The training config.
        checkpoint: A checkpoint of it.
        device: Defaults to a GPU, or the CPU where there is none.
        things: Words in place of the config's classes, see :meth:`encode`; given these or ``stuff``, the config's
            classifier file is not read.
        stuff: The same for stuff.
        trust_checkpoint: Run what the checkpoint asks to run; by default such a one is refused.

    Attributes:
        vocabulary: The words that things and stuff named, or the config's classes.

    Raises:
        FileNotFoundError: If checkpoint or classifier are not there.
        ValueError: If the classifier does not fit the config, the checkpoint is another model's or a
            program, the device is not there, or the config is none of a panoptic model.
    """

    def __init__(
        self,
        cfg: Config,
        checkpoint: str,
        device: str | None = None,
        things: Sequence[str] = (),
        stuff: Sequence[str] = (),
        trust_checkpoint: bool = False,
    ) -> None:
        require_panoptic_model(cfg)
        self.cfg = cfg = deepcopy(cfg)
        self.device = usable_device(device)
        path = Path(checkpoint).expanduser()
        weights = read_checkpoint(path, trust=trust_checkpoint)['state_dict']
        classes = vocabulary_from_config(cfg).classes
        self._trained_on = set(distinct_candidates(split_classes(classes)))
        text_model = ConfiguredTextModel(text_model_from_config(cfg))
        self._encoder = WordEncoder(
            lambda: text_model.build().to(self.device), templates_from_config(cfg)
        )
        if things or stuff:
            cfg.model.panoptic_head.pop('ov_classifier_name', None)
            cfg.model.panoptic_head.update(
                classifier=self._classifier((*things, *stuff)),
                num_things_classes=len(things),
                num_stuff_classes=len(stuff),
            )
        else:
            derive_classes(cfg)
        self.model: nn.Module = MODELS.build(cfg.model)
        require_weights_of(self.model, weights, path)
        self.model.load_state_dict(weights)
        self.model.to(self.device).eval()
        self.pipeline = Compose(
            [step for step in cfg.test_dataloader.dataset.pipeline if _is_for_images(step)]
        )
        if things or stuff:
            self.vocabulary = self.encode(things, stuff)
        else:
            self.vocabulary = replace(self.model.vocabulary, classes=classes)

    def encode(
        self, things: Sequence[str], stuff: Sequence[str] = (), *, timeout: float | None = None
    ) -> EncodedVocabulary:
        """Words for calls of this segmenter, encoded on the spot by the config's text model.

        Candidates of earlier calls are not encoded again.

        Args:
            things: Names of the thing classes, each with its synonyms (``'cat,kitten'``).
            stuff: Names of the stuff classes.
            timeout: Seconds it may take. Defaults to any number.

        Raises:
            ValueError: If a name is empty, two classes are the same, there are more than 999, or the
                text model is not the one of training.
            TimeoutError: If it takes longer; what was encoded until then is kept for the next call.
        """
        classes = (*things, *stuff)
        rows, owner = self.model.panoptic_head.cls_embed.candidate_rows(
            self._classifier(classes, timeout)
        )
        is_seen = [bool(self._trained_on & set(own)) for own in split_classes(classes)]
        return EncodedVocabulary(
            classes, len(things), rows, owner, torch.tensor(is_seen, device=rows.device)
        )

    @torch.inference_mode()
    def __call__(
        self, image: str | np.ndarray, vocabulary: EncodedVocabulary | None = None
    ) -> tuple[np.ndarray, list[Segment]]:
        """Segment one image.

        Args:
            image: The path of a picture, which is turned upright if it has an EXIF tag, or uint8
                [H, W, 3] in BGR.
            vocabulary: What :meth:`encode` made of words. Defaults to :attr:`vocabulary`.

        Returns:
            A map of indices into the segments, int32 [H, W], -1 where there is none, and the
            segments, the largest first.

        Raises:
            FileNotFoundError: If there is no such file.
            UnreadableImageError: If it is no picture, damaged, or too narrow to be resized.
        """
        is_file = isinstance(image, str)
        pixels = read_image(image, upright=True) if is_file else image
        with explaining_transforms(image if is_file else 'given'):
            sample = self.pipeline(
                dict(img=pixels, img_shape=pixels.shape[:2], ori_shape=pixels.shape[:2])
            )
        vocabulary = vocabulary or self.vocabulary
        batch = self.model.data_preprocessor(pseudo_collate([sample]), False)
        (result,) = self.model.predict(
            batch['inputs'], batch['data_samples'], vocabulary=vocabulary
        )
        panoptic = result.pred_panoptic_seg.sem_seg[0].cpu().numpy()
        scores = result.pred_panoptic_seg.get('scores', {})
        return segments_of(panoptic, scores, vocabulary.classes, vocabulary.num_things)

    def _classifier(self, classes: Sequence[str], timeout: float | None = None) -> Tensor:
        """The text classifier [C, K, D] of C class names."""
        if len(classes) > MAX_CLASSES:
            raise ValueError(f'{len(classes)} classes; a panoptic map has at most {MAX_CLASSES}')
        return self._encoder(classes, timeout)


def _is_for_images(step: dict) -> bool:
    """Leave out what reads files: the image comes as pixels, and there is no annotation."""
    kind = step['type']
    name = kind if isinstance(kind, str) else kind.__name__
    return not name.rpartition('.')[2].startswith('Load')

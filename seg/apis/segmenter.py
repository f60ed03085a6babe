"""For people: pictures and, if they like, words; segments out."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, overload

import torch
from mmengine.registry import init_default_scope
from torch import Tensor

from seg.apis.config.classifier import templates_from_config, vocabulary_from_config
from seg.apis.config.derive import derive_classes
from seg.apis.config.image_pipeline import image_pipeline
from seg.apis.config.read import read_config
from seg.apis.picture_batch import picture_batch
from seg.apis.published.opening import Named, open_model
from seg.models.embedded.segmenter import embedded_model
from seg.models.vocabulary import EncodedVocabulary
from seg.panoptic.segmentation import Segmentation
from seg.runtime.device import usable_device
from seg.runtime.global_state import unchanged_globals
from seg.runtime.image_files import Picture, picture_path, picture_pixels
from seg.text_classifier.class_list import Words, class_names, things_and_stuff
from seg.text_classifier.prompts.features import TextEncoder
from seg.text_classifier.vocabulary import seen_classes
from seg.text_classifier.word_encoder import WordEncoder

if TYPE_CHECKING:
    from seg.models.detectors import OpenVocabMaskFormer

MAX_CLASSES = 99_999  # 20,000 objects of each still have codes of 32 bits


class Segmenter:
    """A trained model, and the vocabulary that it uses where a call brings none.

    Calls from several threads do not disturb each other, nor do segmenters in one process; neither making nor
    calling one changes what is global, see :func:`unchanged_globals`.

    Args:
        config: The training config, or its file, a program that is run. Or a published model, which is data: the
            folder that ``tools/publish_model.py`` made, or ``'hf-hub:org/name[@revision]'``.
        checkpoint: A checkpoint of the config (``'embedded'`` is the one that ships), or the ``.onnx`` file that
            ``tools/export.py`` made of one; none for a published model.
        device: Defaults to a GPU, or the CPU where there is none.
        things: Words in place of the config's classes and its classifier file, see :meth:`encode`.
        stuff: The same for stuff.
        trust_checkpoint: Run what the checkpoint asks to run; by default such a one is refused.
        runtime: What runs an exported file: ``'onnxruntime'`` (the default), ``'openvino'`` or ``'openvino-bf16'``.

    Attributes:
        vocabulary: The words that things and stuff named, or the config's classes; ``trained_on``, those of training.

    Raises:
        FileNotFoundError: If config, checkpoint, classifier or published model are not there.
        OSError: If a published model cannot be downloaded.
        ValueError: If the config cannot be read or is none of a panoptic model, the classifier does not fit it, the
            checkpoint is another model's or a program, or the device is not there.
    """

    @unchanged_globals()
    def __init__(
        self,
        config: Named,
        checkpoint: str | PathLike | None = None,
        device: str | None = None,
        things: Words = (),
        stuff: Words = (),
        trust_checkpoint: bool = False,
        runtime: str | None = None,
    ) -> None:
        things, stuff = class_names(things), class_names(stuff)
        words = things_and_stuff(things, stuff)
        cfg, source = open_model(config, checkpoint, runtime, trust=trust_checkpoint)
        init_default_scope(cfg.get('default_scope', 'seg'))
        self.cfg = cfg = deepcopy(cfg)
        self.device = usable_device(device)
        self._source = source
        self.trained_on = classes = vocabulary_from_config(cfg).classes
        self._encoder = WordEncoder(self._text_encoder, templates_from_config(cfg), source.known)
        if words:
            source.require_words(words)
        is_open = words and not source.has_fixed_words
        if is_open:
            cfg.model.panoptic_head.pop('ov_classifier_name', None)
            cfg.model.panoptic_head.update(
                classifier=self._classifier(words),
                num_things_classes=len(things),
                num_stuff_classes=len(stuff),
            )
        else:
            derive_classes(cfg)
        outputs = dict(panoptic_on=True, semantic_on=False, instance_on=False)
        cfg.model.test_cfg = {**(cfg.model.get('test_cfg') or {}), **outputs}
        self.model: OpenVocabMaskFormer = source.build_on(cfg, self.device)
        self.pipeline = image_pipeline(cfg)
        if is_open:
            self.vocabulary = self.encode(things, stuff)
        else:
            own = self.model.vocabulary
            self.vocabulary = replace(own, classes=own.classes or classes)

    @classmethod
    @unchanged_globals()
    def embedded(cls, device: str | None = None) -> 'Segmenter':
        """The model that comes with RPS, which knows a world of drawn shapes.

        Its words are the 42 classes of that world, until a call brings others.

        Args:
            device: Defaults to a GPU, or the CPU where there is none.

        Raises:
            FileNotFoundError: If its files are not there, as where ``seg`` was installed without its project.
        """
        config, checkpoint = embedded_model()
        cfg = read_config(str(config))
        known = vocabulary_from_config(cfg, 'test')
        return cls(cfg, checkpoint, device, known.things, known.stuff)

    def encode(
        self, things: Words = (), stuff: Words = (), *, timeout: float | None = None
    ) -> EncodedVocabulary:
        """Words for calls of this segmenter, encoded on the spot by the config's text model.

        Candidates of earlier calls are not encoded again. Warns of words that the text model was not trained on.

        Args:
            things: The thing classes: text such as ``'cat; dog, puppy'``, which is two classes, one of them with a
                synonym (see :func:`typed_classes`), or a list of names such as ``['cat', 'dog, puppy']``.
            stuff: The same for stuff: what cannot be counted, such as grass and sky.
            timeout: Seconds it may take. Defaults to any number.

        Raises:
            ValueError: If there are no names, one is empty, two classes are the same, there are more than 99,999,
                or the text model is not the one of training.
            TimeoutError: If it takes longer; what was encoded until then is kept for the next call.
        """
        things = class_names(things)
        classes = things_and_stuff(things, class_names(stuff))
        if not classes:
            raise ValueError("no words to look for; give e.g. 'cat; dog, puppy'")
        self._source.require_words(classes)
        if self._source.has_fixed_words:
            return self.vocabulary
        rows, owner = self.model.panoptic_head.cls_embed.candidate_rows(
            self._classifier(classes, timeout)
        )
        is_seen = torch.tensor(seen_classes(classes, self.trained_on), device=rows.device)
        return EncodedVocabulary(classes, len(things), rows, owner, is_seen)

    def set_words(self, things: Words = (), stuff: Words = ()) -> None:
        """Look for these words, as :meth:`encode` takes them, in calls that bring none."""
        self.vocabulary = self.encode(things, stuff)

    def unknown_words(self, classes: Sequence[str]) -> list[str]:
        """The words of class names that the text model was not trained on, as far as it says."""
        return self._encoder.unknown_words(classes)

    @overload
    def __call__(
        self,
        image: Picture,
        things: Words | None = None,
        stuff: Words | None = None,
        *,
        vocabulary: EncodedVocabulary | None = None,
    ) -> Segmentation: ...

    @overload
    def __call__(
        self,
        image: list[Picture] | tuple[Picture, ...],
        things: Words | None = None,
        stuff: Words | None = None,
        *,
        vocabulary: EncodedVocabulary | None = None,
        batch_size: int = 1,
    ) -> list[Segmentation]: ...

    def __call__(self, image, things=None, stuff=None, *, vocabulary=None, batch_size=1):
        """Segment a picture, or each of several.

        Args:
            image: A path or a PIL image, which is turned upright as its EXIF tag says, or an array, uint8 [H, W, 3] in
                BGR, as OpenCV and mmdet have it. A list or tuple of pictures gives a list of results.
            things: Words to look for, as :meth:`encode` takes them. Each is encoded once and kept.
            stuff: The same for stuff. With neither, the words are those of :attr:`vocabulary`.
            vocabulary: What :meth:`encode` made of words, in place of them: it saves looking them up each time.
            batch_size: Pictures of a list that go through the model together, where they are of one size.

        Raises:
            FileNotFoundError: If there is no such file.
            UnreadableImageError: If it is no picture, damaged, or too narrow to be resized.
            ValueError: If an array is of another form, or the words are none, see :meth:`encode`.

        Examples:
            >>> from seg import Segmenter
            >>> segmenter = Segmenter.embedded()
            >>> found = segmenter('picture.jpg', 'red circle, red disc; zebra', stuff='grass; sky')
            >>> found.save('found.png')
        """
        if things is not None or stuff is not None:
            if vocabulary is not None:
                raise ValueError('give words, or the vocabulary that encode made of them, not both')
            given = (() if words is None else words for words in (things, stuff))
            vocabulary = self.encode(*given)
        if not isinstance(image, (list, tuple)):
            return self._segment([image], vocabulary, ['given'])[0]
        if batch_size < 1:
            raise ValueError(f'batch size {batch_size}; expected at least 1')
        found: list[Segmentation] = []
        for at in range(0, len(image), batch_size):
            part = image[at : at + batch_size]
            found += self._segment(part, vocabulary, [f'[{at + i}]' for i in range(len(part))])
        return found

    @torch.inference_mode()
    def _segment(
        self, images: Sequence[Picture], vocabulary: EncodedVocabulary | None, names: Sequence[str]
    ) -> list[Segmentation]:
        """Segment pictures together; ``names`` are those of what has no file, for errors."""
        vocabulary = vocabulary or self.vocabulary
        paths = [picture_path(image) for image in images]
        pixels = [picture_pixels(*pair) for pair in zip(images, names, strict=True)]
        known = [str(path or name) for path, name in zip(paths, names, strict=True)]
        inputs, samples = picture_batch(self.pipeline, self.model.data_preprocessor, pixels, known)
        results = self.model.predict(inputs, samples, vocabulary=vocabulary)
        return [
            Segmentation.from_mmdet(
                own,
                result.pred_panoptic_seg.sem_seg[0].cpu().numpy(),
                result.pred_panoptic_seg.get('scores', {}),
                vocabulary.classes,
                vocabulary.num_things,
                path,
            )
            for own, path, result in zip(pixels, paths, results, strict=True)
        ]

    def _text_encoder(self) -> TextEncoder:
        with unchanged_globals(self.cfg):
            return self._source.text_encoder(self.cfg).to(self.device)

    def _classifier(self, classes: Sequence[str], timeout: float | None = None) -> Tensor:
        if len(classes) > MAX_CLASSES:
            raise ValueError(f'{len(classes)} classes; a panoptic map has at most {MAX_CLASSES}')
        return self._encoder(classes, timeout)

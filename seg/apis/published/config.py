"""The config of a published model: plain data, of which a config of mmengine is made."""

import re
from pathlib import Path
from typing import Any

import msgspec
from mmengine.config import Config

from ext.templates import get_templates
from seg.apis.config.classifier import TEXT_ENCODER
from seg.apis.published.layout import require_format
from seg.apis.published.types import check_model, check_pipeline
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.naming import classifier_name
from seg.text_classifier.vocabulary import Vocabulary

# A tag of open_clip, `embedded`, or a model on the hub: no file of whoever reads the config.
_WEIGHTS = re.compile(r'(hf-hub:[\w.-]+/)?[\w][\w.-]*(@[\w.-]+)?')


class TextModel(msgspec.Struct, forbid_unknown_fields=True):
    """The text model of training.

    Attributes:
        model_name: open_clip's name of it.
        checkpoint: A tag of open_clip, ``hf-hub:org/name`` or ``embedded``; None where it was a file.
    """

    model_name: str
    checkpoint: str | None


class Words(msgspec.Struct, forbid_unknown_fields=True):
    """A :class:`~seg.text_classifier.vocabulary.Vocabulary`."""

    dataset_name: str
    classes: list[str]
    num_things: int
    category_names: list[str] = []
    palette: list[tuple[int, int, int]] = []
    unseen: list[str] = []

    @classmethod
    def of(cls, vocabulary: Vocabulary, num_things: int) -> 'Words':
        """Those of a vocabulary."""
        return cls(
            vocabulary.dataset_name,
            list(vocabulary.classes),
            num_things,
            list(vocabulary.category_names),
            list(vocabulary.palette),
            [name for name in vocabulary.classes if name in vocabulary.unseen],
        )

    def vocabulary(self) -> Vocabulary:
        """The vocabulary.

        Raises:
            ValueError: If it cannot be one.
        """
        split_classes(self.classes)
        classifier_name('model', self.dataset_name)
        count = len(self.classes)
        if not 0 <= self.num_things <= count:
            raise ValueError(f'{self.num_things} things of {count} classes')
        for key, values in (('category_names', self.category_names), ('palette', self.palette)):
            if values and len(values) != count:
                raise ValueError(f'{key} has {len(values)} entries for {count} classes')
        return Vocabulary(
            self.dataset_name,
            tuple(self.classes),
            self.num_things,
            tuple(self.category_names),
            tuple(self.palette),
            frozenset(self.unseen),
        )


class PublishedConfig(msgspec.Struct, forbid_unknown_fields=True):
    """All that decides what a published model does, its weights and rows excepted.

    Attributes:
        format: :data:`~seg.apis.published.layout.FORMAT`.
        model: Its parts, see :mod:`seg.apis.published.types`.
        pipeline: Steps from the pixels of a picture to the model.
        vocabulary: The classes.
        templates: The prompt templates of other words.
        text_model: What encodes other words; None where it is not open_clip's.
    """

    format: int
    model: dict[str, Any]
    pipeline: list[dict[str, Any]]
    vocabulary: Words
    templates: list[str]
    text_model: TextModel | None

    def check(self) -> None:
        """See that nothing in it can run, or read a file.

        Raises:
            ValueError: If it could; names the place.
        """
        require_format(self.format, 'it')
        check_model(self.model)
        check_pipeline(self.pipeline)
        self.vocabulary.vocabulary()
        get_templates(self.templates)
        text = self.text_model
        if text is not None and text.checkpoint is not None and is_file_name(text.checkpoint):
            raise ValueError(
                f'text_model.checkpoint is {text.checkpoint!r}, expected a tag of open_clip or '
                'hf-hub:org/name'
            )

    def to_config(self, file: Path) -> Config:
        """The config that a segmenter takes, with the scope and the data set that all of them have."""
        words = self.vocabulary.vocabulary()
        dataset = dict(
            type='seg.PanopticOVDataset', vocabulary=words, pipeline=_tuples(self.pipeline)
        )
        content: dict[str, Any] = dict(
            default_scope='seg',
            model=self.model,
            templates=self.templates,
            train_dataloader=dict(dataset=dataset),
            test_dataloader=dict(dataset=dataset),
        )
        if self.text_model is not None:
            init = self.text_model.checkpoint and dict(
                type='clip_pretrain', checkpoint=self.text_model.checkpoint
            )
            content['text_model'] = dict(
                type=TEXT_ENCODER, model_name=self.text_model.model_name, init_cfg=init
            )
        return Config(content, cfg_text=f'# {file}', filename=str(file))  # else it is read again


def parse_config(content: bytes, file: Path) -> PublishedConfig:
    """The config of a published model, checked as what a stranger wrote.

    Args:
        content: Of the file.
        file: Its path, for messages.

    Raises:
        ValueError: If it is none, or names anything but parts of a model.
    """
    try:
        config = msgspec.json.decode(content, type=PublishedConfig)
        config.check()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f'{file} is no config of a published model: {error}') from None
    except RecursionError:
        raise ValueError(f'{file} is no config of a published model: too deep') from None
    except ValueError as error:
        raise ValueError(f'{file} cannot be used: {error}') from None
    return config


def is_file_name(checkpoint: str) -> bool:
    """Whether weights of a text model are, or could be, a file of this machine."""
    return _WEIGHTS.fullmatch(checkpoint) is None or Path(checkpoint).exists()


def _tuples(value: Any) -> Any:
    """Lists as tuples, which is what transforms take for sizes."""
    if isinstance(value, dict):
        return {key: _tuples(own) for key, own in value.items()}
    if not isinstance(value, list):
        return value
    if any(isinstance(own, dict) for own in value):
        return [_tuples(own) for own in value]
    return tuple(_tuples(own) for own in value)

"""The text classifiers that a config asks for, made where they are missing."""

from mmengine.config import Config

from seg.apis.config.classifier import (
    templates_from_config,
    text_model_from_config,
    vocabulary_from_config,
)
from seg.apis.config.derive import eval_hook
from seg.apis.random_classifier import MODEL_NAME, write_random_classifiers
from seg.apis.text_model import ConfiguredTextModel
from seg.runtime.launch import on_rank_zero
from seg.text_classifier.generate import Generated, generate_classifier
from seg.text_classifier.naming import classifier_name
from seg.text_classifier.vocabulary import Vocabulary


def make_classifiers(cfg: Config, *vocabularies: Vocabulary) -> list[Generated]:
    """Make the text classifiers of vocabularies with a config's text model, unless they are there.

    Raises:
        ValueError: As :func:`~seg.text_classifier.generate.generate_classifier`.
        OSError: If the text model's weights cannot be had.
    """
    text_model = ConfiguredTextModel(text_model_from_config(cfg))
    templates = templates_from_config(cfg)
    return [generate_classifier(text_model, words, templates) for words in vocabularies]


def use_random_classifier(cfg: Config) -> None:
    """Let a config train with rows of random numbers in place of a text model's.

    Its classes are told apart as well as any; words that it was not trained on mean nothing to it.
    """
    on_rank_zero(lambda: write_random_classifiers(cfg))
    for split, owner in (('train', cfg.model.panoptic_head), ('val', eval_hook(cfg))):
        if owner is not None:
            dataset_name = vocabulary_from_config(cfg, split).dataset_name
            owner.ov_classifier_name = classifier_name(MODEL_NAME, dataset_name)

"""A training on data of one's own: data, sizes and classifier put into a config."""

from collections.abc import Collection
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process

from seg.apis.classifier_files import make_classifiers, use_random_classifier
from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.own_data import fine_tune, use_own_data
from seg.runtime.launch import init_distributed
from seg.text_classifier.generate import REPLACE


def train_on_own_data(
    cfg: Config,
    folder: str,
    *,
    given: Collection[str] = (),
    rehearse: str | None = None,
    no_text_model: bool = False,
    launcher: str = 'none',
) -> None:
    """Put own data into a config, and see to their text classifier.

    A config without a ``work_dir`` gets one that is named after it and the data. One that starts from
    other weights (``load_from``) is fine-tuned.

    Args:
        cfg: A training config.
        folder: Prepared data, see :mod:`seg.datasets.own.layout`.
        given: ``--cfg-options`` that the config was read with, which stand.
        rehearse: Prepared data of classes that the model knows and is to keep.
        no_text_model: Train with random rows in place of a text model.
        launcher: As for :func:`~seg.apis.runner.build_runner`.

    Raises:
        FileNotFoundError: If a folder holds no prepared data.
        ValueError: If data or config do not fit.
        OSError: If the text model cannot be had.
    """
    use_own_data(cfg, folder, given, rehearse)
    words = vocabulary_from_config(cfg, 'val')
    if not cfg.get('work_dir'):
        cfg.work_dir = f'work_dirs/{Path(cfg.filename).stem}_{words.dataset_name}'
    init_distributed(launcher)
    if cfg.get('load_from'):
        fine_tune(cfg, given)
        if rehearse is None:
            _say('what the model knows may be forgotten; --rehearse FOLDER keeps it')
    if no_text_model:
        use_random_classifier(cfg)
        return
    try:
        made = make_classifiers(cfg, words, vocabulary_from_config(cfg))
    except OSError as error:
        raise OSError(
            f'{error}; without a text model, --no-text-model trains on the {len(words.classes)} '
            'classes alone'
        ) from None
    except ValueError as error:  # the advice is for the command that makes classifiers
        reason = str(error).replace(
            REPLACE, 'remove it, or set RPS_CLASSIFIER_ROOT to another folder'
        )
        raise ValueError(reason) from None
    for own in made:
        if own.is_new:
            _say(f'text classifier made: {own.path}')


def _say(line: str) -> None:
    if is_main_process():
        print(line, flush=True)

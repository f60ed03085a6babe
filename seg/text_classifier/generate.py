"""From a text model and class names to a classifier file, on one process or many."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from mmengine.dist import get_rank, get_world_size
from torch import Tensor

from seg.runtime.device import usable_device
from seg.runtime.launch import on_rank_zero
from seg.runtime.rank_agreement import require_agreement
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.encode import encode_classes
from seg.text_classifier.indistinct import SameFeaturesError
from seg.text_classifier.manifest import build_manifest, differences, same_weights
from seg.text_classifier.naming import (
    classifier_name,
    classifier_path,
    feature_cache_path,
    plain_name,
)
from seg.text_classifier.prompts.feature_cache import FeatureCache
from seg.text_classifier.prompts.features import TextEncoder
from seg.text_classifier.storage import (
    read_classifier,
    remove_leftovers,
    require_writable,
    save_classifier,
)
from seg.text_classifier.vocabulary import Vocabulary

#: What a person may do about a classifier that differs.
REPLACE = 'give --force to replace it, or another --out-dir'


class KnownEncoder(TextEncoder, Protocol):
    """A text encoder that says what it is.

    Attributes:
        pretrained: Where its weights come from, None for random ones.
        weights_digest: sha256 of them.
        embed_dim: Size D of its features.
    """

    pretrained: str | None
    weights_digest: str
    embed_dim: int

    def to(self, device: torch.device) -> 'KnownEncoder':
        """The encoder on another device."""


class TextModel(Protocol):
    """A text model before it is built, which may take seconds.

    Attributes:
        model_name: Its name, as the user wrote it.
        checkpoint: Where its weights are, as the user wrote it; None for random ones.
    """

    model_name: str
    checkpoint: str | None

    def identify(self) -> tuple[str, str | None]:
        """Its architecture, and what names its weights for good without reading them, if anything."""

    def build(self, precision: str) -> KnownEncoder:
        """The encoder, 'fp32', 'bf16' or 'fp16', on the CPU."""


class Generated(NamedTuple):
    """What became of a request for a classifier.

    Attributes:
        path: The tensor file.
        classifier: Tensor[C, K, D].
        prompts: Number of prompts encoded.
        seconds: Time spent encoding.
        cached: Number of candidates whose features were kept from earlier runs.
        is_new: False if the file was up to date and nothing was done.
    """

    path: Path
    classifier: Tensor
    prompts: int = 0
    seconds: float = 0.0
    cached: int = 0
    is_new: bool = False


def generate_classifier(
    text_model: TextModel,
    vocabulary: Vocabulary,
    templates: Sequence[str],
    *,
    out_dir: str | None = None,
    precision: str = 'fp32',
    device: str | None = None,
    batch_size: int = 256,
    force: bool = False,
    use_cache: bool = True,
) -> Generated:
    """Encode the class names and save the classifier, unless the same one is there already.

    Under an initialised process group the ranks share the prompts and rank 0 saves.

    Args:
        text_model: The text model.
        vocabulary: Dataset name and class names.
        templates: Prompt templates.
        out_dir: Folder of the file. Defaults to ``$RPS_CLASSIFIER_ROOT`` or ``~/.cache/embd``.
        precision: 'fp32', 'bf16' or 'fp16'.
        device: Defaults to this rank's GPU, or the CPU where there is none.
        batch_size: Prompts encoded at once.
        force: Replace a file that differs.
        use_cache: Take features kept from earlier runs, and keep those of this one.

    Raises:
        ValueError: For bad names, templates, models or weights, classes that the text model cannot
            tell apart, a file that differs without ``force``, or ranks that differ in words or
            weights.
        OSError: If weights cannot be had or the file cannot be written.
        MemoryError: If a single prompt does not fit in memory.
    """
    if batch_size < 1:
        raise ValueError(f'batch size {batch_size}; expected at least 1')
    split_classes(
        vocabulary.classes
    )  # what is wrong with the words is said before anything is read
    path = classifier_path(classifier_name(text_model.model_name, vocabulary.dataset_name), out_dir)
    target = usable_device(device)
    manifest_of = partial(
        build_manifest,
        model_name=text_model.model_name,
        dataset_name=vocabulary.dataset_name,
        classes=vocabulary.classes,
        templates=templates,
        precision=precision,
    )
    on_rank_zero(lambda: remove_leftovers(path))
    classifier = _known_up_to_date(path, text_model, manifest_of)
    if classifier is not None:
        return Generated(path, classifier)

    architecture, pretrained = text_model.identify()
    wanted = manifest_of(architecture=architecture, pretrained=pretrained)
    decides = ('dataset_name', 'classes', 'architecture', 'templates', 'precision', 'pretrained')
    require_agreement({key.replace('_', ' '): wanted[key] for key in decides})

    def up_to_date() -> Tensor | None:
        return _up_to_date(path, wanted, force=force)

    classifier = on_rank_zero(up_to_date)
    if classifier is None:
        on_rank_zero(lambda: require_writable(path))
        encoder = text_model.build(precision)
        wanted |= dict(pretrained=encoder.pretrained, weights_digest=encoder.weights_digest)
        require_agreement({'the text weights': encoder.weights_digest})
        classifier = on_rank_zero(up_to_date)
    if classifier is not None:
        return Generated(path, classifier)

    kept = _SharedCache(wanted, encoder.embed_dim) if use_cache else None
    encoder = encoder.to(target)
    try:
        encoded = encode_classes(
            encoder, vocabulary.classes, templates, kept=kept, batch_size=batch_size
        )
    except SameFeaturesError as error:
        hint = '; cached features were used; --no-cache encodes them again'
        raise ValueError(f'{error}{hint if kept and kept.was_used else ""}') from None
    del encoder  # its weights need not lie beside the copies that writing makes
    on_rank_zero(lambda: save_classifier(path, encoded.classifier, wanted))
    return Generated(
        path, encoded.classifier, encoded.prompts, encoded.seconds, encoded.kept, is_new=True
    )


class _SharedCache:
    """The features kept between runs, which rank 0 reads and writes for all ranks.

    Attributes:
        was_used: Whether any feature that was asked for was there.
    """

    def __init__(self, manifest: dict[str, Any], size: int) -> None:
        self.was_used = False
        keys = ('architecture', 'weights_digest', 'precision', 'templates')
        self._cache = FeatureCache(feature_cache_path(), {key: manifest[key] for key in keys}, size)

    def get(self, candidates: Sequence[str]) -> dict[str, Tensor]:
        found = on_rank_zero(lambda: self._cache.get(candidates))
        self.was_used |= bool(found)
        return found

    def put(self, candidates: Sequence[str], features: Tensor) -> None:
        if get_rank() == 0:
            self._cache.put(candidates, features)


def _known_up_to_date(
    path: Path, text_model: TextModel, manifest_of: Callable[..., dict[str, Any]]
) -> Tensor | None:
    """The classifier on disk where its manifest alone shows that it is the one wanted, else None.

    That takes weights with a lasting name, and the manifest's word for what open_clip calls the model.
    """
    if get_world_size() > 1:
        return None  # the ranks compare first what they are to make
    try:
        classifier, manifest = read_classifier(path)
    except (FileNotFoundError, ValueError):
        return None
    architecture, pretrained = manifest['architecture'], manifest['pretrained'] or ''
    checkpoint = text_model.checkpoint or ''
    if ':' in checkpoint:  # of the hub, whose names are exact
        is_same = checkpoint == pretrained
    else:
        is_same = plain_name(f'{architecture}:{checkpoint}') == plain_name(pretrained)
    if (
        not is_same
        or Path(checkpoint).expanduser().exists()
        or plain_name(text_model.model_name) != plain_name(architecture)
    ):
        return None
    wanted = manifest_of(architecture=architecture, pretrained=pretrained)
    return None if differences(manifest, wanted) else classifier


def _up_to_date(path: Path, wanted: dict[str, Any], *, force: bool) -> Tensor | None:
    """The classifier on disk if it is known to be the one wanted, None if it has to be made.

    Raises:
        ValueError: If the file differs or is damaged and must not be replaced.
    """
    try:
        classifier, manifest = read_classifier(path)
    except FileNotFoundError:
        return None
    except ValueError:
        if force:
            return None
        raise
    found = differences(manifest, wanted)
    if found and not force:
        raise ValueError(f'{path} already exists and differs in {"; ".join(found)}; {REPLACE}')
    return classifier if not found and same_weights(manifest, wanted) else None

"""From a text model and class names to a classifier file, on one process or many."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.dist import get_rank, get_world_size
from torch import Tensor

from seg.registry import MODELS
from seg.runtime.device import usable_device
from seg.runtime.launch import on_rank_zero
from seg.runtime.rank_agreement import require_agreement
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.feature_cache import FeatureCache
from seg.text_classifier.indistinct import require_distinct_classes, warn_of_cut_prompts
from seg.text_classifier.manifest import build_manifest, differences, same_weights
from seg.text_classifier.naming import (
    classifier_name,
    classifier_path,
    feature_cache_path,
    plain_name,
)
from seg.text_classifier.prompts.features import candidate_features
from seg.text_classifier.storage import (
    read_classifier,
    remove_leftovers,
    require_writable,
    save_classifier,
)
from seg.text_classifier.vocabulary import Vocabulary


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
    prompts: int
    seconds: float
    cached: int
    is_new: bool


def generate_classifier(
    text_model: dict[str, Any],
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
        text_model: Config of the text encoder.
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
    candidates = split_classes(vocabulary.classes)
    name = classifier_name(text_model['model_name'], vocabulary.dataset_name)
    path = classifier_path(name, out_dir)
    device = usable_device(device)
    manifest_of = partial(
        build_manifest,
        model_name=text_model['model_name'],
        dataset_name=vocabulary.dataset_name,
        classes=vocabulary.classes,
        templates=templates,
        precision=precision,
    )
    on_rank_zero(lambda: remove_leftovers(path))
    classifier = _known_up_to_date(path, text_model, manifest_of)
    if classifier is not None:
        return Generated(path, classifier, prompts=0, seconds=0.0, cached=0, is_new=False)

    from seg.models.openclip import resolve_architecture  # seconds, which only encoding needs

    architecture = resolve_architecture(text_model['model_name'])
    pretrained = _lasting_name(architecture, text_model.get('init_cfg'))
    wanted = manifest_of(architecture=architecture, pretrained=pretrained)

    decides = ('dataset_name', 'classes', 'architecture', 'templates', 'precision', 'pretrained')
    require_agreement({key.replace('_', ' '): wanted[key] for key in decides})

    def up_to_date() -> Tensor | None:
        return _up_to_date(path, wanted, force=force)

    classifier = on_rank_zero(up_to_date)
    if classifier is None:
        on_rank_zero(lambda: require_writable(path))
        encoder = MODELS.build({**text_model, 'precision': precision})
        wanted |= dict(pretrained=encoder.pretrained, weights_digest=encoder.weights_digest)
        require_agreement({'the text weights': encoder.weights_digest})
        classifier = on_rank_zero(up_to_date)
    if classifier is not None:
        return Generated(path, classifier, prompts=0, seconds=0.0, cached=0, is_new=False)

    names = distinct_candidates(candidates)
    total, ranks = len(names) * len(templates), get_world_size()
    if ranks > total:
        raise ValueError(f'{ranks} processes for {total} prompts; start at most {total}')
    if get_rank() == 0:
        warn_of_cut_prompts(encoder, names, templates)
    cache = _feature_cache(wanted) if use_cache else None
    found = on_rank_zero(lambda: cache.get(names)) if cache else {}
    missing = [name for name in names if name not in found]
    start = time.perf_counter()
    for block, rows in candidate_features(
        encoder.to(device), missing, templates, batch_size=batch_size, quiet=get_rank() > 0
    ):
        if not rows.isfinite().all():
            raise ValueError(
                f'{architecture} gave features that are not finite in {precision}; '
                'the weights are damaged, or need --precision fp32'
            )
        found.update(zip(block, rows, strict=True))
        if cache and get_rank() == 0:
            cache.put(block, rows)
    seconds = time.perf_counter() - start
    features = torch.stack([found[name] for name in names])

    def require_distinct() -> None:
        try:
            require_distinct_classes(features, candidates)
        except ValueError as error:
            cached = len(missing) < len(names)
            hint = '; features of earlier runs were used, --no-cache encodes anew' if cached else ''
            raise ValueError(f'{error}{hint}') from None

    on_rank_zero(require_distinct)
    classifier = assemble_classifier(features, candidates)
    on_rank_zero(lambda: save_classifier(path, classifier, wanted))
    return Generated(
        path,
        classifier,
        prompts=len(missing) * len(templates),
        seconds=seconds,
        cached=len(names) - len(missing),
        is_new=True,
    )


def _feature_cache(manifest: dict[str, Any]) -> FeatureCache:
    from seg.models.openclip import architecture_config

    keys = ('architecture', 'weights_digest', 'precision', 'templates')
    size = architecture_config(manifest['architecture'])['embed_dim']
    return FeatureCache(feature_cache_path(), {key: manifest[key] for key in keys}, size)


def _known_up_to_date(
    path: Path, text_model: dict[str, Any], manifest_of: Callable[..., dict[str, Any]]
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
    checkpoint = str((text_model.get('init_cfg') or {}).get('checkpoint', ''))
    if ':' in checkpoint:  # of the hub, whose names are exact
        is_same = checkpoint == pretrained
    else:
        is_same = plain_name(f'{architecture}:{checkpoint}') == plain_name(pretrained)
    if (
        not is_same
        or Path(checkpoint).expanduser().exists()
        or plain_name(text_model['model_name']) != plain_name(architecture)
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
        raise ValueError(
            f'{path} is there and differs in {"; ".join(found)}; give --force to replace it, or '
            'another --out-dir'
        )
    return classifier if not found and same_weights(manifest, wanted) else None


def _lasting_name(architecture: str, init_cfg: dict[str, Any] | None) -> str | None:
    """What names the weights for good without reading them, if anything does."""
    from seg.models.openclip import checkpoint_name

    return checkpoint_name(architecture, str(init_cfg['checkpoint'])) if init_cfg else None

"""Which classes the config of a published model may name.

mmengine imports what a ``type`` with dots names, and calls it. Even registered classes are no safe
choice: some of mmdet's detectors read a config of Python, or unpickle a checkpoint. So each place of
a config has its own list, and names are looked up in the registries alone.
"""

from collections.abc import Iterator
from typing import Any

from mmengine.registry import Registry

from seg.registry import MODELS, TRANSFORMS

#: Of each part of a model, the classes or the modules of the classes it may name.
PARTS = {
    'data_preprocessor': ('seg.PanopticDataPreprocessor', 'mmdet.DetDataPreprocessor'),
    'backbone': ('mmdet.models.backbones.', 'seg.models.backbones.'),
    'neck': ('seg.FusedFPN',),
    'panoptic_head': ('seg.DynamicKernelHead',),
    'panoptic_fusion_head': ('seg.SparseFusionHead',),
}
#: Parts of a model without a type.
SETTINGS = ('test_cfg', 'ensemble')
MODEL = ('seg.OpenVocabMaskFormer',)
# Norms, convolutions and activations within the parts.
_LAYERS = ('torch.nn.', 'mmcv.cnn.', 'mmcv.ops.')
_LAST_STEP = 'mmdet.PackDetInputs'
_STEPS = (
    'mmengine.Resize',  # mmcv's
    'mmengine.Pad',
    'mmengine.CenterCrop',
    'mmdet.Resize',
    'mmdet.FixScaleResize',
    'mmdet.FixShapeResize',
    'mmdet.ResizeShortestEdge',
    'mmdet.Pad',
    _LAST_STEP,
)
# What would read a file, or is not decided by the config.
_REFUSED = ('init_cfg', 'pretrained', 'checkpoint', 'ov_classifier_name', 'classifier', 'file')


def check_model(model: dict[str, Any]) -> None:
    """See that a model's config names nothing but parts of a model.

    Raises:
        ValueError: If it does; names the place.
    """
    _require('model', model, MODEL, MODELS)
    strange = sorted(model.keys() - {'type', *PARTS, *SETTINGS})
    if strange:
        raise ValueError(f'model.{strange[0]} is no part of a published model')
    for key, allowed in PARTS.items():
        part = model.get(key)
        if not isinstance(part, dict):
            raise ValueError(f'model.{key} is {part!r}, expected a dict')
        _require(f'model.{key}', part, allowed, MODELS)
    for key in SETTINGS:
        _require_numbers(f'model.{key}', model.get(key, {}))
    for place, key, inner in _walk(model, 'model'):
        if key.startswith('_') or key in _REFUSED:
            raise ValueError(f'{place} is nothing that a published model may set')
        if key == 'type' and place.count('.') > 2:  # a layer of a part
            _require(place.removesuffix('.type'), inner, _LAYERS, MODELS)


def _require_numbers(place: str, settings: Any) -> None:
    if not isinstance(settings, dict):
        raise ValueError(f'{place} is {settings!r}, expected a dict')
    for key, value in settings.items():
        if value is not None and not isinstance(value, bool | int | float):
            raise ValueError(f'{place}.{key} is {value!r}, expected a number')


def check_pipeline(steps: list[dict[str, Any]]) -> None:
    """See that the steps from a picture to a model name nothing else.

    Raises:
        ValueError: If they do; names the step.
    """
    if not steps or steps[-1].get('type') != _LAST_STEP:
        raise ValueError(f'pipeline does not end in {_LAST_STEP}')
    for number, step in enumerate(steps):
        place = f'pipeline.{number}'
        _require(place, step, _STEPS, TRANSFORMS)
        for inner, key, _ in _walk(step, place):
            if key.startswith('_') or (key == 'type' and inner != f'{place}.type'):
                raise ValueError(f'{inner} is nothing that a published model may set')


def registered_name(kind: Any, registry: Registry) -> str | None:
    """The name of a class in a registry or its parents: ``seg.FusedFPN``, ``mmdet.ResNet``, ``BN``."""
    for scope, classes in _families(registry):
        for name, found in classes.items():
            if found is kind:
                return name if scope == 'mmengine' and registry is MODELS else f'{scope}.{name}'
    return None


def _require(place: str, part: dict, allowed: tuple[str, ...], registry: Registry) -> None:
    name = part.get('type')
    kind = _find(name, registry) if isinstance(name, str) else None
    if kind is not None:
        module = f'{kind.__module__}.'
        full = registered_name(kind, registry)
        if any(module.startswith(one) if one[-1] == '.' else one == full for one in allowed):
            return
    raise ValueError(
        f'{place}.type is {name!r}, which is none of those that a published model may name there'
    )


def _find(name: str, registry: Registry) -> Any:
    """What a registry has under a name, as mmengine would find it, without importing for a name."""
    wanted, _, key = name.rpartition('.')
    for scope, classes in _families(registry):
        if wanted in ('', scope) and key in classes:
            return classes[key]
    return None


def _families(registry: Registry) -> Iterator[tuple[str, dict[str, Any]]]:
    """Scope and classes of a registry and its parents."""
    family: Registry | None = registry
    while family is not None:
        family.import_from_location()
        yield family.scope, family.module_dict
        family = family.parent


def _walk(node: Any, place: str) -> Iterator[tuple[str, str, dict]]:
    """Place, key and dict of all keys, also of dicts in lists."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield f'{place}.{key}', key, node
            yield from _walk(value, f'{place}.{key}')
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _walk(value, f'{place}.{number}')

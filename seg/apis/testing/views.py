"""``--tta``: the pictures of a test in several sizes and mirrored, and the model that merges what is found."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

from mmengine.config import Config, ConfigDict

from seg.apis.config.read import config_name, is_panoptic, section, type_name

#: Factors of the size of the test pipeline; each view is also mirrored.
FACTORS = (1.0, 0.75, 1.25)


def use_views(cfg: Config) -> None:
    """Let a config test with test-time augmentation, by its ``tta_model`` and ``tta_pipeline``.

    These are mmdet's names. A config of ours that leaves them out gets :class:`~seg.models.detectors.PanopticTTAModel`
    and its test pipeline in three sizes, each also mirrored.

    Args:
        cfg: A config whose test pipeline ends in ``PackDetInputs``.

    Raises:
        ValueError: If it is of no panoptic model and has no ``tta_model``, or its pipeline cannot be varied.
    """
    if not cfg.get('tta_model') and not is_panoptic(cfg):
        raise ValueError(
            f'--tta: {config_name(cfg)} has no panoptic model, whose views RPS can merge; give it tta_model '
            'and tta_pipeline, as mmdet has them'
        )
    model = cfg.get('tta_model') or dict(type='seg.PanopticTTAModel')
    for dataset in _datasets(section(cfg, 'test_dataloader.dataset')):
        dataset['pipeline'] = cfg.get('tta_pipeline') or varied(dataset['pipeline'])
    wrap = dict(type='mmengine.PrepareTTAHook', tta_cfg=model)
    cfg.custom_hooks = [*(cfg.get('custom_hooks') or ()), wrap]


def varied(pipeline: Sequence[dict]) -> list[dict]:
    """A test pipeline whose pictures are resized by each of :data:`FACTORS`, and these mirrored.

    Args:
        pipeline: With at most one ``Resize`` of fixed ``scale``, and ``PackDetInputs`` at its end.

    Raises:
        ValueError: If it does not end so.
    """
    steps = [deepcopy(step) for step in pipeline]
    names = [type_name(step).rpartition('.')[2] for step in steps]
    if not names or names[-1] != 'PackDetInputs':
        raise ValueError(
            '--tta: the test pipeline does not end in PackDetInputs; give the config a tta_pipeline of its own'
        )
    default_keys = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')
    keys = steps[-1].get('meta_keys', default_keys)
    steps[-1]['meta_keys'] = tuple(dict.fromkeys((*keys, 'flip', 'flip_direction')))
    at = names.index('Resize') if 'Resize' in names else len(steps) - 1
    sizes = [_resized(steps[at], factor) for factor in FACTORS] if names[at] == 'Resize' else []
    flips = [dict(type='mmdet.RandomFlip', prob=0.0), dict(type='mmdet.RandomFlip', prob=1.0)]
    rest = steps[at + 1 :] if sizes else steps[at:]
    ways = [*([sizes] if sizes else []), flips, *([step] for step in rest)]
    return [*steps[:at], dict(type='mmdet.TestTimeAug', transforms=ways)]


def _resized(step: dict, factor: float) -> dict:
    key = 'scale' if step.get('scale') is not None else 'scale_factor'
    value = step[key]
    if isinstance(value, (int, float)):
        return {**step, key: value * factor}
    return {**step, key: tuple(round(side * factor) for side in value)}


def _datasets(dataset: dict) -> Iterator[ConfigDict]:
    """The datasets with a pipeline, wrapped and joined ones too."""
    if 'dataset' in dataset:
        yield from _datasets(dataset['dataset'])
    elif 'datasets' in dataset:
        for part in dataset['datasets']:
            yield from _datasets(part)
    else:
        yield dataset

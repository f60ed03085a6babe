"""A config on prepared data of one's own: the data take the place of the config's, and decide sizes."""

import re
import statistics
from collections.abc import Collection
from pathlib import Path

from mmengine.config import Config, ConfigDict

from seg.apis.config.data_roots import LOADERS
from seg.apis.config.derive import EVAL_HOOK, eval_hook
from seg.apis.config.read import config_name, section, type_name
from seg.datasets.annotations import ImageEntry, read_annotations
from seg.datasets.own.layout import annotation_file, read_vocabulary

_SPLITS = {'train_dataloader': 'train', 'val_dataloader': 'val', 'test_dataloader': 'val'}
_KEYS = ('pictures', 'epochs', 'validations', 'short_side', 'rare')
_FINE_TUNING = 0.1  # of the learning rate: see docs/en/own_data.md
_OF_THE_DATA = ('vocabulary', 'metainfo')  # of the data set that a config had
_DECIDED = re.compile(
    r'\w+_dataloader\.dataset(\.datasets?(\.\d+)?)*'
    r'\.(type|data_root|ann_file|data_prefix|vocabulary|metainfo)(\.|$)'
)
_STEP = 32  # sizes are multiples of the backbone's coarsest stride


def use_own_data(
    cfg: Config, folder: str, given: Collection[str] = (), rehearse: str | None = None
) -> None:
    """Let a config train and evaluate on prepared data.

    The pipelines stay. Where the config has ``own_data``, numbers of epochs, sizes of pictures and the
    share of rare classes follow from the data, except those that ``given`` names.

    Args:
        cfg: A training config.
        folder: Prepared data, see :mod:`seg.datasets.own.layout`.
        given: ``--cfg-options`` that the config was read with; what they name stands.
        rehearse: Prepared data of classes that the model knows, which training shows as often as the new
            ones, so that it does not forget them. Defaults to None.

    Raises:
        FileNotFoundError: If the folder holds no prepared data.
        ValueError: If the data do not describe themselves, the config has no training data of its own, or
            the options name other data.
    """
    for option in given:
        key = option.partition('=')[0].strip()
        if key == 'data_root' or _DECIDED.match(key):
            raise ValueError(f'--data decides what {key} is; leave that option out')
    root = Path(folder).expanduser()
    read_vocabulary(root)  # says what is wrong with the folder before anything else
    if rehearse is not None:
        read_vocabulary(Path(rehearse).expanduser())
    for loader in LOADERS:
        innermost = section(cfg, f'{loader}.dataset')
        while 'dataset' in innermost or 'datasets' in innermost:
            innermost = innermost['dataset'] if 'dataset' in innermost else innermost['datasets'][0]
        if 'pipeline' not in innermost:
            raise ValueError(
                f'{config_name(cfg)} has no {loader}.dataset with a pipeline, which --data needs'
            )
        cfg[loader].dataset = _dataset(root, _SPLITS[loader], innermost)
    if section(cfg, 'own_data'):
        _fit(cfg, root, given)
    if rehearse is not None:
        _rehearse(cfg, root, Path(rehearse).expanduser())


def fine_tune(cfg: Config, given: Collection[str] = ()) -> None:
    """Learn at a tenth of the config's rate, as a model does that knows something already.

    Args:
        cfg: A training config.
        given: ``--cfg-options`` that the config was read with; a rate among them stands.
    """
    if not _is_given('optim_wrapper.optimizer.lr', given):
        cfg.optim_wrapper.optimizer.lr *= _FINE_TUNING


def _is_given(key: str, options: Collection[str]) -> bool:
    """Whether an option, ``KEY=VALUE``, names a key, a part of it, or what it is a part of."""
    names = [option.partition('=')[0].strip() for option in options]
    return any(f'{key}.'.startswith(f'{name}.') or name.startswith(f'{key}.') for name in names)


def _dataset(root: Path, split: str, before: dict) -> ConfigDict:
    """Prepared data in the place of other data, whose pipeline and settings stay."""
    kept = {key: value for key, value in before.items() if key not in _OF_THE_DATA}
    return ConfigDict(
        kept,
        type='seg.OwnPanopticDataset',
        data_root=str(root),
        ann_file=annotation_file(root, split).name,
        data_prefix=dict(img=f'images/{split}/', seg=f'panoptic_{split}/'),
        test_mode=split == 'val',
    )


def _rehearse(cfg: Config, root: Path, known: Path) -> None:
    """Train on both, the new data as often as the known; evaluate on the new with their own classes.

    mmengine's wrappers take no wrappers, so rare classes are not shown more often then.
    """
    counts = [len(read_annotations(annotation_file(of, 'train'))['images']) for of in (root, known)]
    own = cfg.train_dataloader.dataset
    own = own.dataset if 'dataset' in own else own
    repeated = ConfigDict(
        type='mmengine.RepeatDataset', dataset=own, times=max(1, round(counts[1] / counts[0]))
    )
    cfg.train_dataloader.dataset = ConfigDict(
        type='seg.ConcatOVDataset', datasets=[_dataset(known, 'train', own), repeated]
    )
    if eval_hook(cfg) is None:
        hook = ConfigDict(type=f'seg.{EVAL_HOOK}')
        cfg.custom_hooks = [*(cfg.get('custom_hooks') or ()), hook]


def _fit(cfg: Config, root: Path, given: Collection[str]) -> None:
    """Numbers that follow from the data, where nobody gave them."""
    settings = section(cfg, 'own_data')
    missing = [key for key in _KEYS if key not in settings]
    if missing:
        raise ValueError(f'own_data of {config_name(cfg)} lacks {", ".join(missing)}')
    images = read_annotations(annotation_file(root, 'train'))['images']
    loader = cfg.train_dataloader
    if not _is_given('train_dataloader.batch_size', given):
        loader.batch_size = min(loader.batch_size, len(images))
    least, most = settings['epochs']
    epochs = min(max(round(settings['pictures'] / len(images)), least), most)
    if not _is_given('train_cfg.max_epochs', given):
        cfg.train_cfg.max_epochs = epochs
    if not _is_given('train_cfg.val_interval', given):
        cfg.train_cfg.val_interval = max(1, cfg.train_cfg.max_epochs // settings['validations'])
    size = _picture_size(images, settings['short_side'])
    for name in LOADERS:
        if not _is_given(f'{name}.dataset.pipeline', given):
            _fit_pipeline(cfg[name].dataset.pipeline, *size)
    if settings['rare'] > 0:
        loader.dataset = ConfigDict(
            type='mmengine.ClassBalancedDataset',
            dataset=loader.dataset,
            oversample_thr=settings['rare'],
        )


def _picture_size(images: list[ImageEntry], short_side: int) -> tuple[int, int]:
    """(width, height) that most pictures have, made smaller to a short side, in steps of the stride."""
    width = statistics.median(image['width'] for image in images)
    height = statistics.median(image['height'] for image in images)
    scale = min(1.0, short_side / min(width, height))
    step = min(_STEP, int(min(width, height)))
    return (
        max(step, round(width * scale / step) * step),
        max(step, round(height * scale / step) * step),
    )


def _fit_pipeline(pipeline: list[ConfigDict], width: int, height: int) -> None:
    for step in pipeline:
        name = type_name(step).rpartition('.')[2]
        if name in ('RandomResize', 'Resize'):
            step.scale = (max(width, height), min(width, height))
        elif name == 'RandomCrop':
            step.crop_size = (height, width)

"""The test sets: files of ``configs/test_sets``, or a person's own of the same form."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from seg.apis.config.data_roots import datasets_on_disk
from seg.apis.config.derive import classifier_of, eval_hook
from seg.apis.config.read import config_path, read_config
from seg.datasets.ade20k.layout import find_ade_root
from seg.datasets.test_sets.prepared import preparation
from seg.runtime.project_files import project_folder

_FOLDER = 'configs/test_sets'
_NEEDED = ('test_dataloader', 'test_evaluator', 'outputs')
ALL = 'all'


@dataclass(frozen=True)
class TestSet:
    """A data set to be tested on.

    Attributes:
        name: As a person calls it.
        cfg: Its config, with ``test_dataloader``, ``test_evaluator`` and ``outputs``.
    """

    name: str
    cfg: Config

    def missing_folder(self) -> Path | None:
        """The folder that its data are looked for in, if that is not there."""
        for loader, dataset in datasets_on_disk(self.cfg):
            root = find_ade_root(dataset.data_root)
            if loader == 'test_dataloader' and not root.is_dir():
                return root
        return None

    def absence(self) -> str | None:
        """Why the test set cannot be tested on, and what makes it, if its folder is not there."""
        missing = self.missing_folder()
        if missing is None:
            return None
        return f'not on disk, {missing} does not exist{preparation(self.name)}'

    def annotation_stamp(self) -> list[str]:
        """Size and time of the annotation file, where there is one: they change with what it holds."""
        dataset = self.cfg.test_dataloader.dataset
        file = Path(dataset.get('data_root') or '', dataset.get('ann_file') or '')
        if not file.is_file():
            return []
        stat = file.stat()
        return [str(stat.st_size), str(stat.st_mtime_ns)]


def known_test_sets() -> list[str]:
    """The names of those in ``configs/test_sets``."""
    return sorted(path.stem for path in (project_folder() / _FOLDER).glob('*.py'))


def find_test_sets(names: Sequence[str]) -> list[TestSet]:
    """The test sets that a person names; ``'all'`` is all of ``configs/test_sets``.

    Raises:
        ValueError: If one is neither known nor a config file, lacks what a test set has, or two have one
            name, under which their results are kept.
    """
    known = known_test_sets()
    wanted = dict.fromkeys(name for given in names for name in (known if given == ALL else [given]))
    found = {}
    for given in wanted:
        own = _read(given, known)
        if own.name in found:
            raise ValueError(f'two test sets are called {own.name}; rename the file {given}')
        found[own.name] = own
    return list(found.values())


def _read(name: str, known: Sequence[str]) -> TestSet:
    if name in known:
        path = config_path(f'{_FOLDER}/{name}.py')
    elif (path := Path(name).expanduser()).suffix != '.py' or not path.is_file():
        raise ValueError(
            f'test set {name!r} is none of {", ".join(known)}, nor a config file; {ALL} stands for all '
            'of these'
        )
    cfg = read_config(str(path))
    missing = [key for key in _NEEDED if key not in cfg]
    if missing:
        raise ValueError(f'test set {path} has no {" and no ".join(missing)}')
    return TestSet(path.stem, cfg)


def config_on(cfg: Config, test_set: TestSet, dataset_name: str) -> Config:
    """The config of a model, to be tested on a test set.

    Args:
        cfg: The training config, not changed.
        test_set: The test set.
        dataset_name: That of its vocabulary, after which the classifier is named.
    """
    cfg = deepcopy(cfg)
    cfg.test_dataloader = test_set.cfg.test_dataloader
    cfg.test_evaluator = test_set.cfg.test_evaluator
    cfg.test_cfg = cfg.get('test_cfg') or dict(type='TestLoop')
    cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
    cfg.model.test_cfg = {**(cfg.model.get('test_cfg') or {}), **test_set.cfg.outputs}
    hook = eval_hook(cfg)
    others = [own for own in cfg.get('custom_hooks') or () if own is not hook]
    own = dict(type='seg.EvalVocabularyHook', ov_classifier_name=classifier_of(cfg, dataset_name))
    cfg.custom_hooks = [*others, own, dict(type='seg.ProgressHook', name=test_set.name)]
    cfg.log_level = 'WARNING'  # the table says it all
    if cfg.get('visualizer'):
        cfg.visualizer.vis_backends = []  # each would write the whole config, for seconds
    return cfg

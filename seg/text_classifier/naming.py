"""The one place where a classifier's name and its path are decided."""

import os
import unicodedata
from pathlib import Path

from seg.runtime.project_files import how_to_run, is_clone

ROOT_VARIABLE = 'RPS_CLASSIFIER_ROOT'
DEFAULT_ROOT = '~/.cache/embd'
#: Stands in :func:`generation_command` for a config that only the caller knows.
UNKNOWN_CONFIG = 'YOUR_TRAINING_CONFIG'


def classifier_name(model_name: str, dataset_name: str) -> str:
    """Name of the text classifier of a text model and a dataset, ``{model}_{dataset}``.

    The same string is the config's ``ov_classifier_name`` and the stem of the file. The model name
    stays as the user wrote it, but for a slash, which becomes a dash (``ViT-B/16`` gives
    ``ViT-B-16_...``).

    Raises:
        ValueError: If either part is empty or cannot be part of a file name, or the dataset's ends in
            ``.pth``, which would be taken as a path.
    """
    model_part = str(model_name).replace('/', '-')
    for role, part in (('model name', model_part), ('dataset name', str(dataset_name))):
        if (
            not part.strip()
            or part.startswith('.')
            or any(c in '/\\' or unicodedata.category(c) in ('Cc', 'Cs') for c in part)
        ):
            raise ValueError(f'{part!r} cannot be the {role} in a classifier file name')
    if str(dataset_name).endswith('.pth'):
        raise ValueError(
            f'dataset name {dataset_name!r} ends in .pth, which the file gets by itself; leave it out'
        )
    return f'{model_part}_{dataset_name}'


def plain_name(name: str) -> str:
    """A name of a text model or its weights without what may be written in several ways."""
    return str(name).strip().lower().replace('_', '-').replace('/', '-')


def classifier_root(root: str | os.PathLike | None = None) -> Path:
    """Folder of the classifier files: ``root``, else ``$RPS_CLASSIFIER_ROOT``, else ``~/.cache/embd``."""
    return Path(root or os.environ.get(ROOT_VARIABLE) or DEFAULT_ROOT).expanduser()


def classifier_path(name: str, root: str | os.PathLike | None = None) -> Path:
    """Path of the tensor file of the classifier ``name``; a name that is a ``.pth`` path is taken as it is."""
    if str(name).endswith('.pth'):
        return Path(name).expanduser()
    return classifier_root(root) / f'{name}.pth'


def feature_cache_path() -> Path:
    """Path of the features kept between runs, in the default folder of the classifier files."""
    return classifier_root() / 'features.sqlite'


def manifest_path(path: Path) -> Path:
    """Path of the manifest beside the tensor file ``path``."""
    return path.with_name(path.name.removesuffix('.pth') + '.json')


def generation_command(name: str) -> str:
    """The command that makes the classifier ``name``, for error messages."""
    stem = Path(name).name.removesuffix('.pth')
    tool = how_to_run('tools/gen_cls.py')
    of_ade20k = f'{tool} configs/reg_sam/gen_ade20k_classifier.py'
    for dataset, command in (
        ('ADE20KPanopticDataset', './gen_ade20k_classifier.sh' if is_clone() else of_ade20k),
        ('CocoPanopticOVDataset', f'{tool} configs/reg_sam/regnet_coco.py'),
    ):
        if stem.endswith(f'_{dataset}'):
            model = stem.removesuffix(f'_{dataset}')
            return command if model == 'convnext_large_d_320' else f'{command} --model {model}'
    return f'{tool} {UNKNOWN_CONFIG}'

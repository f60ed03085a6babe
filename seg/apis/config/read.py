"""Reading a config file, with errors for the person who wrote its name."""

from pathlib import Path

from mmengine.config import Config
from mmengine.config.lazy import LazyAttr, LazyObject
from mmengine.registry import init_default_scope

from seg.apis.config.data_roots import expand_data_roots, set_data_root
from seg.apis.config.errors import describe_config_error
from seg.apis.config.options import apply_option
from seg.runtime.project_files import project_folder

_MMDET_HEADS = ('MaskFormerHead', 'Mask2FormerHead')


def read_config(filename: str, options: list[str] | None = None) -> Config:
    """Read a config and make its ``default_scope`` the current one.

    Args:
        filename: The config file, see :func:`config_path`.
        options: ``KEY=VALUE`` strings that change it, see :func:`apply_option`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read as a config, or an option has no ``=`` or does not fit.
    """
    path = config_path(filename)
    if path.suffix not in ('.py', '.json', '.yaml', '.yml'):
        raise ValueError(f'config {path} is no .py, .json or .yaml file')
    try:
        cfg = Config.fromfile(path)
    except Exception as error:  # a config is a program: it may raise anything
        raise ValueError(f'cannot read config {path}: {describe_config_error(error)}') from error
    for option in options or ():
        if apply_option(cfg, option) == 'data_root':
            set_data_root(cfg, cfg.data_root)  # the datasets took theirs when the config was read
    expand_data_roots(cfg)
    init_default_scope(cfg.get('default_scope', 'seg'))
    return cfg


def config_path(filename: str) -> Path:
    """Find a config: the file itself, else the config of RPS that is called so, in any folder.

    Args:
        filename: A path; ``configs/reg_sam/regnet_shapes.py`` also names what RPS brings with it.

    Raises:
        FileNotFoundError: If there is neither.
    """
    path = Path(filename).expanduser()
    if path.is_file():
        return path
    own = project_folder() / path
    if path.parts[:1] == ('configs',) and own.is_file():
        return own
    raise FileNotFoundError(f'config {path} does not exist')


def section(cfg: Config, key: str) -> dict:
    """A part of a config that has to be a dict.

    Args:
        cfg: The config.
        key: Its place, with dots.

    Returns:
        The part; empty where there is none.

    Raises:
        ValueError: If it, or what it lies in, is no dict.
    """
    node = cfg
    place = ''
    for part in key.split('.'):
        place = f'{place}.{part}' if place else part
        node = node.get(part)
        if node is None:
            return {}
        if not isinstance(node, dict):
            raise ValueError(f'{place} of {config_name(cfg)} is {node!r}, expected a dict')
    return node


def is_panoptic(cfg: Config) -> bool:
    """Whether a text classifier belongs to a config's model: it has a ``model.panoptic_head``, none of mmdet's."""
    head = section(cfg, 'model.panoptic_head')
    name = type_name(head)
    return bool(head) and not name.startswith('mmdet.') and name not in _MMDET_HEADS


def require_panoptic_model(cfg: Config) -> None:
    """See that a config is of a model that a text classifier belongs to.

    Raises:
        ValueError: If it has no ``model.panoptic_head``.
    """
    if not is_panoptic(cfg):
        raise ValueError(
            f'{config_name(cfg)} has no model.panoptic_head that takes a text classifier, so it is none of a panoptic model of RPS; '
            'the tools of its own project run it'
        )


def config_name(cfg: Config) -> str:
    """The config's file, for messages."""
    return f'config {cfg.filename}' if cfg.filename else 'the config'


def type_name(cfg: dict) -> str:
    """Dotted name of a config's ``type``, without importing it, which may take seconds.

    Args:
        cfg: A part of a config; its ``type`` is a name, a class, or a class not imported yet.

    Returns:
        The name as written, or the module and the name of the class.
    """
    kind = dict.get(cfg, 'type', '')  # ConfigDict's own look-up imports
    if isinstance(kind, (LazyObject, LazyAttr)):
        return f'{kind.module}.{kind}'
    return kind if isinstance(kind, str) else f'{kind.__module__}.{kind.__qualname__}'

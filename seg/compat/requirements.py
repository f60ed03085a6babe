"""Says which part of the MM stack is missing, and the command that installs it."""

from importlib.util import find_spec

# Import name -> the distribution we install and test; the originals serve as well.
_DISTRIBUTIONS = {
    'mmengine': 'onedl-mmengine',
    'mmcv': 'onedl-mmcv',
    'mmdet': 'onedl-mmdetection',
}


def require_mm() -> None:
    """Check, without importing them, that mmengine, mmcv and mmdet can be imported.

    Raises:
        ModuleNotFoundError: If one of them is not installed.
    """
    missing = [name for name in _DISTRIBUTIONS if find_spec(name) is None]
    if missing:
        named = ', '.join(f'{name} (distribution {_DISTRIBUTIONS[name]})' for name in missing)
        raise ModuleNotFoundError(
            f'Not installed: {named}. In the folder of RPS, run: pip install -e ".[mm]"',
            name=missing[0],
        )

"""Which packages RPS needs, the oldest versions it was tested with, and what to run where one is missing.

``setup.py`` takes the bounds from here. The module imports nothing of ours, so that it can run alone.
"""

import re
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

# Distribution -> oldest version. Every one was run by the whole test suite: see the README's table.
OLDEST = {
    'torch': '2.4.0',
    'torchvision': '0.19.0',
    'open_clip_torch': '3.2.0',
    'timm': '1.0.21',
    'safetensors': '0.4.3',
    'huggingface_hub': '0.34.0',
    'PyYAML': '6.0.1',
    'numpy': '1.26.0',
    'pillow': '10.3.0',
    'pycocotools': '2.0.7',
    'hotcoco': '1.3.0',
    'scipy': '1.11.4',
    'matplotlib': '3.8.4',
    'fonttools': '4.43.0',
    'terminaltables': '3.1.10',
    'tqdm': '4.66.3',
    'packaging': '23.2',
    'filelock': '3.13.1',
    'msgspec': '0.19.0',
    'shtab': '1.7.0',
}
# OpenCV comes with mmcv, as one of two distributions that write the same folder. So it belongs to the
# extra: where the one is installed, asking for the other would lay it over the first.
OPENCV = {'opencv-python': '4.9.0.80', 'opencv-python-headless': '4.9.0.80'}
# Import name -> distribution and version of the maintained fork, oldest version of the original.
_MM = {
    'mmengine': ('onedl-mmengine', '0.10.12', '0.10.7'),
    'mmcv': ('onedl-mmcv', '2.3.6', '2.1.0'),
    'mmdet': ('onedl-mmdetection', '3.5.1', '3.3.0'),
}
FORKS = [f'{fork}>={oldest}' for fork, oldest, _ in _MM.values()]
MM = [*FORKS, f'opencv-python>={OPENCV["opencv-python"]}']

# Reads and writes videos, which asks for it itself: FFmpeg, without a program of that name.
VIDEO = 'av>=17.1'


def require_packages() -> None:
    """Check, without importing them, that the MM stack is there and that no package is too old.

    Raises:
        ModuleNotFoundError: If mmengine, mmcv or mmdet is not installed.
        ImportError: If a package is older than what RPS was tested with, or mmdet refuses the mmcv
            that is installed.
    """
    missing = [name for name in _MM if _init_file(name) is None]
    if missing:
        named = ', '.join(f'{name} (distribution {_MM[name][0]})' for name in missing)
        raise ModuleNotFoundError(f'Not installed: {named}. Run: {_pip(FORKS)}', name=missing[0])
    from packaging.version import Version

    mm = {name: Version(mm_version(name)) for name in _MM}
    ours = {**OLDEST, **OPENCV}
    installed = {
        **mm,
        **{name: Version(version) for name in ours if (version := _installed(name))},
    }
    oldest = {**{name: of for name, (_, _, of) in _MM.items()}, **ours}
    old = [name for name, version in installed.items() if version < Version(oldest[name])]
    if old:
        named = ', '.join(f'{name} {installed[name]} (needs {oldest[name]})' for name in old)
        newer = [f'{name}>={oldest[name]}' for name in old]
        raise ImportError(f'Too old for RPS: {named}. Run: {_pip(newer)}')
    if mm['mmdet'] < Version('3.4') and mm['mmcv'] >= Version('2.2'):
        raise ImportError(
            f'mmdet {mm["mmdet"]} refuses mmcv {mm["mmcv"]}: it takes 2.1. Run: '
            'pip uninstall -y mmcv mmcv-lite && pip install mmcv-lite==2.1.0'
        )


def mm_version(name: str) -> str:
    """Version of mmengine, mmcv or mmdet as it would be imported, a fork or the original.

    Args:
        name: The import name.
    """
    file = _init_file(name)
    assert file is not None, f'{name} is not installed'
    # The originals write it into version.py, the forks ask for that of their distribution.
    text = file.with_name('version.py').read_text(encoding='utf-8')
    literal = re.search(r"^__version__ *= *'([^']+)'", text, re.MULTILINE)
    return literal[1] if literal else metadata.version(_MM[name][0])


def _init_file(name: str) -> Path | None:
    spec = find_spec(name)
    # Python takes any folder of the name for a package, such as pip leaves behind with files not its own.
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


def _pip(requirements: list[str]) -> str:
    return 'pip install ' + ' '.join(f'"{one}"' for one in requirements)


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:  # built by hand; its import will tell
        return None

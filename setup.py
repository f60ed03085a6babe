"""Installation of RPS. The MM trio is an extra, so that an existing mmdet is left as it is."""

import runpy
from pathlib import Path

from setuptools import find_packages, setup

BOUNDS = runpy.run_path('seg/compat/requirements.py')  # what is said at import is what pip is told
# The maintained forks: import names and interfaces are those of mmengine, mmcv and mmdet.
MM = BOUNDS['FORKS']
TEST = [
    'pytest>=8',
    'pytest-xdist>=3',
    'hotcoco>=1.3',
    'psutil>=5.9',
    'ruff>=0.6',
    'selenium>=4.20',
    'tensorboard>=2.15',
    'torchmetrics>=1.4',
    'transformers>=4.50',
]
DEMO = ['gradio>=6', 'manimgx-fonts-cjk']  # Noto Sans CJK, for labels of pictures

setup(
    name='rps-seg',
    version='0.1.0',
    description='Real-time panoptic segmentation with an open vocabulary, a plugin for mmdet',
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    python_requires='>=3.10',
    packages=find_packages(include=['ext', 'ext.*', 'seg', 'seg.*']),
    package_data={
        'seg.models.embedded': ['shapes_clip/*', 'shapes_open/*'],
    },
    install_requires=[f'{name}>={oldest}' for name, oldest in BOUNDS['OLDEST'].items()],
    extras_require={'mm': MM, 'test': TEST, 'demo': DEMO, 'all': MM + TEST + DEMO},
)

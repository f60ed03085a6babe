"""Installation of RPS. The MM trio is an extra, so that an existing mmdet is left as it is."""

from pathlib import Path

from setuptools import find_packages, setup

# The maintained forks: import names and interfaces are those of mmengine, mmcv and mmdet.
MM = ['onedl-mmengine>=0.10.12', 'onedl-mmcv>=2.3.6', 'onedl-mmdetection>=3.5.1']
TEST = [
    'pytest>=8',
    'pytest-xdist>=3',
    'torchmetrics>=1.4',
    'hotcoco>=1.3',
    'ruff>=0.6',
    'selenium>=4.20',
]
DEMO = ['gradio>=6']

setup(
    name='rps-seg',
    version='0.1.0',
    description='Real-time panoptic segmentation with an open vocabulary, a plugin for mmdet',
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    python_requires='>=3.10',
    packages=find_packages(include=['ext', 'ext.*', 'seg', 'seg.*']),
    package_data={
        'seg.models.openclip': ['shapes_clip/*'],
        'seg.models.detectors': ['shapes_open/*'],
    },
    install_requires=[
        'torch>=2.1',
        'torchvision>=0.16',
        'open_clip_torch>=2.30',
        'timm>=1.0.10',
        'safetensors>=0.4',
        'numpy',
        'msgspec>=0.19',
        'typing_extensions>=4.5',
        'pillow',
        'tqdm',
    ],
    extras_require={'mm': MM, 'test': TEST, 'demo': DEMO, 'all': MM + TEST + DEMO},
)

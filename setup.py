"""What pyproject.toml cannot say: bounds that are checked at import too, and folders laid beside the code."""

import runpy
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BOUNDS = runpy.run_path('seg/compat/requirements.py')  # what is said at import is what pip is told
# The maintained forks: import names and interfaces are those of mmengine, mmcv and mmdet.
MM = BOUNDS['MM']
VIDEO = [BOUNDS['VIDEO']]
TEST = [
    *VIDEO,
    'axe-playwright-python>=0.1.4',
    'pytest>=8',
    'pytest-xdist>=3.8',  # --no-loadscope-reorder
    'import-linter>=2.15',
    'mypy>=2.4',
    'psutil>=5.9',
    'ruff>=0.6',
    'playwright>=1.49',
    'setuptools>=70.1',  # builds wheels by itself
    'tensorboard>=2.15',
    'torchmetrics>=1.4',
    'transformers>=4.50',
]
# starlette: the version that gradio asks for. Noto Sans CJK: for labels of pictures.
DEMO = ['gradio>=6', 'starlette', 'manimgx-fonts-cjk']
# Other runtimes, and what writes files for them. OpenVINO needs onnx to read what a file says of itself.
DEPLOY = ['onnx>=1.23', 'onnxruntime>=1.23', 'onnxscript>=0.7', 'openvino>=2026.4']
BESIDE = (
    'configs/**/*.py',
    'tools/*.py',
    'tools/*.sh',
    'demo/**/*.py',
    'demo/page/static/*',
    '*.sh',
)


class BuildPy(build_py):
    """Lays configs, tools and demo into a wheel at ``seg/.mim``, where OpenMMLab's mim looks for them.

    They are copied into the wheel alone: the source tree and an editable installation have no ``seg/.mim``.
    """

    def run(self):
        if not self.editable_mode:
            # Else modules that an earlier build left there would be in the wheel.
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            for target, source in self._beside().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_source_files(self):
        return [*super().get_source_files(), *self._beside().values()]

    def get_outputs(self, include_bytecode=True):
        return [*super().get_outputs(include_bytecode), *self._beside()]

    def get_output_mapping(self):
        return {**super().get_output_mapping(), **self._beside()}

    def _beside(self):
        files = sorted({file for pattern in BESIDE for file in Path().glob(pattern)})
        return {str(Path(self.build_lib, 'seg/.mim', file)): str(file) for file in files}


setup(
    install_requires=[f'{name}>={oldest}' for name, oldest in BOUNDS['OLDEST'].items()],
    extras_require={
        'mm': MM,
        'test': TEST + DEPLOY,
        'demo': DEMO,
        'video': VIDEO,
        'deploy': DEPLOY,
        'all': MM + TEST + DEMO + DEPLOY,
    },
    cmdclass={'build_py': BuildPy},
)

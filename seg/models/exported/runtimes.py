"""Runtimes that run an exported file; a new one is a class with two methods and a line in RUNTIMES."""

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from seg.models.exported.openvino_graph import mask_product_as_convolution

Arrays = dict[str, np.ndarray]

#: Inputs with a row for each picture, the pictures first; a text tower has none of them.
_OF_PICTURES = ('image', 'size')


class Runtime(Protocol):
    """A file that is ready to run, from any thread."""

    def metadata(self) -> dict[str, str]:
        """What the file says of itself."""

    def __call__(self, inputs: Arrays) -> Arrays:
        """The outputs, by name; inputs that the file does not know are left out."""


class OnnxRuntime:
    """ONNX Runtime, on a GPU where its build has one, else on the CPU.

    Args:
        path: The file.
        threads: Threads of an operator; 0 for one a core.
    """

    packages = ('onnxruntime',)

    def __init__(self, path: Path, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        there = onnxruntime.get_available_providers()
        providers = [p for p in ('CUDAExecutionProvider', 'CPUExecutionProvider') if p in there]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self._inputs = {own.name for own in self._session.get_inputs()}
        self._outputs = [own.name for own in self._session.get_outputs()]

    def metadata(self) -> dict[str, str]:
        return self._session.get_modelmeta().custom_metadata_map

    def __call__(self, inputs: Arrays) -> Arrays:
        used = {name: array for name, array in inputs.items() if name in self._inputs}
        return dict(zip(self._outputs, self._session.run(None, used), strict=True))


class OpenVino:
    """OpenVINO on the CPU.

    A file is compiled for one picture at a time, which is faster by a twentieth than for any number, and
    for any number where several come at once.

    Args:
        path: The file.
        threads: Threads; 0 for as many as OpenVINO sees fit.
        precision: 'f32', or 'bf16' for processors that have it.
    """

    packages = ('openvino', 'onnx')

    def __init__(self, path: Path, threads: int = 0, precision: str = 'f32') -> None:
        import openvino

        self._options: dict[str, Any] = {'INFERENCE_PRECISION_HINT': precision, 'NUM_STREAMS': 1}
        if threads:
            self._options['INFERENCE_NUM_THREADS'] = threads
        self._path = path
        self._core = openvino.Core()
        self._model = self._core.read_model(str(path))
        shapes = {own.get_any_name(): list(own.partial_shape) for own in self._model.inputs}
        self._inputs = set(shapes)
        self._outputs = [own.get_any_name() for own in self._model.outputs]
        self._of_pictures = [name for name in _OF_PICTURES if name in shapes]
        model = self._model
        if self._of_pictures:
            model = model.clone()
            model.reshape({name: [1, *shapes[name][1:]] for name in self._of_pictures})
            mask_product_as_convolution(model)
        self._compiled = {bool(self._of_pictures): self._compile(model)}
        self._of_thread = threading.local()

    def _compile(self, model: Any) -> Any:
        return self._core.compile_model(model, 'CPU', self._options)

    def metadata(self) -> dict[str, str]:
        import onnx

        model = onnx.load(str(self._path), load_external_data=False)
        return {own.key: own.value for own in model.metadata_props}

    def __call__(self, inputs: Arrays) -> Arrays:
        used = {name: array for name, array in inputs.items() if name in self._inputs}
        is_one = bool(self._of_pictures) and len(used[self._of_pictures[0]]) == 1
        if is_one not in self._compiled:
            self._compiled[is_one] = self._compile(self._model)
        requests = self._of_thread.__dict__.setdefault('requests', {})
        if is_one not in requests:
            requests[is_one] = self._compiled[is_one].create_infer_request()
        found = requests[is_one].infer(used, share_inputs=True)
        return {name: found[name] for name in self._outputs}


class OpenVinoBf16(OpenVino):
    """OpenVINO with matrix products in bfloat16."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        super().__init__(path, threads, 'bf16')


#: By the name that ``--runtime`` takes; the first is the default.
RUNTIMES: dict[str, type[OnnxRuntime] | type[OpenVino]] = {
    'onnxruntime': OnnxRuntime,
    'openvino': OpenVino,
    'openvino-bf16': OpenVinoBf16,
}
DEFAULT_RUNTIME = next(iter(RUNTIMES))


def missing_packages(name: str) -> list[str]:
    """What a runtime needs and is not installed."""
    return [package for package in RUNTIMES[name].packages if find_spec(package) is None]


def open_runtime(path: Path, name: str = DEFAULT_RUNTIME, threads: int = 0) -> Runtime:
    """Make a file ready to run.

    Args:
        path: The file.
        name: One of :data:`RUNTIMES`.
        threads: See there.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such runtime or it is not installed, or it cannot read the file.
    """
    if name not in RUNTIMES:
        raise ValueError(f'runtime {name!r} is none of {", ".join(RUNTIMES)}')
    if missing := missing_packages(name):
        raise ValueError(
            f"runtime {name} needs {' and '.join(missing)}: pip install 'rps-seg[deploy]', "
            'or in a clone -e ".[deploy]"'
        )
    if not path.is_file():
        raise FileNotFoundError(f'exported model {path} does not exist')
    try:
        return RUNTIMES[name](path, threads)
    except Exception as error:  # each runtime has errors of its own
        message = ' '.join(str(error).split())[:200]
        raise ValueError(f'{name} cannot read {path}: {message}') from None

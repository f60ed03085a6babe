"""From a trained model to a file for other runtimes."""

import contextlib
import hashlib
import io
import logging
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from packaging.version import Version
from torch import Tensor, nn
from torch.export import Dim

from seg import __version__
from seg.apis.config.classifier import text_model_from_config
from seg.apis.segmenter import Segmenter
from seg.models.detectors.open_vocab_maskformer import OpenVocabMaskFormer
from seg.models.exported.description import Description
from seg.models.exported.graph import (
    CLIP_OUTPUT,
    INPUTS,
    OUTPUTS,
    FixedWordsGraph,
    OpenWordsGraph,
)

_PACKAGES = ('onnx', 'onnxscript')
_STRIDE = 32  # of the coarsest map; height and width of an input are multiples


def export_model(segmenter: Segmenter, checkpoint: Path, words: str = 'open') -> bytes:
    """The ONNX file of a model, with height, width and batch free.

    Args:
        segmenter: The trained model, on the CPU; its vocabulary is what fixed words are.
        checkpoint: The file that its weights are from, for the file's description.
        words: 'open' for a vocabulary that is an input, 'fixed' to fold the segmenter's in.

    Raises:
        ValueError: If a package is missing, or the exporter does not take the model.
    """
    segmenter.model.use(segmenter.vocabulary)
    description = _describe(segmenter, checkpoint, words)
    return export_words(segmenter.model, words, description.to_metadata())


def export_words(model: OpenVocabMaskFormer, words: str, metadata: dict[str, str]) -> bytes:
    """The ONNX file of a model, see :func:`export_model`.

    Args:
        model: In evaluation mode, on the CPU.
        words: 'open' or 'fixed'.
        metadata: What the file says of itself.
    """
    graph = OpenWordsGraph(model) if words == 'open' else FixedWordsGraph(model)
    size = 2 * _STRIDE, 3 * _STRIDE  # no two numbers are the same, so none is taken for another
    free_size = {2: _STRIDE * Dim('rows', min=1), 3: _STRIDE * Dim('columns', min=1)}
    batch = Dim('batch', min=1)
    rows = torch.zeros(5, model.panoptic_head.cls_embed.embed_dim)
    inputs: dict[str, tuple[Tensor, dict[int, Any] | None]] = {
        'image': (torch.zeros(2, 3, *size), {0: batch, **free_size}),
        'size': (torch.tensor([[50, 70], size]), {0: batch}),
        'vocabulary': (rows, {0: Dim('words', min=1)}),
    }
    has_clip = words == 'open' and model.ensemble is not None
    outputs = [*OUTPUTS[words], *[CLIP_OUTPUT] * has_clip]
    return export_graph(graph, {name: inputs[name] for name in INPUTS[words]}, outputs, metadata)


def export_graph(
    graph: nn.Module,
    inputs: dict[str, tuple[Tensor, dict[int, Any] | None]],
    outputs: Sequence[str],
    metadata: dict[str, str],
) -> bytes:
    """The ONNX file of a module.

    Args:
        graph: The module, in evaluation mode.
        inputs: Names of its arguments, an example of each, and its free dimensions.
        outputs: Names of what it gives.
        metadata: What the file says of itself.

    Raises:
        ValueError: If a package is missing, or the exporter does not take the module.
    """
    require_exporter()
    try:
        with _quiet(), torch.no_grad():
            program = torch.onnx.export(
                graph,
                tuple(example for example, _ in inputs.values()),
                dynamo=True,
                external_data=False,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=tuple(free for _, free in inputs.values()),
                verbose=False,
            )
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # whatever torch's exporter stumbles over
        message = ' '.join(str(error).split())[:300]
        raise ValueError(f"PyTorch's exporter does not take this model: {message}") from error
    assert program is not None  # it is None for the older exporter alone
    program.model.metadata_props.update(metadata)
    return program.model_proto.SerializeToString()


def require_exporter() -> None:
    """Raise ValueError if what an export needs is not installed, or too old."""
    if Version(torch.__version__) < Version('2.6'):  # the exporter before fails on "no object"
        raise ValueError(f'an export needs PyTorch 2.6 or newer, this is {torch.__version__}')
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise ValueError(
            f"an export needs {' and '.join(missing)}: pip install 'rps-seg[deploy]', or in a clone "
            '-e ".[deploy]"'
        )


@contextlib.contextmanager
def _quiet():
    """Keep the exporter's progress to itself; its errors tell what is wrong."""
    loggers = [logging.getLogger(name) for name in ('onnxscript', 'onnx_ir', 'torch.onnx')]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter('ignore')
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _describe(segmenter: Segmenter, checkpoint: Path, words: str) -> Description:
    model, vocabulary = segmenter.model, segmenter.vocabulary
    preprocessor = segmenter.cfg.model.data_preprocessor
    rows = vocabulary.rows.float().cpu().contiguous()
    return Description(
        words=words,
        classes=tuple(vocabulary.classes),
        num_things=vocabulary.num_things,
        text_model=text_model_from_config(segmenter.cfg)['model_name'],
        classifier_sha256=hashlib.sha256(rows.numpy().data).hexdigest(),
        weights_sha256=hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        embed_dim=rows.shape[1],
        scale=float(model.panoptic_head.cls_embed.scale.detach()),
        has_clip=model.ensemble is not None,
        mean=tuple(preprocessor.get('mean') or ()),
        std=tuple(preprocessor.get('std') or ()),
        channels='RGB' if preprocessor.get('bgr_to_rgb') else 'BGR',
        pad_size_divisor=preprocessor.get('pad_size_divisor', 1),
        config=Path(segmenter.cfg.filename or 'a config without a file').name,
        made_by=f'rps {__version__}',
    )

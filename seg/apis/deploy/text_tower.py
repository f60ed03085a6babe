"""A text tower as an ONNX file: tokens in, unit features out."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import Tensor, nn
from torch.export import Dim

from seg import __version__
from seg.apis.config.classifier import text_model_from_config
from seg.apis.deploy.export import export_graph
from seg.apis.text_model import ConfiguredTextModel
from seg.models.exported.runtimes import missing_packages, open_runtime
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.runtime.whole_files import require_writable, write_whole

_TEXTS = ('a photo of a cat.', 'a red circle', 'grass, in the sun, behind a house', '')
_MOST = 1e-4  # of the features, which are of unit norm
_CHECKED = ('onnxruntime', 'openvino')


class TextTowerGraph(nn.Module):
    """Tokens to features of unit norm.

    Args:
        tower: A text tower of open_clip, in evaluation mode.
    """

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, tokens: Tensor) -> Tensor:
        """Long Tensor[N, L] to Tensor[N, D]."""
        features = self.tower(tokens)
        features = features[0] if isinstance(features, tuple) else features
        return F.normalize(features.float(), dim=-1)


def export_text_tower(cfg: Config, out: Path) -> str:
    """Write the text tower of a config, compared with PyTorch on a few texts.

    Args:
        cfg: A training or generation config.
        out: The file, ``NAME.onnx``.

    Returns:
        What was found, in one line.

    Raises:
        ValueError: If the config has no text model, a package is missing, the exporter does not take
            the tower, or the file is too far from it; nothing is saved then.
        OSError: If weights cannot be had or the file cannot be written.
    """
    require_writable(out)
    model = text_model_from_config(cfg)
    encoder = ConfiguredTextModel(model).build()
    if not isinstance(encoder, OpenCLIPTextEncoder):
        raise ValueError(
            f'{model["model_name"]} is no OpenCLIPTextEncoder, whose tower is exported'
        )
    graph = TextTowerGraph(encoder.tower).eval()
    tokens = encoder.tokenize(_TEXTS)
    metadata = dict(
        text_model=model['model_name'],
        pretrained=encoder.pretrained,
        weights_sha256=encoder.weights_digest,
        context_length=tokens.shape[1],
        embed_dim=encoder.embed_dim,
        made_by=f'rps {__version__}',
    )
    content = export_graph(
        graph,
        {'tokens': (tokens[:3], {0: Dim('texts', min=1)})},
        ['features'],
        {f'rps.{key}': json.dumps(value) for key, value in metadata.items()},
    )
    with torch.inference_mode():
        expected = graph(tokens)
    found = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / out.name
        file.write_bytes(content)
        for name in _CHECKED:
            if missing_packages(name):
                continue
            features = open_runtime(file, name)({'tokens': tokens.numpy()})['features']
            far = float((torch.from_numpy(features) - expected).abs().max())
            if not far <= _MOST:
                raise ValueError(
                    f'{name} gives features that differ from those of PyTorch by {far:.1e}, so {out} '
                    'is not written'
                )
            found.append(f'{name} {far:.1e}')
    write_whole(out, content)
    return (
        f'{out}: text tower of {model["model_name"]}, {len(content) / 1e6:.1f} MB; largest difference of a '
        f'feature: {", ".join(found) or "not compared, no runtime is installed"}'
    )

"""The models whose weights come with the package: ``checkpoint='embedded'``."""

import json
import tempfile
from pathlib import Path

import open_clip

import seg.models.embedded.convnext_shapes  # noqa: F401  timm must know the image tower

EMBEDDED = 'embedded'
WEIGHTS_FILE = 'open_clip_model.safetensors'
MANIFEST_FILE = 'manifest.json'
_HERE = Path(__file__).parent
_MODELS = ('shapes_clip',)


def embedded_folder(architecture: str) -> Path:
    """Folder of a model's definition, tokenizer, weights and manifest.

    Raises:
        ValueError: If the model's weights do not come with the package; lists those that do.
    """
    if architecture not in _MODELS:
        raise ValueError(
            f'{architecture} has no embedded weights; models that have: {", ".join(_MODELS)}'
        )
    return _HERE / architecture


def trained_words(weights: Path) -> frozenset[str] | None:
    """Words that a CLIP was trained on, where the manifest beside its weights lists them.

    That of ``tools/train_shapes_clip.py`` does. None for other weights.
    """
    try:
        words = json.loads(weights.with_name(MANIFEST_FILE).read_text(encoding='utf-8'))['words']
        return frozenset(map(str, words))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def register_embedded() -> None:
    """Make the models known to open_clip.

    Its definitions are JSON files and name the tokenizer's merges by an absolute path, which only
    this installation knows: it is filled in here, in a copy that open_clip reads at once.
    """
    with tempfile.TemporaryDirectory() as copies:
        for name in _MODELS:
            folder = embedded_folder(name)
            config = json.loads((folder / f'{name}.json').read_text(encoding='utf-8'))
            tokenizer = config['text_cfg']['tokenizer_kwargs']
            tokenizer['bpe_path'] = str(folder / tokenizer['bpe_path'])
            (Path(copies) / f'{name}.json').write_text(json.dumps(config), encoding='utf-8')
        open_clip.add_model_config(copies)

"""The text tower of an OpenCLIP model, alone."""

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import open_clip
import torch
from open_clip.model import _build_text_tower, get_cast_dtype
from open_clip.transformer import TextTransformer
from torch import Tensor, nn

from seg.models.embedded.clip import trained_words
from seg.models.openclip import (
    architecture_config,
    digest_of,
    load_exactly,
    read_weights,
    resolve_architecture,
    resolve_checkpoint,
)
from seg.models.text_encoders.causal_tower import is_causal, pooled_positions, tree_agrees
from seg.registry import MODELS
from seg.runtime.pages import page_out
from seg.text_classifier.prompts.tree_encoding import encode_trees

PRECISIONS = ('fp32', 'bf16', 'fp16')
# Where plain CLIP models keep their text tower: at the root, without a prefix of its own.
_ROOT_KEYS = (
    'token_embedding.',
    'positional_embedding',
    'transformer.',
    'ln_final.',
    'text_projection',
)


@MODELS.register_module()
class OpenCLIPTextEncoder(nn.Module):
    """Encodes strings with the text tower of any model in open_clip's registry.

    The visual tower is neither built nor read. Parameters are frozen.

    Args:
        model_name: Name of the model, as forgiving as :func:`resolve_architecture`.
        init_cfg: ``dict(type='clip_pretrain', checkpoint=...)``, see :func:`resolve_checkpoint`.
            None gives random weights and a warning. Defaults to None.
        precision: 'fp32', or 'bf16' or 'fp16' for weights and matrix products of half size with
            norms in float32, as ``open_clip.create_model`` has them. Defaults to 'fp32'.

    Attributes:
        shares_prefixes: Whether prompts that begin alike are encoded together, each prefix once.
        embed_dim: Size D of a feature.
        pretrained: Where the weights come from, None for random ones.
        trained_words: See :func:`~seg.models.embedded.clip.trained_words`.
        weights_digest: sha256 of the text weights, and of the activation where it is not the
            architecture's.

    Raises:
        ValueError: For an unknown model, checkpoint tag or precision, or weights of another model.
        FileNotFoundError: If the checkpoint does not exist.
        OSError: If a download fails.
    """

    def __init__(
        self, model_name: str, init_cfg: dict | None = None, precision: str = 'fp32'
    ) -> None:
        super().__init__()
        if precision not in PRECISIONS:
            raise ValueError(f'precision {precision!r} is none of {", ".join(PRECISIONS)}')
        self.model_name = model_name
        self.architecture = resolve_architecture(model_name)
        self.precision = precision
        config = architecture_config(self.architecture)
        self.embed_dim = config['embed_dim']
        given = None if init_cfg is None else str(init_cfg['checkpoint'])
        checkpoint = None if given is None else resolve_checkpoint(self.architecture, given)
        self.quick_gelu = bool(config.get('quick_gelu', False))
        if checkpoint is not None and checkpoint.quick_gelu not in (None, self.quick_gelu):
            warnings.warn(
                f'{checkpoint.name or checkpoint.path} was trained with '
                f'quick_gelu={checkpoint.quick_gelu}, '
                f'{self.architecture} says {self.quick_gelu}; the weights decide',
                stacklevel=2,
            )
            self.quick_gelu = checkpoint.quick_gelu
        self.tokenizer = _build_tokenizer(self.architecture, config, checkpoint)
        self.tower = self._build_tower(config, on_meta=checkpoint is not None)
        self.trained_words = None if checkpoint is None else trained_words(checkpoint.path)
        self.pretrained: str | None = None
        if checkpoint is None:
            warnings.warn(
                f'{self.architecture}: random weights, for tests only; '
                "give init_cfg=dict(type='clip_pretrain', checkpoint=...), in a terminal --checkpoint",
                stacklevel=2,
            )
        else:
            self.pretrained = checkpoint.name or given
            self._load(checkpoint.path)
        is_own = self.quick_gelu == bool(config.get('quick_gelu', False))
        self.weights_digest = digest_of(
            self.tower, '' if is_own else f'quick_gelu={self.quick_gelu}'
        )
        if precision != 'fp32':
            _to_half(self.tower, get_cast_dtype(precision))
        self.requires_grad_(False).eval()

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return next(self.parameters()).device

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Tokens of N strings, Tensor[N, L], on the CPU, cut to the context length."""
        return self.tokenizer(list(texts))

    def is_cut(self, texts: Sequence[str]) -> list[bool]:
        """Whether each of N strings has more tokens than the context length."""
        kept = self.tokenize(['', *texts])
        longer = self.tokenizer(['', *texts], context_length=kept.shape[1] + 1)
        goes_on = longer[:, -1] != longer[0, -1]  # the empty string ends in padding
        ends_early = (longer[:, :-1] != kept).any(1)
        return (goes_on | ends_early)[1:].tolist()

    def lengths(self, tokens: Tensor) -> Tensor:
        """How many leading tokens of each text its feature depends on, Tensor[N, L] to Tensor[N]."""
        if self.shares_prefixes:
            return pooled_positions(self.tower, tokens) + 1
        return torch.full((len(tokens),), tokens.shape[1])

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """Features of N strings as open_clip's ``encode_text`` has them, Tensor[N, D], not normalised."""
        return self(self.tokenize(texts))

    @torch.inference_mode()
    def forward(self, tokens: Tensor) -> Tensor:
        """Features of tokenised strings, Tensor[N, L] to Tensor[N, D], not normalised."""
        return self.encode_batches([tokens])

    @torch.inference_mode()
    def encode_batches(
        self, batches: Sequence[Tensor], progress: Callable[[float], object] | None = None
    ) -> Tensor:
        """Features of tokenised strings in batches, each Tensor[N_i, L], to Tensor[N, D].

        Args:
            batches: Each with prefixes of its own, and of a size that one layer of the tower can take.
            progress: Hears the part of the work that is done, up to 1.
        """
        with torch.autocast(self.device.type, enabled=False):  # the weights say the precision
            if self.shares_prefixes:
                trees = [(tokens, pooled_positions(self.tower, tokens)) for tokens in batches]
                return encode_trees(self.tower, trees, progress)
            features = [self.tower(tokens.to(self.device)) for tokens in batches]
            return torch.cat([own[0] if isinstance(own, tuple) else own for own in features])

    @cached_property
    def shares_prefixes(self) -> bool:
        """Whether the tower runs on the prefix tree, and was seen to give its own features there."""
        if not is_causal(self.tower):
            return False
        tokens = self.tokenize(['a cat', 'a photo of a cat in the scene.']).to(self.device)
        try:
            agrees = tree_agrees(self.tower, tokens)
        except AttributeError as error:  # torch.nn would say that this property does not exist
            raise RuntimeError(
                f'the text tower of {self.architecture} is not built as open_clip builds it: {error}'
            ) from error
        page_out(*self.tower.parameters())
        if agrees:
            return True
        warnings.warn(
            f'{self.architecture}: encoding shared prefixes once does not give the features of the '
            'tower; encoding every prompt by itself',
            stacklevel=3,
        )
        return False

    def _build_tower(self, config: dict, *, on_meta: bool) -> nn.Module:
        text_config = dict(config['text_cfg'])
        is_hf = bool(text_config.get('hf_model_name'))
        if is_hf:
            text_config['hf_model_pretrained'] = False  # the checkpoint holds the whole tower
        # Hugging Face towers keep tensors outside their state dict, which the meta device would lose.
        with torch.device('meta' if on_meta and not is_hf else 'cpu'):
            try:
                tower = _build_text_tower(
                    config['embed_dim'],
                    text_config,
                    self.quick_gelu,
                    get_cast_dtype(self.precision),
                )
            except OSError as error:
                raise OSError(
                    f'cannot read the Hugging Face configuration {text_config["hf_model_name"]!r} of '
                    f'{self.architecture}: {_one_line(error)}'
                ) from None
        if getattr(tower, 'attn_mask', None) is not None:
            tower.attn_mask = tower.build_causal_mask()  # not part of the state dict
        return tower

    def _load(self, path: Path) -> None:
        def text_key(key: str) -> str | None:
            if key.startswith('text.'):
                return key.removeprefix('text.')
            return key if key.startswith(_ROOT_KEYS) else None

        load_exactly(
            self.tower,
            read_weights(path, text_key),
            what=f'text tower of {self.architecture}',
            source=f'checkpoint {path}',
        )


def _build_tokenizer(architecture: str, config: dict, checkpoint):
    """open_clip's tokenizer of a model; files beside the weights come before the hub's."""
    name = config['text_cfg'].get('hf_tokenizer_name')
    source = architecture
    if name and checkpoint is not None:
        folder = checkpoint.path.parent
        if (folder / 'open_clip_config.json').is_file() and list(folder.glob('tokenizer*')):
            source = f'local-dir:{folder}'
    try:
        return open_clip.get_tokenizer(source)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise OSError(
            f'cannot read the tokenizer {name or source!r} of {architecture}: {_one_line(error)}'
        ) from None


def _to_half(tower: nn.Module, dtype: torch.dtype) -> None:
    """Cast what ``open_clip.create_model`` casts, and what it fails over in SigLIP and CoCa towers."""
    if not isinstance(tower, TextTransformer):
        tower.to(dtype)
        return
    open_clip.model.convert_weights_to_lp(tower.transformer, dtype)
    for part in (tower.text_projection, tower.cls_emb):
        if isinstance(part, nn.Module):
            part.to(dtype)
        elif part is not None:
            part.data = part.data.to(dtype)


def _one_line(error: Exception) -> str:
    return ' '.join(str(error).split())[:300]

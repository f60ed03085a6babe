"""The image tower of an OpenCLIP model as a backbone of four feature maps."""

import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from open_clip.model import _build_vision_tower
from open_clip.modified_resnet import AttentionPool2d, ModifiedResNet
from open_clip.timm_model import TimmModel
from torch import Tensor

from seg.models.openclip import (
    architecture_config,
    load_exactly,
    read_weights,
    resolve_architecture,
    resolve_checkpoint,
)
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.registry import MODELS

_PYRAMIDS = ('convnext', 'fastvit')  # timm's trunks of four stages


@MODELS.register_module()
class OpenCLIPBackbone(BaseModule):
    """Feature maps of a ConvNeXt, FastViT or ResNet CLIP, and their way into the joint image-text space.

    The text tower is neither built nor read; :meth:`get_text_model` builds it.

    Args:
        model_name: Name of a model in open_clip's registry, as forgiving as
            :func:`~seg.models.openclip.resolve_architecture`.
        fix: Freeze the parameters and stay in eval mode through ``train()``. Defaults to True.
        init_cfg: ``dict(type='clip_pretrain', checkpoint=...)``, see
            :func:`~seg.models.openclip.resolve_checkpoint`. None gives random weights and a
            warning. Defaults to None.

    Attributes:
        output_channels: Channels of the four maps.

    Raises:
        ValueError: For an unknown model or tag, or weights of another model.
        FileNotFoundError: If the checkpoint does not exist.
        OSError: If a download fails.
    """

    def __init__(self, model_name: str, fix: bool = True, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=None)
        self.model_name = model_name
        self.architecture = resolve_architecture(model_name)
        self.fix = fix
        self.pretrain_cfg = init_cfg
        self._weights_path: Path | None = None
        self.visual = self._build_visual(init_cfg)
        if fix:
            self.requires_grad_(False)
            self.train(False)

    @property
    def output_channels(self) -> list[int]:
        """Channels of the four maps, read from the model."""
        if isinstance(self.visual, ModifiedResNet):
            return [getattr(self.visual, f'layer{i}')[-1].bn3.num_features for i in (1, 2, 3, 4)]
        return [stage['num_chs'] for stage in self._maps_or_error().trunk.feature_info]

    @property
    def embed_dim(self) -> int:
        """Size D of the joint image-text space."""
        return architecture_config(self.architecture)['embed_dim']

    def init_weights(self) -> None:
        """Read the weights again: mmengine lets the ``init_cfg`` of a parent overwrite them first."""
        if self._weights_path is not None:
            self._maps_or_error().load_state_dict(_visual_state(self._weights_path))

    def train(self, mode: bool = True) -> 'OpenCLIPBackbone':
        """Set the mode, but stay in eval mode where ``fix`` is set."""
        return super().train(mode and not self.fix)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Maps at strides 4, 8, 16 and 32 of Tensor[B, 3, H, W], each Tensor[B, C_i, H_i, W_i].

        The last ones may be finer where the model was built so: at strides 4, 8, 8 and 8 for
        ``shapes_clip``, whose pictures are small.

        Raises:
            ValueError: If the model's visual tower is none of these.
        """
        visual = self._maps_or_error()
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.fix):
            if isinstance(visual, ModifiedResNet):
                x, maps = visual.stem(images), []
                for layer in (visual.layer1, visual.layer2, visual.layer3, visual.layer4):
                    x = layer(x)
                    maps.append(x)
                return tuple(maps)
            return tuple(
                visual.trunk.forward_intermediates(images, norm=True, intermediates_only=True)
            )

    def mask_pool(self, last_map: Tensor, masks: Tensor | None = None) -> Tensor:
        """Pool the last map inside each mask and project into the joint image-text space.

        Without masks this is the model's own global pooling and equals ``encode_image``. A ConvNeXt
        averages with the mask as weight, as FC-CLIP does (arXiv 2308.02487, section 3.3), and so does a
        FastViT (MobileCLIP, arXiv 2311.17049) after its last convolution; a ResNet runs its attention
        pooling with the mask as prior over the positions.

        Args:
            last_map: Tensor[B, C, h, w], the last map of :meth:`forward`.
            masks: Tensor[B, Q, h, w] of weights in [0, 1]. Defaults to one mask over everything.

        Returns:
            Tensor[B, Q, D], not normalised.
        """
        visual = self._maps_or_error()
        if masks is None:
            masks = last_map.new_ones(len(last_map), 1, *last_map.shape[-2:])
        weights = masks.to(last_map.dtype).flatten(2)
        if not isinstance(visual, ModifiedResNet) and hasattr(visual.trunk, 'final_conv'):
            last_map = visual.trunk.final_conv(last_map)  # FastViT's, after its stages
        pooled = weights @ last_map.flatten(2).transpose(1, 2)
        pooled = pooled / weights.sum(-1, keepdim=True).clamp(min=1e-6)
        if isinstance(visual, ModifiedResNet):
            return _attention_pool(visual.attnpool, last_map, pooled, weights)
        projected = visual.head(visual.trunk.forward_head(pooled.flatten(0, 1)[..., None, None]))
        return projected.flatten(1).unflatten(0, pooled.shape[:2])

    def get_text_model(self) -> OpenCLIPTextEncoder:
        """The registered text encoder of the same model and checkpoint."""
        return MODELS.build(
            dict(type=OpenCLIPTextEncoder, model_name=self.model_name, init_cfg=self.pretrain_cfg)
        )

    def _maps_or_error(self) -> ModifiedResNet | TimmModel:
        if self.visual is None:
            raise ValueError(
                f'the visual tower of {self.architecture} gives no maps at strides 4, 8, 16, 32; '
                'OpenCLIPBackbone runs ConvNeXt, FastViT and ResNet CLIPs such as convnext_large_d_320, '
                'MobileCLIP2-S0 or RN50; the text tower of this model works (get_text_model)'
            )
        return self.visual

    def _build_visual(self, init_cfg: dict | None) -> ModifiedResNet | TimmModel | None:
        config = architecture_config(self.architecture)
        vision = dict(config['vision_cfg'])
        is_resnet = isinstance(vision.get('layers'), (list, tuple))
        trunk = vision.get('timm_model_name') or ''
        if not is_resnet and not any(kind in trunk for kind in _PYRAMIDS):
            return None
        if not is_resnet:
            vision['timm_model_pretrained'] = False
        if init_cfg is None:
            warnings.warn(
                f'{self.architecture}: random weights for the visual tower; '
                "give init_cfg=dict(type='clip_pretrain', checkpoint=...)",
                stacklevel=3,
            )
            return _build_vision_tower(config['embed_dim'], vision)
        self._weights_path = resolve_checkpoint(self.architecture, init_cfg['checkpoint']).path
        with torch.device('meta'):
            visual = _build_vision_tower(config['embed_dim'], vision)
        state = _visual_state(self._weights_path)
        load_exactly(
            visual,
            {key: value.clone() for key, value in state.items()},  # training may write to them
            what=f'visual tower of {self.architecture}',
            source=f'checkpoint {self._weights_path}',
        )
        return visual


def _visual_state(path: Path) -> dict[str, Tensor]:
    return read_weights(
        path, lambda key: key.removeprefix('visual.') if key.startswith('visual.') else None
    )


def _attention_pool(
    pool: AttentionPool2d, last_map: Tensor, pooled: Tensor, weights: Tensor
) -> Tensor:
    """CLIP's attention pooling (arXiv 2103.00020, section 2.4), one query a mask.

    The query of a mask is its mean feature. It attends to itself and to every position, the log of
    the mask's weight added to the attention logits: a weight of 1 everywhere changes nothing, a
    position of weight 0 is left out.

    Args:
        pool: The model's pooling, whose position embedding is resized to the map.
        last_map: Tensor[B, C, h, w].
        pooled: Tensor[B, Q, C], mean feature inside each mask.
        weights: Tensor[B, Q, h * w], in [0, 1].

    Returns:
        Tensor[B, Q, D].
    """
    side = round((len(pool.positional_embedding) - 1) ** 0.5)
    mean_position, grid = pool.positional_embedding.split([1, side * side])
    if last_map.shape[-2:] != (side, side):
        grid = grid.T.unflatten(1, (side, side))[None]
        grid = F.interpolate(grid, last_map.shape[-2:], mode='bicubic', align_corners=False)
        grid = grid[0].flatten(1).T
    positions = last_map.flatten(2).transpose(1, 2) + grid.to(last_map.dtype)
    queries = pooled + mean_position.to(pooled.dtype)

    def heads(x: Tensor) -> Tensor:
        return x.unflatten(-1, (pool.num_heads, -1)).transpose(1, 2)

    q = heads(pool.q_proj(queries))
    own_key, own_value = heads(pool.k_proj(queries)), heads(pool.v_proj(queries))
    scale = q.shape[-1] ** -0.5
    logits = q @ heads(pool.k_proj(positions)).transpose(-1, -2) * scale
    prior = weights.clamp(min=1e-6).log().masked_fill(weights == 0, float('-inf'))
    logits = logits + prior[:, None]
    own_logit = (q * own_key).sum(-1, keepdim=True) * scale
    attention = torch.cat([own_logit, logits], dim=-1).softmax(-1)
    out = attention[..., :1] * own_value + attention[..., 1:] @ heads(pool.v_proj(positions))
    return pool.c_proj(out.transpose(1, 2).flatten(2))

"""What benchmarks/inference.py, inference_gpu.py and training.py compare: random weights, and input.

Ours are the models of configs/reg_sam, and regnet_ade20k.py with any RegNet of mmdet's; the others are
mmdet's MaskFormer and Mask2Former (ResNet-50) from the configs in mmdet's package. All have
ADE20K's numbers of classes.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import seg  # noqa: F401, before mmdet: mmcv may have no compiled ops

# isort: split
import mmcv._ext
import mmdet
from mmcv.ops import multi_scale_deform_attn
from mmdet.models import RegNet
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData

from seg.apis.config.read import read_config
from seg.compat.mmcv_ops import StandInOps
from seg.registry import MODELS

ROOT = Path(__file__).resolve().parents[1]
THINGS, STUFF, EMBED_DIM = 100, 50, 768
MMDET_CONFIGS = {
    'maskformer_r50': 'maskformer/maskformer_r50_ms-16xb1-75e_coco.py',
    'mask2former_r50': 'mask2former/mask2former_r50_8xb2-lsj-50e_coco-panoptic.py',
}
OUR_CONFIGS = ('regnet_rt_ade20k', 'resnet50_ade20k', 'regnet_ade20k')
MODEL_NAMES = (*OUR_CONFIGS, *RegNet.arch_settings, *MMDET_CONFIGS)


def is_ours(name: str) -> bool:
    """Whether a model is none of mmdet's."""
    return name not in MMDET_CONFIGS


def build_model(name: str, device: torch.device, **head_changes) -> nn.Module:
    """A model of random weights.

    Args:
        name: One of ``MODEL_NAMES``.
        device: Where to put it.
        **head_changes: Changes to the config of its panoptic head.

    Raises:
        FileNotFoundError: If mmdet was installed without its configs.
    """
    torch.manual_seed(0)
    init_default_scope('seg')
    cfg = _mmdet_model(name) if name in MMDET_CONFIGS else _our_model(name)
    cfg.backbone.init_cfg = None
    cfg.test_cfg.update(semantic_on=False, instance_on=False)  # panoptic maps are what is compared
    cfg.panoptic_head.update(num_things_classes=THINGS, num_stuff_classes=STUFF, **head_changes)
    cfg.panoptic_fusion_head.update(num_things_classes=THINGS, num_stuff_classes=STUFF)
    return MODELS.build(cfg).to(device)


def _our_model(name: str) -> ConfigDict:
    config = name if name in OUR_CONFIGS else 'regnet_ade20k'
    cfg = read_config(str(ROOT / f'configs/reg_sam/{config}.py')).model
    if config != name:
        cfg.backbone.arch = name
        cfg.neck.in_channels = RegNet(arch=name).stage_widths
    rows = torch.randn(THINGS + STUFF, 3, EMBED_DIM)  # about ADE20K's 445 candidates
    cfg.panoptic_head.classifier = F.normalize(rows, dim=-1)
    return cfg


def _mmdet_model(name: str) -> ConfigDict:
    path = Path(mmdet.__file__).parent / '.mim/configs' / MMDET_CONFIGS[name]
    if not path.exists():
        raise FileNotFoundError(f'{path} is missing: this mmdet was installed without its configs')
    if isinstance(mmcv._ext, StandInOps):  # deformable attention in plain PyTorch on GPUs too
        multi_scale_deform_attn.IS_CUDA_AVAILABLE = False
    cfg = Config.fromfile(path).model
    cfg.panoptic_head.loss_cls.class_weight = [1.0] * (THINGS + STUFF) + [0.1]
    return cfg


def make_batch(
    batch: int, short_side: int, device: torch.device, things: int = 15, stuff: int = 8
) -> tuple[Tensor, list[DetDataSample]]:
    """Noise images of 4 by 3, padded to a multiple of 32, and samples with true segments.

    The true segments are the Voronoi cells of random points.
    """
    rng = np.random.default_rng(0)
    height, width = short_side, short_side * 4 // 3
    padded = (-(-height // 32) * 32, -(-width // 32) * 32)
    samples = []
    for _ in range(batch):
        meta = dict(img_shape=(height, width), ori_shape=(height, width), batch_input_shape=padded)
        sample = DetDataSample(metainfo=meta)
        cells = _voronoi(rng, things + stuff, *padded)
        labels = rng.integers(0, THINGS, things + stuff)
        labels[things:] = THINGS + rng.permutation(STUFF)[:stuff]
        masks = cells == np.arange(things)[:, None, None]
        sample.gt_instances = InstanceData(
            labels=torch.from_numpy(labels[:things]),
            masks=BitmapMasks(masks.astype(np.uint8), *padded),
        )
        sample.gt_sem_seg = PixelData(sem_seg=torch.from_numpy(labels[cells])[None].int())
        samples.append(sample.to(device))
    return torch.randn(batch, 3, *padded, device=device), samples


def make_predictions(
    samples: list[DetDataSample], queries: int, device: torch.device, segments: int = 23
) -> tuple[Tensor, Tensor]:
    """What a trained head gives: a few queries sure of a class and a region, the others of nothing.

    Returns:
        Class logits Tensor[B, Q, classes + 1] and mask logits Tensor[B, Q, H / 4, W / 4].
    """
    rng = np.random.default_rng(0)
    size = [side // 4 for side in samples[0].batch_input_shape]
    logits = torch.zeros(len(samples), queries, THINGS + STUFF + 1)
    masks = torch.full((len(samples), queries, *size), -6.0)
    logits[..., -1] = 10
    for own_logits, own_masks in zip(logits, masks, strict=True):
        cells = torch.from_numpy(_voronoi(rng, segments, *size))
        for segment, query in enumerate(rng.permutation(queries)[:segments]):
            own_logits[query, rng.integers(THINGS + STUFF)] = 20
            own_masks[query] += 12 * (cells == segment)
    return logits.to(device), masks.to(device)


def post_process(fusion: nn.Module, logits: Tensor, masks: Tensor, samples: list) -> None:
    """Panoptic maps in the size of the original images."""
    if type(fusion).__name__ == 'MaskFormerFusionHead':  # mmdet's heads resize all masks before it
        shape = samples[0].batch_input_shape
        masks = F.interpolate(masks, shape, mode='bilinear', align_corners=False)
    fusion.predict(logits, masks, samples, rescale=True)


def _voronoi(rng: np.random.Generator, count: int, height: int, width: int) -> np.ndarray:
    """The nearest of ``count`` random points to each pixel, int [height, width]."""
    y, x = np.arange(height)[:, None], np.arange(width)
    points = rng.uniform((0, 0), (height, width), (count, 2))
    return np.stack([(y - row) ** 2 + (x - column) ** 2 for row, column in points]).argmin(0)

"""A small ConvNeXt for timm's registry, by whose name open_clip builds image towers."""

from timm.models import build_model_with_cfg, register_model
from timm.models.convnext import ConvNeXt, ConvNeXtBlock

# Two convolutions in the stem see fine stripes; the last three stages stay at stride 8, because a
# thing of 20 pixels must cover more than one position.
_ARCHITECTURE = {
    'depths': (3, 3, 4, 2),
    'dims': (32, 64, 64, 96),
    'kernel_sizes': 3,
    'stem_type': 'overlap_act',
    'output_stride': 8,
    'ls_init_value': None,  # layer scale lets a deep network begin as a shallow one
}
_CFG = {
    'url': '',
    'num_classes': 0,
    'input_size': (3, 128, 128),
    'pool_size': (16, 16),
    'first_conv': 'stem.0',
    'classifier': 'head.fc',
}


@register_model
def convnext_shapes(pretrained: bool = False, **kwargs) -> ConvNeXt:
    """ConvNeXt of 0.5 M parameters with maps at strides 4, 8, 8 and 8."""
    kwargs['pretrained_cfg'] = _CFG  # open_clip asks timm for no weights
    model = build_model_with_cfg(
        ConvNeXt,
        'convnext_shapes',
        pretrained,
        feature_cfg={'out_indices': (0, 1, 2, 3), 'flatten_sequential': True},
        **{**_ARCHITECTURE, **kwargs},
    )
    # timm dilates what it does not stride. Nothing was trained at stride 32 here, and on a CPU the
    # gradient of a dilated depthwise convolution takes ten times as long.
    for block in model.modules():
        if isinstance(block, ConvNeXtBlock):
            block.conv_dw.dilation = block.conv_dw.padding = (1, 1)
    return model

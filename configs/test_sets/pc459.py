from mmengine.config import read_base

with read_base():
    from .._base_.datasets.semantic import *

test_dataloader.dataset.update(
    dict(
        vocabulary='pascal_context_459',
        data_root='${PASCAL_CONTEXT_ROOT:-data/pascal_ctx_d2}',
        data_prefix=dict(img='images/validation/', seg='annotations_ctx459/validation/'),
        seg_suffix='.tif',
    )
)

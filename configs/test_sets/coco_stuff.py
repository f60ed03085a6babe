from mmengine.config import read_base

with read_base():
    from .._base_.datasets.semantic import *

# The pixel maps have ids minus 1; eleven of the 182 ids are used by no class.
unused = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)
numbers = [number - 1 for number in range(1, 183) if number not in unused]

test_dataloader.dataset.update(
    dict(
        vocabulary='coco_stuff',
        data_root='${COCO_ROOT:-data/coco}',
        data_prefix=dict(img='val2017/', seg='stuffthingmaps/val2017/'),
        label_map={number: label for label, number in enumerate(numbers)},
    )
)

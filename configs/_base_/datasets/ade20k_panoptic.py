from seg.datasets import ADE20KPanopticDataset

data_root = 'data/ADEChallengeData2016/'

train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    dataset=dict(
        type=ADE20KPanopticDataset,
        data_root=data_root,
        ann_file='ade20k_panoptic_train.json',
        data_prefix=dict(img='images/training/', seg='ade20k_panoptic_train/'),
        pipeline=[],
    ),
)

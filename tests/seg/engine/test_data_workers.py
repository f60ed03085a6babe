import pytest
from mmdet.datasets.samplers import AspectRatioBatchSampler
from mmengine.runner import Runner
from torch.utils.data import Dataset

from seg.engine.data_workers import fit_loader_settings


class Pictures(Dataset):
    """Five samples of one shape."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return index

    def get_data_info(self, index):
        return {'width': 2, 'height': 1}


@pytest.mark.parametrize(('drop_last', 'batches'), [(True, 2), (False, 3)])
def test_a_batch_sampler_takes_over_what_the_loader_says_of_its_last_batch(drop_last, batches):
    loader = dict(
        batch_size=2,
        drop_last=drop_last,
        num_workers=0,
        persistent_workers=True,
        dataset=Pictures(),
        sampler=dict(type='DefaultSampler', shuffle=False),
        batch_sampler=dict(type=AspectRatioBatchSampler),
        collate_fn=dict(type='default_collate'),
    )
    fit_loader_settings(loader)
    assert len(list(Runner.build_dataloader(loader))) == batches


def test_what_a_batch_sampler_says_itself_stands():
    loader = dict(drop_last=True, batch_sampler=dict(type='AnySampler', drop_last=False))
    fit_loader_settings(loader)
    assert loader == dict(batch_sampler=dict(type='AnySampler', drop_last=False))

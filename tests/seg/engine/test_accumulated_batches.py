import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from seg.engine.accumulated_batches import count_accumulated_images


class Model(torch.nn.Linear):
    def __init__(self):
        super().__init__(1, 1)


def rate(tmp_path, enable=True, **options):
    """The rate of a first step: batches of 4 images, a rate of 0.1 for steps of 16."""
    cfg = Config(
        dict(
            train_dataloader=dict(
                batch_size=4,
                dataset=dict(type='NeverBuilt'),
                sampler=dict(type='DefaultSampler', shuffle=False),
            ),
            train_cfg=dict(by_epoch=True, max_epochs=1),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1), **options),
            auto_scale_lr=dict(enable=enable, base_batch_size=16),
        )
    )
    runner = Runner(
        Model(), str(tmp_path), experiment_name=f'{enable}{options}', cfg=cfg, **cfg.to_dict()
    )
    count_accumulated_images(runner)
    runner.optim_wrapper = runner.build_optim_wrapper(cfg.optim_wrapper)
    runner.scale_lr(runner.optim_wrapper, runner.auto_scale_lr)
    assert runner.cfg.auto_scale_lr.base_batch_size == 16
    return runner.optim_wrapper.get_lr()['lr'][0]


def test_the_rate_follows_the_images_of_a_step(tmp_path):
    assert rate(tmp_path) == pytest.approx(0.1 * 4 / 16)
    assert rate(tmp_path, accumulative_counts=4) == pytest.approx(0.1)
    assert rate(tmp_path, accumulative_counts=8) == pytest.approx(0.2)


def test_a_rate_that_is_not_scaled_stays(tmp_path):
    assert rate(tmp_path, enable=False, accumulative_counts=4) == 0.1

import pytest
import torch
from mmengine.hooks import EMAHook
from torch import nn

from seg.models.start_average import StartAverage


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.norm = nn.BatchNorm1d(2)


class Runner:
    _resume = False

    def __init__(self, model):
        self.model = model
        self.iter = 0


def trained(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))
        model.norm.running_mean.add_(1)


def test_weights_lie_between_those_that_were_loaded_and_the_trained_ones():
    torch.manual_seed(0)
    runner = Runner(Model())
    hook = EMAHook(ema_type=StartAverage, share=0.75)
    hook.before_run(runner)
    loaded = Model()  # after the hook has made its copy, as mmengine does it
    runner.model.load_state_dict(loaded.state_dict())
    hook.after_load_checkpoint(runner, {'state_dict': loaded.state_dict()})
    for _ in range(2):
        trained(runner.model)
        hook.after_train_iter(runner, 0, None)
    checkpoint = {'state_dict': runner.model.state_dict()}
    last = {key: value.clone() for key, value in checkpoint['state_dict'].items()}
    hook.before_save_checkpoint(runner, checkpoint)
    for key, value in checkpoint['state_dict'].items():
        is_weight = key.endswith(('weight', 'bias'))
        start = loaded.state_dict()[key]
        expected = 0.25 * start + 0.75 * last[key] if is_weight else last[key]
        torch.testing.assert_close(value, expected)

    # Resumed, it goes on between the same two.
    again = Runner(Model())
    again._resume = True
    other = EMAHook(ema_type=StartAverage, share=0.75)
    other.before_run(again)
    other.after_load_checkpoint(again, checkpoint)
    again.model.load_state_dict(last)
    other.after_train_iter(again, 0, None)
    found = other.ema_model.module.linear.weight
    torch.testing.assert_close(
        found, 0.25 * loaded.linear.weight + 0.75 * last['linear.weight'], check_stride=False
    )


@pytest.mark.parametrize('share', [0, -1, 1.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match=f'share {share}'):
        StartAverage(Model(), share=share)

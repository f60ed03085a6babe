from itertools import pairwise
from pathlib import Path

import pytest
from torch import nn

from seg.runtime.checkpoints.weights import (
    require_average,
    require_most_weights,
    require_training_state,
    require_weights_of,
)

PATH = Path('some/epoch_1.pth')


def weights(*sizes):
    return nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))


def test_weights_of_the_same_model_are_accepted():
    assert require_weights_of(weights(2, 3), weights(2, 3).state_dict(), PATH) is None


@pytest.mark.parametrize(
    ('other', 'words'),
    [
        (nn.Linear(2, 4), r'0 match, 2 have another shape \(bias\)'),
        (nn.Conv2d(2, 3, 1, bias=False), r'0 match, 1 are missing \(bias\), 1 have another shape'),
        (nn.Bilinear(2, 2, 3), r'1 match, 1 have another shape \(weight\)'),
        (nn.BatchNorm1d(3), r'3 are in the checkpoint alone \(num_batches_tracked\)'),
    ],
)
def test_weights_of_another_model_are_refused(other, words):
    with pytest.raises(ValueError, match=f'was not made by this config: of 2 weights.*{words}'):
        require_weights_of(nn.Linear(2, 3), other.state_dict(), PATH)


def test_a_training_may_start_from_most_of_its_weights():
    found = require_most_weights(weights(2, 3, 4), weights(2, 3, 5).state_dict(), PATH, setting='x')
    assert found == 'of 4 weights 2 match, 2 have another shape (1.bias)'


def test_a_training_may_not_start_from_the_weights_of_another_model():
    with pytest.raises(
        ValueError, match=r'^load_from: .* of another model: of 6 weights 2 match, 2 are missing'
    ):
        require_most_weights(
            weights(2, 3, 4, 5), weights(2, 3, 9).state_dict(), PATH, setting='load_from'
        )


def test_a_training_is_not_resumed_from_weights_alone():
    whole = {'state_dict': {}, 'meta': {}, 'message_hub': {}, 'optimizer': {}}
    assert require_training_state(whole, PATH) is None
    words = r'no state of a training to resume \(meta, optimizer\); .* --load-from'
    with pytest.raises(ValueError, match=words):
        require_training_state({'state_dict': {}, 'meta': None, 'message_hub': {}}, PATH)


@pytest.mark.parametrize(
    ('saved', 'option'),
    [({'w': 1}, None), ({'w': 1}, '--wise-ft'), ({'start.w': 1}, '--ema'), (None, '--wise-ft')],
)
def test_a_training_goes_on_with_the_average_that_it_had(saved, option):
    with pytest.raises(ValueError, match='resume as it was trained'):
        require_average({} if saved is None else {'ema_state_dict': saved}, PATH, option)


def test_an_average_of_all_weights_may_begin_at_any_time():
    for averaged, option in (({}, '--ema'), ({'w': 1}, '--ema'), ({'start.w': 1}, '--wise-ft')):
        content = {'ema_state_dict': averaged} if averaged else {}
        assert require_average(content, PATH, option) is None  # and raises nothing

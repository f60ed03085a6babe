import pytest
import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.runner import Runner

from seg.apis.command_line import run_command
from seg.apis.config.build_errors import explain_build_error
from seg.registry import HOOKS, METRICS, MODELS, TRANSFORMS

NECK = {'type': 'DenseScale'}


def explained(build):
    with pytest.raises(Exception) as caught:
        build()
    return explain_build_error(caught.value)


@pytest.mark.parametrize(
    ('registry', 'config', 'words'),
    [
        (
            METRICS,
            {'type': 'PanopticQualtyMetric'},
            ["metric 'PanopticQualtyMetric'", 'near it: Pano'],
        ),
        (HOOKS, {'type': 'seg.LogerHook'}, ["the hook 'seg.LogerHook'", 'LoggerHook']),
        (
            TRANSFORMS,
            {'type': 'Qwertz'},
            ["the transform 'Qwertz', which is not registered; a class"],
        ),
        (
            MODELS,
            {'type': 'FPN'},
            ['sets FPN to', "'in_channels'", 'TypeError'],
        ),
        (MODELS, {'type': 'ReLU', 'slope': 1}, ['sets ReLU to', "argument 'slope'"]),
        (
            HOOKS,
            {'type': 'CheckpointHook', 'save_begin': 'abc'},
            ['sets CheckpointHook to', 'TypeError'],
        ),
    ],
)
def test_what_cannot_be_built_is_named(registry, config, words):
    line = explained(lambda: registry.build(config))
    assert all(word in line for word in words), line
    assert '\n' not in line


@pytest.mark.parametrize(
    ('optimizer', 'words'),
    [
        ({'type': 'AdmW', 'lr': 1}, "the optimizer 'AdmW', which is not registered; near it: Adam"),
        ({'type': 'AdamW', 'lr': 'abc'}, 'sets AdamW to what it does not take'),
        ({'type': 'SGD', 'lr': 'fast', 'weight_decay': 'x'}, 'sets SGD to what it does not take'),
    ],
)
def test_an_optimizer_too(optimizer, words):
    model = torch.nn.Linear(2, 2)
    line = explained(lambda: build_optim_wrapper(model, {'optimizer': optimizer}))
    assert words in line


@pytest.mark.parametrize('method', ['_check_scheduler_cfg', 'build_param_scheduler'])
def test_what_the_runner_takes_nothing_from_is_said(method):
    runner = Runner.__new__(Runner)
    runner.optim_wrapper = OptimWrapper(torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), 0.1))
    line = explained(lambda: getattr(runner, method)('cosine'))
    assert line.startswith('the config cannot be run: ') and 'should be a' in line


def test_other_errors_are_not_the_configs():
    assert explained(lambda: {}['type']) is None
    assert explained(lambda: torch.nn.ReLU(slope=1)) is None


def test_a_command_says_it_in_one_line_and_keeps_the_traceback_of_a_fault(capsys):
    assert run_command(lambda: MODELS.build({'type': 'Ye-Net'})) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: the config names the model 'Ye-Net', which is not registered")
    with pytest.raises(KeyError, match='type'):
        run_command(lambda: {}['type'])

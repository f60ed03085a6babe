"""What is said of a training."""

from types import SimpleNamespace

import pytest
import torch

from seg.apis.training.words import after_interruption


@pytest.mark.parametrize(
    ('checkpoint', 'given', 'words'),
    [
        (None, '', 'stopped after step 1,200, before the first checkpoint'),
        ('epoch_2.pth', '', 'the same command with --resume goes on from epoch_2.pth'),
        ('epoch_2.pth', '--load-from', 'with --resume in place of --load-from goes on from'),
    ],
)
def test_who_stops_a_training_reads_how_it_goes_on(tmp_path, monkeypatch, checkpoint, given, words):
    monkeypatch.chdir(tmp_path)
    if checkpoint:
        torch.save({}, checkpoint)
    runner = SimpleNamespace(iter=1200, work_dir=str(tmp_path))
    assert words in after_interruption(runner, instead_of=given)

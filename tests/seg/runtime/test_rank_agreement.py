import json
import subprocess
import sys

import pytest

from seg.runtime.rank_agreement import require_agreement

# Two gloo processes, each with settings of its own.
AGREE = """
import json, sys
import torch.distributed as dist
from seg.runtime.launch import leave_process_group
from seg.runtime.rank_agreement import require_agreement
rank, store, settings = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
dist.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
try:
    for each in settings:
        require_agreement(each)
except ValueError as error:
    sys.exit(str(error))
finally:
    dist.barrier()
    leave_process_group()
"""


def ranks(store, *settings):
    processes = [
        subprocess.Popen(
            [sys.executable, '-c', AGREE, str(rank), str(store), json.dumps(own)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, own in enumerate(settings)
    ]
    said = [process.communicate(timeout=120)[1] for process in processes]
    return [process.returncode for process in processes], said


def test_ranks_with_other_words_stop_and_rank_zero_says_which(tmp_path):
    agreed, weights = {'classes': ['cat', 'dog']}, {'the text weights': 'aa'}
    own = [agreed, weights, {'classes': ['cat', 'dog']}]
    other = [agreed, weights, {'classes': ['cat', 'cow']}]
    codes, said = ranks(tmp_path / 'store', own, other)
    assert codes == [1, 1]
    assert "the processes differ in classes: 'dog' on rank 0, 'cow' on rank 1" in said[0]
    assert 'differ' not in said[1]


def test_one_process_agrees_with_itself():
    assert require_agreement({'classes': ['cat']}) is None


@pytest.mark.parametrize('pair', [(['cat'], ['cat', 'dog']), ('aa', 'ab'), (None, 'ab')])
def test_what_differs_is_named(monkeypatch, pair):
    def gather(of_rank, settings):
        of_rank[:] = [settings, {'words': pair[1]}]

    for name, answer in dict(is_initialized=True, get_world_size=2, get_rank=0).items():
        monkeypatch.setattr(f'torch.distributed.{name}', lambda answer=answer: answer)
    monkeypatch.setattr('torch.distributed.all_gather_object', gather)
    with pytest.raises(ValueError, match=r'differ in words: .* on rank 0, .* on rank 1'):
        require_agreement({'words': pair[0]})

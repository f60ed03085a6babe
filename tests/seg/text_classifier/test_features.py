import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.features import candidate_features, share

CANDIDATES = ['cat', 'traffic light', 'apple']
TEMPLATES = ['a photo of {article} {}.', 'the {}', 'a {} in the scene.']


def encode(prompts):
    """A feature that depends on every character of a prompt."""
    rows = [[hash_character(c) * (i + 1) % 97 for i, c in enumerate(p)] for p in prompts]
    return torch.tensor([[sum(r[k::4]) + k for k in range(4)] for r in rows], dtype=torch.float32)


def hash_character(character):
    return ord(character) * 31 % 89


def test_features_equal_the_definition_written_out():
    expected = []
    for name in CANDIDATES:
        article = 'an' if name[0] in 'aeiou' else 'a'
        rows = []
        for template in TEMPLATES:
            prompt = template.replace('{article}', article).replace('{}', name)
            row = encode([prompt])[0]
            rows.append(row / row.pow(2).sum().sqrt())
        mean = sum(rows) / len(rows)
        expected.append(mean / mean.pow(2).sum().sqrt())
    found = candidate_features(encode, CANDIDATES, TEMPLATES)
    torch.testing.assert_close(found, torch.stack(expected), atol=1e-6, rtol=0)


@pytest.mark.parametrize('batch_size', [1, 2, 4, 9, 100])
def test_the_batch_size_changes_nothing(batch_size):
    found = candidate_features(encode, CANDIDATES, TEMPLATES, batch_size=batch_size)
    torch.testing.assert_close(found, candidate_features(encode, CANDIDATES, TEMPLATES))


def limited(batch, error):
    def encode_or_fail(prompts):
        if len(prompts) > batch:
            raise error
        return encode(prompts)

    return encode_or_fail


@pytest.mark.parametrize(
    'error',
    [
        torch.cuda.OutOfMemoryError('CUDA out of memory'),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    ],
)
def test_out_of_memory_halves_the_batch_and_goes_on(error, capsys):
    found = candidate_features(limited(2, error), CANDIDATES, TEMPLATES, batch_size=8)
    torch.testing.assert_close(found, candidate_features(encode, CANDIDATES, TEMPLATES))
    assert 'out of memory; going on with batches of 2' in capsys.readouterr().err


def test_out_of_memory_with_one_prompt_says_what_to_do():
    with pytest.raises(MemoryError, match='--device cpu'):
        candidate_features(limited(0, MemoryError()), CANDIDATES, TEMPLATES)


def test_any_other_failure_is_not_taken_for_lack_of_memory():
    with pytest.raises(RuntimeError, match='shapes'):
        candidate_features(limited(0, RuntimeError('shapes differ')), CANDIDATES, TEMPLATES)


@pytest.mark.parametrize(('total', 'ranks'), [(10, 3), (3, 3), (63, 8), (1, 1)])
def test_ranks_share_all_prompts_and_differ_by_one_at_most(monkeypatch, total, ranks):
    monkeypatch.setattr('torch.distributed.is_initialized', lambda: True)
    monkeypatch.setattr('torch.distributed.get_world_size', lambda: ranks)
    ranges = []
    for rank in range(ranks):
        monkeypatch.setattr('torch.distributed.get_rank', lambda rank=rank: rank)
        ranges.append(range(*share(total)))
    assert [i for r in ranges for i in r] == list(range(total))
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1


def test_more_ranks_than_prompts_are_refused(monkeypatch):
    monkeypatch.setattr('torch.distributed.is_initialized', lambda: True)
    monkeypatch.setattr('torch.distributed.get_world_size', lambda: 4)
    monkeypatch.setattr('torch.distributed.get_rank', lambda: 0)
    with pytest.raises(ValueError, match='4 processes for 3 prompts; start at most 3'):
        share(3)


def test_half_precision_features_are_averaged_in_float32():
    found = candidate_features(lambda p: encode(p).bfloat16(), CANDIDATES, TEMPLATES)
    assert found.dtype == torch.float32
    torch.testing.assert_close(F.normalize(found, dim=-1), found)

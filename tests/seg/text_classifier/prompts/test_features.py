import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.prompts import features
from seg.text_classifier.prompts.features import candidate_features, share

CANDIDATES = ['cat', 'traffic light', 'apple']
TEMPLATES = ['a photo of {article} {}.', 'the {}', 'a {} in the scene.']
LONGEST = 40


class Characters:
    """An encoder of 4 numbers that depend on every character of a prompt and on its place."""

    shares_prefixes = True

    def __init__(self):
        self.batches = []

    def tokenize(self, texts):
        codes = [[ord(c) for c in text] + [0] * (LONGEST - len(text)) for text in texts]
        return torch.tensor(codes)

    def lengths(self, tokens):
        return (tokens > 0).sum(1)

    def encode_batches(self, batches, progress=None):
        features = []
        for number, tokens in enumerate(batches, 1):
            self.batches.append(len(tokens))
            features.append(self(tokens))
            if progress is not None:
                progress(number / len(batches))
        return torch.cat(features)

    def __call__(self, tokens):
        weights = torch.arange(1, LONGEST + 1) * 37 % 11
        scaled = (tokens * 31 % 89 * weights).float()
        return torch.stack([scaled[:, k::4].sum(1) + k for k in range(4)], dim=1)


class Limited(Characters):
    """Fails on batches that are too large."""

    shares_prefixes = False

    def __init__(self, largest, error):
        super().__init__()
        self.largest, self.error = largest, error

    def __call__(self, tokens):
        if len(tokens) > self.largest:
            raise self.error
        return super().__call__(tokens)


def features_of(encoder, candidates=CANDIDATES, templates=TEMPLATES, **options):
    blocks = candidate_features(encoder, candidates, templates, **options)
    found = {name: row for names, rows in blocks for name, row in zip(names, rows, strict=True)}
    return torch.stack([found[name] for name in candidates])


def definition(candidates=CANDIDATES, templates=TEMPLATES):
    """Prompt by prompt: normalise, mean, normalise."""
    encoder, expected = Characters(), []
    for name in candidates:
        article = 'an' if name[0] in 'aeiou' else 'a'
        rows = []
        for template in templates:
            prompt = template.replace('{article}', article).replace('{}', name)
            row = encoder(encoder.tokenize([prompt]))[0]
            rows.append(row / row.pow(2).sum().sqrt())
        mean = sum(rows) / len(rows)
        expected.append(mean / mean.pow(2).sum().sqrt())
    return torch.stack(expected)


def assert_close(found, expected):
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_features_equal_the_definition_written_out():
    assert_close(features_of(Characters()), definition())


@pytest.mark.parametrize('batch_size', [1, 2, 4, 9, 100])
@pytest.mark.parametrize('block', [1, 3, 6, 1000])
def test_batches_and_blocks_change_nothing(monkeypatch, batch_size, block):
    monkeypatch.setattr(features, 'BLOCK_PROMPTS', block)
    assert_close(features_of(Characters(), batch_size=batch_size), definition())


def test_equal_prompts_are_encoded_once_and_counted_twice():
    encoder = Characters()
    templates = ['the {}', 'a {}', 'the {}']
    assert_close(features_of(encoder, templates=templates), definition(templates=templates))
    assert sum(encoder.batches) == 6


def test_batches_hold_no_more_prompts_than_asked():
    encoder = Characters()
    encoder.shares_prefixes = False
    features_of(encoder, batch_size=2)
    assert max(encoder.batches) == 2


def test_batches_of_long_prompts_are_smaller():
    templates = ['{} ' + end * 9 for end in 'pqrs']
    encoder = Characters()
    found = features_of(encoder, templates=templates, batch_size=6)
    assert_close(found, definition(templates=templates))
    assert max(encoder.batches) < 6


def test_as_many_batches_as_memory_holds_are_encoded_at_once(monkeypatch):
    monkeypatch.setattr(features, 'BATCHES_AT_ONCE', 2)
    monkeypatch.setattr(features, 'TOKENS_PER_PROMPT', 40)
    calls = []

    class Listening(Characters):
        def encode_batches(self, batches, progress=None):
            calls.append([len(batch) for batch in batches])
            return super().encode_batches(batches, progress)

    assert_close(features_of(Listening(), batch_size=2), definition())
    assert calls == [[2, 2], [2, 2], [1]]
    calls.clear()
    encoder = Listening()
    encoder.shares_prefixes = False
    features_of(encoder, batch_size=2)
    assert calls == [[2], [2], [2], [2], [1]]


def test_the_bar_moves_while_batches_are_encoded(monkeypatch):
    seen = []

    class Bar:
        def __init__(self, total, **_):
            self.total, self.n = total, 0

        def update(self, step):
            self.n += step
            seen.append(self.n)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            assert self.n == self.total

    monkeypatch.setattr(features, 'tqdm', Bar)
    monkeypatch.setattr(features, 'BLOCK_PROMPTS', 6)
    features_of(Characters(), batch_size=2)
    assert seen == sorted(seen)
    assert {2, 4, 6, 8} <= set(seen)


def test_prompts_that_share_nothing_fill_their_batches():
    encoder = Characters()
    encoder.shares_prefixes = False
    features_of(encoder, templates=['{} ' + end * 9 for end in 'pqrs'], batch_size=6)
    assert encoder.batches[0] == 6


def test_prompts_that_begin_alike_are_neighbours():
    seen = []

    class Listening(Characters):
        def __call__(self, tokens):
            seen.extend(tokens.tolist())
            return super().__call__(tokens)

    features_of(Listening(), ['ab', 'b', 'aa', 'ba'], ['x{}', 'y{}'])
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    'error',
    [
        torch.cuda.OutOfMemoryError('CUDA out of memory'),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    ],
)
def test_out_of_memory_halves_the_batch_and_goes_on(error, capsys):
    assert_close(features_of(Limited(2, error), batch_size=8), definition())
    assert 'out of memory; continuing with batches of 2' in capsys.readouterr().err


class LimitedInAll(Characters):
    """Fails where all batches together are too large."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def encode_batches(self, batches, progress=None):
        if sum(map(len, batches)) > self.most:
            raise MemoryError
        return super().encode_batches(batches, progress)


def test_out_of_memory_with_many_batches_holds_fewer_at_once(capsys, monkeypatch):
    monkeypatch.setattr(features, 'TOKENS_PER_PROMPT', 40)
    encoder = LimitedInAll(2)
    assert_close(features_of(encoder, batch_size=2), definition())
    assert max(encoder.batches) == 2  # as asked: one of them fits
    said = capsys.readouterr().err
    assert 'out of memory; fewer batches at once from now on: 2\n' in said
    assert 'out of memory; fewer batches at once from now on: 1\n' in said
    assert_close(features_of(LimitedInAll(1), batch_size=2), definition())


def test_out_of_memory_with_one_prompt_says_what_to_do():
    with pytest.raises(MemoryError, match='--device cpu'):
        features_of(Limited(0, MemoryError()))


def test_any_other_failure_is_not_taken_for_lack_of_memory():
    with pytest.raises(RuntimeError, match='shapes'):
        features_of(Limited(0, RuntimeError('shapes differ')))


def test_half_precision_features_are_averaged_in_float32():
    class Half(Characters):
        def __call__(self, tokens):
            return super().__call__(tokens).bfloat16()

    found = features_of(Half())
    assert found.dtype == torch.float32
    assert_close(F.normalize(found, dim=-1), found)


@pytest.mark.parametrize('ranks', [1, 2, 3, 8])
def test_ranks_share_all_rows_in_runs_of_nearly_equal_cost(ranks):
    cost = np.random.default_rng(0).integers(1, 9, size=1000)
    runs = share(cost, ranks)
    assert list(itertools.chain(*runs)) == list(range(1000))
    costs = [cost[run.start : run.stop].sum() for run in runs]
    assert max(costs) - min(costs) <= 2 * cost.max()


def test_ranks_beyond_the_number_of_rows_get_none():
    runs = share(np.ones(3), 5)
    assert sorted(map(len, runs)) == [0, 0, 1, 1, 1]
    assert list(itertools.chain(*runs)) == [0, 1, 2]


@pytest.mark.parametrize('ranks', [2, 3, 9])
def test_the_sums_of_all_ranks_are_the_sums_of_one(monkeypatch, ranks):
    monkeypatch.setattr('torch.distributed.is_initialized', lambda: True)
    monkeypatch.setattr('torch.distributed.get_world_size', lambda: ranks)
    parts = []
    monkeypatch.setattr('torch.distributed.all_reduce', lambda sums: parts.append(sums.clone()))
    for rank in range(ranks):
        monkeypatch.setattr('torch.distributed.get_rank', lambda rank=rank: rank)
        list(candidate_features(Characters(), CANDIDATES, TEMPLATES))
    found = F.normalize(sum(parts), dim=-1)
    assert_close(found, definition(sorted(CANDIDATES)))

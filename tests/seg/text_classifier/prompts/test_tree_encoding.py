import pytest
import torch
import torch.nn.functional as F
from open_clip.transformer import TextTransformer

from seg.text_classifier.prompts import tree_encoding
from seg.text_classifier.prompts.tree_encoding import encode_tree, encode_trees

END = 30


@pytest.fixture(params=['linear', 'bias', 'none', 'layer scale'])
def tower(request):
    torch.manual_seed(0)
    kind = request.param
    tower = TextTransformer(
        context_length=12,
        vocab_size=END + 1,
        width=16,
        heads=2,
        layers=3,
        output_dim=8,
        proj_bias=kind == 'bias',
        proj_type='none' if kind == 'none' else 'linear',
        ls_init_value=0.3 if kind == 'layer scale' else None,
    ).eval()
    for parameter in tower.parameters():  # as after training: no bias is zero, no norm is one
        parameter.data += 0.1 * torch.randn_like(parameter)
    return tower


def random_prompts(count=50):
    """Prompts of 1 to 10 tokens out of 3, so that they share prefixes, each closed by END."""
    torch.manual_seed(1)
    lengths = torch.randint(1, 11, (count,))
    tokens = torch.randint(1, 4, (count, 12))
    tokens[torch.arange(12) > lengths[:, None]] = 0
    tokens[torch.arange(count), lengths] = END
    return tokens, lengths


@pytest.mark.parametrize('chunk_nodes', [1, 7, 30, 10_000])
def test_features_on_the_tree_are_the_towers_own(monkeypatch, tower, chunk_nodes):
    monkeypatch.setattr(tree_encoding, 'CHUNK_NODES', chunk_nodes)
    tokens, ends = random_prompts()
    with torch.inference_mode():
        found, expected = encode_tree(tower, tokens, ends), tower(tokens)
    difference = F.normalize(found, dim=-1) - F.normalize(expected, dim=-1)
    assert difference.abs().max() < 1e-6


def test_one_prompt_alone_has_the_same_features(tower):
    tokens, ends = random_prompts()
    with torch.inference_mode():
        found = torch.cat([encode_tree(tower, t[None], e[None]) for t, e in zip(tokens, ends)])  # noqa: B905
        torch.testing.assert_close(found, encode_tree(tower, tokens, ends), atol=1e-5, rtol=0)


def test_every_distinct_prefix_goes_through_the_tower_once(monkeypatch, tower):
    tokens, ends = random_prompts()
    prefixes = {
        tuple(t[: i + 1].tolist()) for t, e in zip(tokens, ends, strict=True) for i in range(e + 1)
    }
    seen = []
    tower.token_embedding.register_forward_pre_hook(lambda _, args: seen.append(args[0].numel()))
    monkeypatch.setattr(tree_encoding, 'CHUNK_NODES', 10)
    encode_tree(tower, tokens, ends)
    assert sum(seen) == -(-len(prefixes) // 10) * 10  # the last chunk is filled up


@pytest.mark.parametrize('size', [1, 7, 50])
def test_batches_have_the_features_of_their_prompts(tower, size):
    tokens, ends = random_prompts()
    heard = []
    with torch.inference_mode():
        batches = list(zip(tokens.split(size), ends.split(size), strict=True))
        found = encode_trees(tower, batches, heard.append)
        torch.testing.assert_close(found, encode_tree(tower, tokens, ends), atol=1e-5, rtol=0)
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert len(heard) == 3 * len(batches)  # layers


def test_the_towers_weights_stay(tower):
    before = {name: value.clone() for name, value in tower.state_dict().items()}
    tokens, ends = random_prompts()
    with torch.inference_mode():
        encode_trees(tower, list(zip(tokens.split(9), ends.split(9), strict=True)))
    for name, value in tower.state_dict().items():
        assert torch.equal(value, before[name])

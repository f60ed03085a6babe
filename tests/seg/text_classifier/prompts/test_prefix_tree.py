import numpy as np
import pytest

from seg.text_classifier.prompts.prefix_tree import build_tree, cut_chunks, sort_prompts


def random_prompts(count=60, width=9, vocabulary=3, seed=0):
    """Prompts over few tokens, so that many share prefixes, some are equal, some begin others."""
    random = np.random.default_rng(seed)
    tokens = random.integers(1, vocabulary + 1, size=(count, width))
    return tokens, random.integers(1, width + 1, size=count)


def as_tuples(tokens, lengths):
    return [tuple(row[:length].tolist()) for row, length in zip(tokens, lengths, strict=True)]


def test_prompts_are_sorted_and_distinct_and_every_one_finds_its_row():
    tokens, lengths = random_prompts()
    prompts = sort_prompts(tokens, lengths)
    given, rows = as_tuples(tokens, lengths), as_tuples(prompts.tokens, prompts.lengths)
    assert rows == sorted(set(given))
    assert [rows[i] for i in prompts.row] == given
    assert [given[i] for i in prompts.prompt] == rows


def test_the_tree_has_one_node_a_distinct_prefix():
    tokens, lengths = random_prompts()
    prefixes = {p[:d] for p in as_tuples(tokens, lengths) for d in range(1, len(p) + 1)}
    assert sort_prompts(tokens, lengths).added.sum() == len(prefixes)


def test_tokens_after_the_end_play_no_part():
    tokens, lengths = random_prompts()
    changed = np.where(np.arange(tokens.shape[1]) < lengths[:, None], tokens, 77)
    a, b = sort_prompts(tokens, lengths), sort_prompts(changed, lengths)
    assert (a.tokens == b.tokens).all() and (a.row == b.row).all()


def test_every_node_is_a_distinct_prefix_and_its_ancestors_spell_it():
    tokens, lengths = random_prompts()
    tree = build_tree(sort_prompts(tokens, lengths))
    spelt = [
        tuple(tree.tokens[own[: depth + 1]].tolist())
        for own, depth in zip(tree.ancestors, tree.depths, strict=True)
    ]
    prefixes = {p[:d] for p in as_tuples(tokens, lengths) for d in range(1, len(p) + 1)}
    assert len(spelt) == len(prefixes) and set(spelt) == prefixes


def test_every_row_is_the_path_to_its_leaf_and_leaves_ascend():
    prompts = sort_prompts(*random_prompts())
    tree = build_tree(prompts)
    for leaf, row in zip(tree.leaves, as_tuples(prompts.tokens, prompts.lengths), strict=True):
        path = tree.ancestors[leaf, : tree.depths[leaf] + 1]
        assert path[-1] == leaf and tuple(tree.tokens[path].tolist()) == row
    assert (np.diff(tree.leaves) > 0).all()


@pytest.mark.parametrize('size', [1, 5, 10, 40, 1000])
def test_a_node_of_a_chunk_sees_its_ancestors_and_itself_and_nothing_else(size):
    tree = build_tree(sort_prompts(*random_prompts()))
    chunks = cut_chunks(tree, size)
    seen_by = [
        sorted(keys[visible].tolist())
        for keys, rows in zip(chunks.keys, chunks.visible, strict=True)
        for visible in rows
    ]
    for node, depth in enumerate(tree.depths):
        assert seen_by[node] == tree.ancestors[node, : depth + 1].tolist()
    padding = seen_by[len(tree.tokens) :]
    assert len(padding) < size and all(len(keys) == 1 for keys in padding)


def test_the_context_of_a_chunk_is_the_path_to_its_first_node():
    tree = build_tree(sort_prompts(*random_prompts()))
    chunks = cut_chunks(tree, 10)
    context = chunks.keys.shape[1] - 10
    assert context == tree.depths[::10].max()
    for first, keys in zip(range(0, len(tree.tokens), 10), chunks.keys, strict=True):
        depth = tree.depths[first]
        assert keys[:depth].tolist() == tree.ancestors[first, :depth].tolist()


def test_one_prompt_is_a_tree_of_one_path():
    tree = build_tree(sort_prompts(np.array([[5, 6, 7]]), np.array([2])))
    assert tree.tokens.tolist() == [5, 6] and tree.leaves.tolist() == [1]
    chunks = cut_chunks(tree, 2)
    assert chunks.keys.tolist() == [[0, 1]]
    assert chunks.visible.tolist() == [[[True, False], [True, True]]]

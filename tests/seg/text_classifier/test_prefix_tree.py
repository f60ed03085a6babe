import numpy as np
import pytest

from seg.text_classifier.prefix_tree import build_chunk, cut_rows, sort_prompts


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


@pytest.mark.parametrize('max_nodes', [1, 5, 9, 20, 50, 1000])
def test_runs_hold_all_rows_in_order_and_keep_to_the_size(max_nodes):
    prompts = sort_prompts(*random_prompts())
    runs = list(cut_rows(prompts, max_nodes))
    assert [row for run in runs for row in run] == list(range(len(prompts.lengths)))
    for run in runs:
        nodes = len(build_chunk(prompts, run).tokens)
        assert nodes <= max_nodes or len(run) == 1


def test_runs_are_as_long_as_the_size_allows():
    prompts = sort_prompts(*random_prompts())
    for run in list(cut_rows(prompts, 25))[:-1]:
        assert len(build_chunk(prompts, range(run.start, run.stop + 1)).tokens) > 25


@pytest.mark.parametrize('max_nodes', [1, 10, 40, 1000])
def test_a_chunk_is_closed_under_ancestors_and_every_leaf_sees_exactly_its_prompt(max_nodes):
    prompts = sort_prompts(*random_prompts())
    rows = as_tuples(prompts.tokens, prompts.lengths)
    for run in cut_rows(prompts, max_nodes):
        chunk = build_chunk(prompts, run)
        assert len(chunk.leaves) == len(run)
        for row, leaf in zip(run, chunk.leaves, strict=True):
            seen = np.flatnonzero(chunk.visible[leaf])
            assert tuple(chunk.tokens[seen].tolist()) == rows[row]
            assert chunk.depths[seen].tolist() == list(range(len(rows[row])))


def test_a_node_sees_the_prefix_that_it_ends_and_nothing_else():
    prompts = sort_prompts(*random_prompts())
    prefixes = []
    chunk = build_chunk(prompts, range(len(prompts.lengths)))
    for node in range(len(chunk.tokens)):
        seen = np.flatnonzero(chunk.visible[node])
        assert seen[-1] == node
        assert chunk.depths[seen].tolist() == list(range(chunk.depths[node] + 1))
        prefixes.append(tuple(chunk.tokens[seen].tolist()))
    assert len(set(prefixes)) == len(prefixes) == prompts.added.sum()


def test_one_prompt_is_a_tree_of_one_path():
    prompts = sort_prompts(np.array([[5, 6, 7]]), np.array([2]))
    chunk = build_chunk(prompts, range(1))
    assert chunk.tokens.tolist() == [5, 6]
    assert chunk.visible.tolist() == [[True, False], [True, True]]
    assert chunk.leaves.tolist() == [1]

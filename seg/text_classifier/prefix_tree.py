"""The tree of token prefixes that prompts share, cut into chunks that can be encoded alone.

In a causal text tower the hidden state at a position depends on the tokens up to it and on nothing
else. Prompts that begin alike, as those of one template do, share the states of their common prefix,
so the distinct work is the set of distinct prefixes: the nodes of a tree. Sorted prompts are that
tree in depth-first order, which is all this module needs: no node objects, a few integer arrays.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_AFTER_END = -1


class SortedPrompts(NamedTuple):
    """Distinct prompts in lexicographic order: the tree in depth-first order, a leaf a row.

    Attributes:
        tokens: int array [R, L], -1 after the end of a prompt.
        lengths: int array [R].
        shared: int array [R], how many leading tokens a row has in common with the row before.
        row: int array [P], the row of each of the P prompts given.
        prompt: int array [R], a prompt of each row.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    shared: np.ndarray
    row: np.ndarray
    prompt: np.ndarray

    @property
    def added(self) -> np.ndarray:
        """Nodes that each row adds to the tree, int array [R]; their sum is the size of the tree."""
        return self.lengths - self.shared


class Chunk(NamedTuple):
    """Part of the tree that holds every ancestor of its nodes, in depth-first order.

    Attributes:
        tokens: int array [N], the token of each node.
        depths: int array [N], its position in the prompt.
        visible: bool array [N, N], ``visible[i, j]`` if j is an ancestor of i or i itself.
        leaves: int array [R], the last node of each of the chunk's R rows.
    """

    tokens: np.ndarray
    depths: np.ndarray
    visible: np.ndarray
    leaves: np.ndarray


def sort_prompts(tokens: np.ndarray, lengths: np.ndarray) -> SortedPrompts:
    """Sort prompts and drop repeated ones.

    Args:
        tokens: int array [P, L].
        lengths: int array [P], number of tokens up to and including the one that is pooled.
    """
    width = int(lengths.max())
    cut = np.where(np.arange(width) < lengths[:, None], tokens[:, :width], _AFTER_END)
    rows, prompt, row = np.unique(cut, axis=0, return_index=True, return_inverse=True)
    same = (rows[1:] == rows[:-1]).cumprod(axis=1).sum(axis=1)
    return SortedPrompts(
        tokens=rows,
        lengths=(rows != _AFTER_END).sum(axis=1),
        shared=np.concatenate([[0], same]),
        row=row.reshape(-1),
        prompt=prompt,
    )


def cut_rows(prompts: SortedPrompts, max_nodes: int) -> Iterator[range]:
    """Cut the rows into runs whose chunks have at most ``max_nodes`` nodes, or one row if it is longer.

    The first row of a run brings all its ancestors, every further row only what it adds.
    """
    start, nodes = 0, 0
    for row, (length, shared) in enumerate(
        zip(prompts.lengths.tolist(), prompts.shared.tolist(), strict=True)
    ):
        if row > start and nodes + length - shared > max_nodes:
            yield range(start, row)
            start = row
        nodes = length if row == start else nodes + length - shared
    yield range(start, len(prompts.lengths))


def build_chunk(prompts: SortedPrompts, rows: range) -> Chunk:
    """The chunk of consecutive rows."""
    tokens = prompts.tokens[rows.start : rows.stop]
    lengths = prompts.lengths[rows.start : rows.stop]
    shared = prompts.shared[rows.start : rows.stop].copy()
    shared[0] = 0
    depth = np.arange(tokens.shape[1])
    is_new = (depth >= shared[:, None]) & (depth < lengths[:, None])
    # Nodes are numbered in reading order. The node of a row at a depth it does not add is the last
    # one that a row before it added there.
    number = np.where(is_new, is_new.cumsum().reshape(is_new.shape) - 1, -1)
    path = np.maximum.accumulate(number, axis=0)
    row, depths = np.nonzero(is_new)
    visible = np.zeros((len(row), len(row)), dtype=bool)
    node, ancestor_depth = np.nonzero(depth <= depths[:, None])
    visible[node, path[row[node], ancestor_depth]] = True
    return Chunk(
        tokens=tokens[row, depths],
        depths=depths,
        visible=visible,
        leaves=path[np.arange(len(tokens)), lengths - 1],
    )

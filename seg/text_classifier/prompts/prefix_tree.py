"""The tree of token prefixes that prompts share, cut into chunks for attention.

In a causal text tower the hidden state at a position depends on the tokens up to it and on nothing
else. Prompts that begin alike, as those of one template do, share the states of their common prefix,
so the distinct work is the set of distinct prefixes: the nodes of a tree. Sorted prompts are that
tree in depth-first order, which is all this module needs: no node objects, a few integer arrays.
"""

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


class Tree(NamedTuple):
    """The distinct prefixes of sorted prompts, a node each, in depth-first order.

    Attributes:
        tokens: int array [N], the last token of each node's prefix.
        depths: int array [N], its position in the prompt.
        ancestors: int array [N, L], the node's ancestor at each depth and, at its own, itself.
            Beyond that the numbers mean nothing.
        leaves: int array [R], the node where each row ends, ascending.
    """

    tokens: np.ndarray
    depths: np.ndarray
    ancestors: np.ndarray
    leaves: np.ndarray


class Chunks(NamedTuple):
    """B runs of S nodes of a tree, each with what its nodes may see.

    A run and its context, the ancestors that lie before it, are closed under ancestors.

    Attributes:
        keys: int array [B, A + S], the nodes of the context, up to A, and of the run itself. Padding
            repeats node 0.
        visible: bool array [B, S, A + S], which of the keys are ancestors of a node, or the node
            itself. A padded node of the last run sees its own place.
    """

    keys: np.ndarray
    visible: np.ndarray


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


def build_tree(prompts: SortedPrompts) -> Tree:
    """The tree of sorted prompts."""
    depth = np.arange(prompts.tokens.shape[1])
    is_new = (depth >= prompts.shared[:, None]) & (depth < prompts.lengths[:, None])
    # Nodes are numbered in reading order. The node of a row at a depth it does not add is the last
    # one that a row before it added there.
    number = np.where(is_new, is_new.cumsum().reshape(is_new.shape) - 1, -1)
    path = np.maximum.accumulate(number, axis=0)
    row, depths = np.nonzero(is_new)
    return Tree(
        tokens=prompts.tokens[row, depths],
        depths=depths,
        ancestors=path[row],
        leaves=path[np.arange(len(path)), prompts.lengths - 1],
    )


def cut_chunks(tree: Tree, size: int) -> Chunks:
    """Cut a tree into runs of ``size`` nodes.

    In depth-first order, an ancestor that lies before a run is an ancestor of the run's first node,
    so the context of a run is the path to its first node, its place there the depth.
    """
    nodes, levels = tree.ancestors.shape
    first = np.arange(0, nodes, size)
    context = int(tree.depths[first].max())
    runs = np.arange(len(first) * size).reshape(-1, size)
    own = np.where(runs < nodes, runs, 0)
    is_context = np.arange(context) < tree.depths[first, None]
    keys = np.concatenate([np.where(is_context, tree.ancestors[first, :context], 0), own], axis=1)
    visible = np.zeros((runs.size, context + size), dtype=bool)
    visible[runs, context + np.arange(size)] = True
    node, depth = np.nonzero(np.arange(levels) < tree.depths[:, None])
    ancestor, start = tree.ancestors[node, depth], node - node % size
    visible[node, np.where(ancestor < start, depth, context + ancestor - start)] = True
    return Chunks(keys, visible.reshape(len(first), size, -1))

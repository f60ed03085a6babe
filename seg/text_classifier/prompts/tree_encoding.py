"""Runs a causal text tower over the prefix tree of its prompts: each distinct prefix once.

All that a tower does to single positions is done to the nodes of the tree in one long row. Attention
is done in chunks of that row, whose nodes see their ancestors and themselves; a node's depth is its
position. So every node has the hidden state that the tower gives it in each prompt it belongs to.
The tower's own modules and weights are used as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.runtime.pages import page_out
from seg.text_classifier.prompts.linear import linear, pack
from seg.text_classifier.prompts.prefix_tree import Chunks, build_tree, cut_chunks, sort_prompts

if TYPE_CHECKING:
    from open_clip.transformer import ResidualAttentionBlock, TextTransformer

# Nodes of a chunk: attention looks at these and the chunk's context, about ten more, for each node.
CHUNK_NODES = 24


def encode_tree(tower: TextTransformer, tokens: Tensor, ends: Tensor) -> Tensor:
    """Features of P prompts, equal to the tower's own up to rounding.

    Args:
        tower: open_clip's ``TextTransformer`` with a causal mask, of ``ResidualAttentionBlock``.
        tokens: Tensor[P, L].
        ends: Tensor[P], the position whose state is pooled.

    Returns:
        Tensor[P, D], not normalised.
    """
    return encode_trees(tower, [(tokens, ends)])


def encode_trees(
    tower: TextTransformer,
    batches: Sequence[tuple[Tensor, Tensor]],
    progress: Callable[[float], object] | None = None,
) -> Tensor:
    """Features of P prompts in batches, each of a tree of its own.

    All batches pass a layer before any of them passes the next one: the weights of a layer come from
    memory, and are packed for the matrix product, once.

    Args:
        tower: As of :func:`encode_tree`.
        batches: Tokens and ends of each.
        progress: Hears the part of the work that is done, up to 1.

    Returns:
        Tensor[P, D], not normalised.
    """
    states = [_States(tower, tokens, ends) for tokens, ends in batches]
    layers = tower.transformer.resblocks
    sizes = [len(state.x) for state in states]
    done = 0
    # What takes seconds: beside it, packing weights and reading them again are little.
    is_long = len(states) > 1
    for layer in layers:
        block = _Block(layer, max(sizes) if is_long else None)
        for state in states:
            done += len(state.x)
            state.pass_through(block, is_last=layer is layers[-1])
            if progress is not None:
                progress(done / (sum(sizes) * len(layers)))
        if is_long:
            page_out(*layer.parameters())
    return torch.cat([state.features(tower) for state in states])


class _States:
    """Hidden states of the nodes of one tree, on their way through the tower.

    Attributes:
        x: Tensor[B * S, W]; after the last layer Tensor[R, W], of the leaves alone.
    """

    def __init__(self, tower: TextTransformer, tokens: Tensor, ends: Tensor) -> None:
        self.device = tower.positional_embedding.device
        self.dtype = tower.transformer.get_cast_dtype()
        prompts = sort_prompts(tokens.cpu().numpy(), ends.cpu().numpy() + 1)
        tree = build_tree(prompts)
        self.row, self.leaves = torch.from_numpy(prompts.row), tree.leaves
        self.chunks = cut_chunks(tree, min(CHUNK_NODES, len(tree.tokens)))
        runs, size = self.chunks.visible.shape[:2]
        missing = (0, runs * size - len(tree.tokens))
        node_tokens, depths = (
            torch.from_numpy(np.pad(numbers, missing)).to(self.device)
            for numbers in (tree.tokens, tree.depths)
        )
        self.x = tower.token_embedding(node_tokens).to(self.dtype)
        self.x += tower.positional_embedding[depths].to(self.dtype)
        self.view = _View.of_all(self.chunks).to(self.device, self.dtype)

    def pass_through(self, block: _Block, *, is_last: bool) -> None:
        """Only the leaves are read, so the last layer computes nothing else but keys and values."""
        if not is_last:
            self.x = block(self.x, self.x, self.view)
            return
        view, queries, is_leaf = _View.of_leaves(self.chunks, self.leaves)
        view = view.to(self.device, self.dtype)
        x = block(self.x[queries.to(self.device)], self.x, view)
        self.x = x[is_leaf.to(self.device)]

    def features(self, tower: TextTransformer) -> Tensor:
        """Features of the prompts as they were given, Tensor[P, D]."""
        x, projection = tower.ln_final(self.x), tower.text_projection
        if projection is not None:
            x = projection(x) if isinstance(projection, nn.Linear) else x @ projection
        return x[self.row.to(self.device)]


class _View(NamedTuple):
    """What attends to what, a chunk at a time.

    Attributes:
        keys: int Tensor[B, K], the nodes that are attended to.
        mask: Tensor[B, 1, M, K], added to the attention logits of the M nodes of a chunk that attend.
    """

    keys: Tensor
    mask: Tensor

    @classmethod
    def of_all(cls, chunks: Chunks) -> _View:
        """Every node attends."""
        return cls(torch.from_numpy(chunks.keys), _additive(chunks.visible))

    @classmethod
    def of_leaves(cls, chunks: Chunks, leaves: np.ndarray) -> tuple[_View, Tensor, Tensor]:
        """The leaves attend: their nodes, int Tensor[B * M], and which are no padding, bool [B * M]."""
        runs, size = chunks.visible.shape[:2]
        chunk = leaves // size
        counts = np.bincount(chunk, minlength=runs)
        place = np.arange(len(leaves)) - np.repeat(counts.cumsum() - counts, counts)
        within = np.zeros((runs, counts.max()), dtype=np.int64)
        within[chunk, place] = leaves - chunk * size
        is_leaf = np.arange(counts.max()) < counts[:, None]
        queries = torch.from_numpy((within + size * np.arange(runs)[:, None]).ravel())
        mask = _additive(chunks.visible[np.arange(runs)[:, None], within])
        view = cls(torch.from_numpy(chunks.keys), mask)
        return view, queries, torch.from_numpy(is_leaf.ravel())

    def to(self, device: torch.device, dtype: torch.dtype) -> _View:
        return _View(self.keys.to(device), self.mask.to(device, dtype))


class _Block:
    """One residual attention block, its weights packed for products of up to ``rows`` rows, if any."""

    def __init__(self, block: ResidualAttentionBlock, rows: int | None) -> None:
        def packed(weight: Tensor) -> Tensor:
            return weight if rows is None else pack(weight, rows)

        self.block = block
        attention, mlp = block.attn, block.mlp
        weight, bias = attention.in_proj_weight, attention.in_proj_bias
        width = weight.shape[1]
        self.query = packed(weight[:width]), bias[:width]
        self.key_value = packed(weight[width:]), bias[width:]
        self.out, self.expand, self.contract = (
            (packed(layer.weight), layer.bias)
            for layer in (attention.out_proj, mlp.c_fc, mlp.c_proj)
        )

    def __call__(self, x: Tensor, context: Tensor, view: _View) -> Tensor:
        """Nodes ``x`` [B * M, W], changed in place, attend to ``context`` [N, W]."""
        block, heads = self.block, self.block.attn.num_heads
        normed = block.ln_1(x)
        q = linear(normed, *self.query).unflatten(0, (len(view.keys), -1))
        kv = linear(normed if x is context else block.ln_1(context), *self.key_value)
        k, v = kv[view.keys].chunk(2, dim=-1)
        q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in (q, k, v))
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=view.mask)
        x += block.ls_1(linear(attended.transpose(1, 2).flatten(2).flatten(0, 1), *self.out))
        hidden = block.mlp.gelu(linear(block.ln_2(x), *self.expand))
        x += block.ls_2(linear(hidden, *self.contract))
        return x


def _additive(visible: np.ndarray) -> Tensor:
    """bool [B, M, K] to a mask to be added, Tensor[B, 1, M, K]."""
    hidden = ~torch.from_numpy(visible)[:, None]
    return torch.zeros(hidden.shape).masked_fill_(hidden, float('-inf'))

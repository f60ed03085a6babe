"""Runs a causal text tower over the prefix tree of its prompts: each distinct prefix once.

All that a tower does to single positions is done to the nodes of the tree in one long row. Attention
is done in chunks of that row, whose nodes see their ancestors and themselves; a node's depth is its
position. So every node has the hidden state that the tower gives it in each prompt it belongs to.
The tower's own modules and weights are used as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.text_classifier.prompts.linear import linear
from seg.text_classifier.prompts.prefix_tree import (
    Chunks,
    Tree,
    build_tree,
    cut_chunks,
    sort_prompts,
)

if TYPE_CHECKING:
    from open_clip.transformer import ResidualAttentionBlock, TextTransformer

# Nodes of a chunk: attention looks at these and the chunk's context, about ten more, for each node.
CHUNK_NODES = 48


def encode_tree(tower: TextTransformer, tokens: Tensor, ends: Tensor) -> Tensor:
    """Features of P prompts, equal to the tower's own up to rounding.

    Args:
        tower: open_clip's ``TextTransformer`` with a causal mask, of ``ResidualAttentionBlock``.
        tokens: Tensor[P, L].
        ends: Tensor[P], the position whose state is pooled.

    Returns:
        Tensor[P, D], not normalised.
    """
    prompts = sort_prompts(tokens.cpu().numpy(), ends.cpu().numpy() + 1)
    features = _encode_leaves(tower, build_tree(prompts))
    return features[torch.from_numpy(prompts.row).to(features.device)]


def _encode_leaves(tower: TextTransformer, tree: Tree) -> Tensor:
    """Features of the R leaves of a tree, Tensor[R, D]."""
    device = tower.positional_embedding.device
    dtype = tower.transformer.get_cast_dtype()
    chunks = cut_chunks(tree, min(CHUNK_NODES, len(tree.tokens)))
    runs, size = chunks.visible.shape[:2]
    missing = (0, runs * size - len(tree.tokens))
    tokens, depths = (
        torch.from_numpy(np.pad(numbers, missing)).to(device)
        for numbers in (tree.tokens, tree.depths)
    )
    x = tower.token_embedding(tokens).to(dtype) + tower.positional_embedding[depths].to(dtype)

    view = _View.of_all(chunks).to(device, dtype)
    *blocks, last = tower.transformer.resblocks
    for block in blocks:
        x = _run_block(block, x, x, view)
    # Only the leaves are read, so the last block computes nothing else but keys and values.
    view, queries, is_leaf = _View.of_leaves(chunks, tree.leaves)
    x = _run_block(last, x[queries.to(device)], x, view.to(device, dtype))
    x = tower.ln_final(x[is_leaf.to(device)])
    projection = tower.text_projection
    if projection is None:
        return x
    return projection(x) if isinstance(projection, nn.Linear) else x @ projection


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


def _run_block(block: ResidualAttentionBlock, x: Tensor, context: Tensor, view: _View) -> Tensor:
    """One residual attention block: nodes ``x`` [B * M, W] attend to ``context`` [N, W]."""
    attention = block.attn
    weight, bias = attention.in_proj_weight, attention.in_proj_bias
    width = weight.shape[1]
    if x is context:
        q, kv = linear(block.ln_1(x), weight, bias).split([width, 2 * width], dim=-1)
    else:
        q = linear(block.ln_1(x), weight[:width], bias[:width])
        kv = linear(block.ln_1(context), weight[width:], bias[width:])
    k, v = kv[view.keys].split(width, dim=-1)
    q = q.unflatten(0, (len(view.keys), -1))
    q, k, v = (t.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2) for t in (q, k, v))
    attended = F.scaled_dot_product_attention(q, k, v, attn_mask=view.mask)
    attended = attended.transpose(1, 2).flatten(2).flatten(0, 1)
    out, mlp = attention.out_proj, block.mlp
    x = x + block.ls_1(linear(attended, out.weight, out.bias))
    hidden = mlp.gelu(linear(block.ln_2(x), mlp.c_fc.weight, mlp.c_fc.bias))
    return x + block.ls_2(linear(hidden, mlp.c_proj.weight, mlp.c_proj.bias))


def _additive(visible: np.ndarray) -> Tensor:
    """bool [B, M, K] to a mask to be added, Tensor[B, 1, M, K]."""
    hidden = ~torch.from_numpy(visible)[:, None]
    return torch.zeros(hidden.shape).masked_fill_(hidden, float('-inf'))

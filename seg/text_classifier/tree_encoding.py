"""Runs a causal text tower over the prefix tree of its prompts: each distinct prefix once.

A chunk of the tree is one sequence. The attention mask lets a node see its ancestors and itself, and
its depth is its position, so every node has the hidden state that the tower gives it in each prompt
it belongs to. The tower's own modules and weights are used as they are.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.text_classifier.prefix_tree import Chunk, build_chunk, cut_rows, sort_prompts

# Nodes of a chunk. Attention costs N^2 a chunk, the ancestors that a cut repeats cost about 10 nodes.
CHUNK_NODES = 96


def encode_tree(tower: nn.Module, tokens: Tensor, ends: Tensor) -> Tensor:
    """Features of P prompts, equal to the tower's own up to rounding.

    Args:
        tower: open_clip's ``TextTransformer`` with a causal mask, of ``ResidualAttentionBlock``.
        tokens: Tensor[P, L].
        ends: Tensor[P], the position whose state is pooled.

    Returns:
        Tensor[P, D], not normalised.
    """
    prompts = sort_prompts(tokens.cpu().numpy(), ends.cpu().numpy() + 1)
    chunks = [build_chunk(prompts, rows) for rows in cut_rows(prompts, CHUNK_NODES)]
    features = _encode_chunks(tower, chunks)
    return features[torch.from_numpy(prompts.row).to(features.device)]


def _encode_chunks(tower: nn.Module, chunks: Sequence[Chunk]) -> Tensor:
    """Features of all rows of all chunks, Tensor[R, D]."""
    device = tower.positional_embedding.device
    tokens, depths = (
        _pad([getattr(chunk, name) for chunk in chunks]).to(device) for name in ('tokens', 'depths')
    )
    leaves = _pad([chunk.leaves for chunk in chunks]).to(device)
    is_row = _pad([np.ones(len(chunk.leaves), dtype=bool) for chunk in chunks]).to(device)

    dtype = tower.transformer.get_cast_dtype()
    x = tower.token_embedding(tokens).to(dtype) + tower.positional_embedding[depths].to(dtype)
    mask = _attention_mask(chunks, tokens.shape[1]).to(device, dtype)
    *blocks, last = tower.transformer.resblocks
    for block in blocks:
        x = _run_block(block, x, x, mask)
    # Only the leaves are read, so the last block computes nothing else but keys and values.
    batch = torch.arange(len(chunks), device=device)[:, None]
    x = _run_block(last, x[batch, leaves], x, mask[batch, 0, leaves][:, None])
    x = tower.ln_final(x[is_row])
    projection = tower.text_projection
    if projection is None:
        return x
    return projection(x) if isinstance(projection, nn.Linear) else x @ projection


def _run_block(block: nn.Module, x: Tensor, context: Tensor, mask: Tensor) -> Tensor:
    """One residual attention block: positions ``x`` [B, M, W] attend to ``context`` [B, N, W]."""
    attention = block.attn
    weight, bias = attention.in_proj_weight, attention.in_proj_bias
    width = weight.shape[1]
    if x is context:
        q, k, v = F.linear(block.ln_1(x), weight, bias).split(width, dim=-1)
    else:
        q = F.linear(block.ln_1(x), weight[:width], bias[:width])
        k, v = F.linear(block.ln_1(context), weight[width:], bias[width:]).split(width, dim=-1)
    q, k, v = (t.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2) for t in (q, k, v))
    attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    x = x + block.ls_1(attention.out_proj(attended.transpose(1, 2).flatten(2)))
    return x + block.ls_2(block.mlp(block.ln_2(x)))


def _attention_mask(chunks: Sequence[Chunk], width: int) -> Tensor:
    """Additive mask [B, 1, N, N]; padding sees itself, so that its softmax is finite."""
    visible = torch.eye(width, dtype=torch.bool).repeat(len(chunks), 1, 1)
    for mask, chunk in zip(visible, chunks, strict=True):
        count = len(chunk.tokens)
        mask[:count, :count] = torch.from_numpy(chunk.visible)
    return torch.zeros(visible.shape).masked_fill_(~visible, float('-inf'))[:, None]


def _pad(arrays: Sequence[np.ndarray]) -> Tensor:
    return nn.utils.rnn.pad_sequence([torch.from_numpy(a) for a in arrays], batch_first=True)

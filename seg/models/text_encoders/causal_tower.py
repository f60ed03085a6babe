"""Which text towers run on the prefix tree, decided from their own attributes."""

import torch
import torch.nn.functional as F
from open_clip.transformer import ResidualAttentionBlock, TextTransformer, text_global_pool
from torch import Tensor, nn

from seg.text_classifier.prompts.tree_encoding import encode_tree

# Least cosine between the tree's features and the tower's own, by the size of a number in bytes.
_LEAST_COSINE = {4: 1 - 1e-5, 2: 0.999}


def is_causal(tower: nn.Module) -> bool:
    """Whether a feature of the tower depends on nothing after the token whose state is pooled.

    True for open_clip's text towers with a causal mask that pool the end-of-text token: not for
    SigLIP's (no causal mask), CoCa's (a class token after the text) or Hugging Face's.
    """
    return (
        isinstance(tower, TextTransformer)
        and tower.attn_mask is not None
        and tower.cls_emb is None
        and tower.pool_type in ('argmax', 'eos')
        and all(type(block) is ResidualAttentionBlock for block in tower.transformer.resblocks)
    )


def pooled_positions(tower: TextTransformer, tokens: Tensor) -> Tensor:
    """Position of the token whose state the tower pools, Tensor[N, L] to Tensor[N]."""
    positions = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)[..., None]
    return text_global_pool(positions, tokens, tower.pool_type, eos_token_id=tower.eos_id)[..., 0]


@torch.inference_mode()
def tree_agrees(tower: TextTransformer, tokens: Tensor) -> bool:
    """Whether the tree gives the tower's own features for a few prompts, Tensor[N, L].

    True as well if the tower's own are not finite: damaged weights say nothing about the tree.
    """
    own = tower(tokens)
    own = own[0] if isinstance(own, tuple) else own
    tree = encode_tree(tower, tokens, pooled_positions(tower, tokens))
    if not own.isfinite().all():
        return True
    cosine = F.cosine_similarity(own.float(), tree.float(), dim=-1)
    return bool((cosine > _LEAST_COSINE[own.element_size()]).all())

"""Names of models to entries of open_clip's registry."""

import difflib

import open_clip

from seg.text_classifier.naming import plain_name


def resolve_architecture(model_name: str) -> str:
    """The registry's own name of a model; ``vit_b_16`` and ``ViT-B/16`` are ``ViT-B-16``.

    Raises:
        ValueError: If no model has that name; lists near matches.
    """
    known = {plain_name(name): name for name in open_clip.list_models()}
    if plain_name(model_name) in known:
        return known[plain_name(model_name)]
    near = difflib.get_close_matches(plain_name(model_name), known, n=4, cutoff=0.5)
    hint = f'did you mean {", ".join(known[n] for n in near)}?' if near else 'none is near'
    raise ValueError(
        f'unknown CLIP model {model_name!r}; {hint} '
        '(all: python -c "import open_clip; print(open_clip.list_models())")'
    )


def architecture_config(architecture: str) -> dict:
    """open_clip's definition of a model: ``embed_dim``, ``vision_cfg``, ``text_cfg``, ..."""
    return open_clip.get_model_config(architecture)

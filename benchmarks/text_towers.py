"""Compares the features of every model in open_clip's registry with its own ``encode_text``.

Weights are random. The visual tower is left out of both. Models of the same text definition are one
run. Where the tokenizer's files are not on this machine, random tokens take the place of texts;
towers whose definition is not on it are reported as such.

    HF_HUB_OFFLINE=1 python benchmarks/text_towers.py [PART_OF_A_NAME ...]
"""

import gc
import json
import logging
import os
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path
from unittest import mock

os.environ.setdefault('HF_HUB_OFFLINE', '1')
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

TEXTS = [
    'a cat',
    'a photo of a cat.',
    'a photo of a cat in the scene.',
    'a photo of one traffic light in the scene.',
    'traffic light ' * 60,
]


def main() -> None:
    import open_clip

    logging.disable(logging.WARNING)
    warnings.simplefilter('ignore')
    parts = [part.lower() for part in sys.argv[1:]] or ['']
    groups = defaultdict(list)
    for name in open_clip.list_models():
        if any(part in name.lower() for part in parts):
            config = open_clip.get_model_config(name)
            text = {k: v for k, v in config.items() if k != 'vision_cfg'}
            groups[json.dumps(text, sort_keys=True)].append(name)
    counts = defaultdict(int)
    for names in sorted(groups.values(), key=lambda names: names[0].lower()):
        outcome, line = compare(names[0])
        counts[outcome] += len(names)
        print(f'{outcome:12} {line:48} {", ".join(names)}', flush=True)
    print(', '.join(f'{count} {outcome}' for outcome, count in counts.items()))


def compare(name: str) -> tuple[str, str]:
    import torch
    import torch.nn.functional as F

    start = time.perf_counter()
    kind = 'texts'
    try:
        try:
            model, tokenizer, encoder = build(name)
        except OSError as error:
            if 'tokenizer' not in str(error):
                raise
            kind = 'random tokens'
            with mock.patch('open_clip.get_tokenizer', random_tokenizer):
                model, tokenizer, encoder = build(name)
    except OSError as error:
        return 'needs files', str(error).partition(':')[0][:44]
    with torch.inference_mode():
        expected = F.normalize(model.encode_text(tokenizer(TEXTS)), dim=-1)
        found = F.normalize(encoder.encode(TEXTS), dim=-1)
    worst = (found - expected).abs().max().item()
    path = 'tree' if encoder.shares_prefixes else 'full'
    del model, encoder
    gc.collect()
    return (
        'equal' if worst <= 1e-5 else 'DIFFERENT',
        f'{path}, {kind}, difference {worst:.1e}, {time.perf_counter() - start:.0f} s',
    )


def random_tokenizer(name: str):
    import open_clip
    import torch

    text = open_clip.get_model_config(name)['text_cfg']
    size = text.get('context_length', 77), text.get('vocab_size', 49408)

    def tokenize(texts):
        generator = torch.Generator().manual_seed(0)
        return torch.randint(1, size[1], (len(texts), size[0]), generator=generator)

    return tokenize


def build(name: str):
    """open_clip's model without its visual tower, its tokenizer, and our encoder of the same weights."""
    import open_clip
    import torch

    from seg.models.text_encoders import OpenCLIPTextEncoder

    torch.manual_seed(0)
    encoder = OpenCLIPTextEncoder(name)  # first: it says which file is missing
    no_vision = mock.Mock(side_effect=lambda *args, **kwargs: torch.nn.Identity())
    with (
        mock.patch('open_clip.model._build_vision_tower', no_vision),
        mock.patch('open_clip.coca_model._build_vision_tower', no_vision),
    ):
        model = open_clip.create_model(name, load_weights=False, pretrained_hf=False).eval()
    tower = getattr(model, 'text', model)
    state = encoder.tower.state_dict()
    missing, _ = tower.load_state_dict(state, strict=False)
    if set(missing) - {'logit_scale', 'logit_bias'} and tower is not model:
        raise ValueError(f'{name}: {missing}')
    return model, open_clip.get_tokenizer(name), encoder


if __name__ == '__main__':
    main()

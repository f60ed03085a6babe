"""Whether the rows of a classifier file are what its text model gives, by encoding some anew."""

import random
from pathlib import Path

import torch
import torch.nn.functional as F

from seg.runtime.device import usable_device
from seg.text_classifier.generate import TextModel
from seg.text_classifier.prompts.features import candidate_features
from seg.text_classifier.storage import read_classifier

# By which the cosine of a row and its feature may miss 1, on another machine or in other batches.
_TOLERANCE = {'fp32': 1e-4, 'bf16': 1e-2, 'fp16': 1e-2}


def verify_rows(
    path: Path, text_model: TextModel, *, device: str | None = None, count: int = 32
) -> int:
    """Encode candidates of a classifier anew, drawn at random, and compare them with its rows.

    Args:
        path: The classifier file.
        text_model: The text model that made it.
        device: Defaults to a GPU, or the CPU where there is none.
        count: Number of candidates; all of them where there are fewer.

    Returns:
        How many were compared.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such device, the text model has other weights, or a row is not the
            feature of its candidate; names the candidate.
    """
    target = usable_device(device)
    classifier, manifest = read_classifier(path)
    encoder = text_model.build(manifest['precision'])
    if encoder.weights_digest != manifest['weights_digest']:
        raise ValueError(
            f'text classifier {path} was made with {manifest["pretrained"] or "other weights"}, '
            f'digest {str(manifest["weights_digest"])[:12]}; {encoder.pretrained} has '
            f'{encoder.weights_digest[:12]}, name its weights with --checkpoint'
        )
    rows = {
        name: classifier[index, k]
        for index, own in enumerate(manifest['candidates'])
        for k, name in enumerate(own)
    }
    drawn = random.SystemRandom().sample(sorted(rows), min(count, len(rows)))
    least = 1 - _TOLERANCE[manifest['precision']]
    encoder = encoder.to(target)
    for names, features in candidate_features(encoder, drawn, manifest['templates'], quiet=True):
        cosines = F.cosine_similarity(features, torch.stack([rows[name] for name in names]))
        for name, cosine in zip(names, cosines.tolist(), strict=True):
            if cosine < least:
                raise ValueError(
                    f'text classifier {path}: the row of {name!r} is not its feature, their cosine '
                    f'is {cosine:.4f}; regenerate it with --force --no-cache'
                )
    return len(drawn)

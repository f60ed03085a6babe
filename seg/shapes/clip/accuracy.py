"""Measure the embedded CLIP, or other weights of it, through the package's own components."""

from dataclasses import dataclass
from typing import Any

from seg.models.backbones import OpenCLIPBackbone
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.shapes.clip.evaluation import (
    Predictions,
    attribute_accuracy,
    classify_crops,
    classify_segments,
    confusions,
)


@dataclass(frozen=True)
class Accuracy:
    """What was measured.

    Attributes:
        crops: Predictions for crops of every combination.
        segments: Predictions for the segments of scenes.
        templates: The set of prompt templates.
        seed: Of the pictures.
    """

    crops: Predictions
    segments: Predictions
    templates: str
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Numbers for the manifest."""
        return {
            'templates': self.templates,
            'seed': self.seed,
            'crops': len(self.crops.truth),
            'crops_classes': len(self.crops.names),
            'crops_top1': round(self.crops.accuracy, 4),
            **{f'crops_{k}': round(v, 4) for k, v in attribute_accuracy(self.crops).items()},
            'segments': len(self.segments.truth),
            'segments_classes': len(self.segments.names),
            'segments_top1': round(self.segments.accuracy, 4),
        }


def evaluate_shapes_clip(
    checkpoint: str, *, crops: int = 5, scenes: int = 200, templates: str = 'vild', seed: int = 0
) -> Accuracy:
    """Zero-shot accuracy of weights of ``shapes_clip``.

    Args:
        checkpoint: 'embedded', a file or a folder.
        crops: Crops of each of the 960 combinations.
        scenes: Scenes of 128 pixels with the 42 classes of the vocabulary ``shapes_full``.
        templates: A set of prompt templates.
        seed: Of the pictures; none of them is one of training.

    Raises:
        ValueError: If ``crops`` or ``scenes`` is less than 1.
    """
    if min(crops, scenes) < 1:
        raise ValueError('the numbers of crops and scenes must be at least 1')
    init = dict(type='clip_pretrain', checkpoint=checkpoint)
    backbone = OpenCLIPBackbone('shapes_clip', init_cfg=init)
    encoder = OpenCLIPTextEncoder('shapes_clip', init_cfg=init)
    return Accuracy(
        crops=classify_crops(backbone, encoder, each=crops, templates=templates, seed=seed),
        segments=classify_segments(
            backbone, encoder, scenes=scenes, templates=templates, seed=seed
        ),
        templates=templates,
        seed=seed,
    )


def describe_accuracy(accuracy: Accuracy) -> str:
    """A table for people."""
    crops, segments = accuracy.crops, accuracy.segments
    lines = [
        f'crops    {100 * crops.accuracy:6.2f} % top-1 of {len(crops.names)} classes '
        f'({len(crops.truth)} crops, templates {accuracy.templates}, seed {accuracy.seed})'
    ]
    mistakes = confusions(crops)
    for name, value in attribute_accuracy(crops).items():
        taken = ', '.join(
            f'{word} as {other} {100 * part:.1f} %' for word, other, part in mistakes[name]
        )
        lines.append(f'  {name:<8}{100 * value:5.2f} %' + (f'  taken: {taken}' if taken else ''))
    lines.append(
        f'segments {100 * segments.accuracy:6.2f} % top-1 of {len(segments.names)} classes '
        f'({len(segments.truth)} true segments)'
    )
    return '\n'.join(lines)

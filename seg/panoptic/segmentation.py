"""What was found in a picture: the one result that people get."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from seg.panoptic.colours import segment_colours
from seg.panoptic.picture import draw_segments, write_image
from seg.panoptic.run_lengths import run_lengths
from seg.panoptic.segments import Segment, segments_of

if TYPE_CHECKING:
    import supervision

_MOST_NAMED = 12  # segments in a line of text


@dataclass(frozen=True, eq=False, repr=False)
class Segmentation:
    """The N segments of a picture, the largest first.

    It is a sequence of them: ``len(found)``, ``found[0]`` and ``for segment in found`` work. In a notebook
    it shows itself.

    Args:
        image: The picture, uint8 [H, W, 3] in BGR. It is kept as it is, not copied.
        index: int32 [H, W], the segment of each pixel, -1 for none.
        segments: The segments.
        path: The picture's file, which :meth:`save` does not overwrite. Defaults to None, unknown.

    Examples:
        >>> import numpy as np
        >>> from seg import Segmentation
        >>> picture = np.zeros((4, 6, 3), np.uint8)
        >>> panoptic = np.ones((4, 6), int)  # class 1, which is stuff
        >>> panoptic[:, :2] = 1000  # class 0, a first object
        >>> found = Segmentation.from_mmdet(picture, panoptic, {1: 0.8, 1000: 0.95}, ['cat', 'grass'], 1)
        >>> found
        2 segments: grass 0.80, cat 0.95
        >>> [segment.name for segment in found if segment.is_thing]
        ['cat']
        >>> found.boxes.tolist()
        [[2.0, 0.0, 6.0, 4.0], [0.0, 0.0, 2.0, 4.0]]
        >>> found.masks.shape
        (2, 4, 6)
    """

    image: np.ndarray
    index: np.ndarray
    segments: Sequence[Segment]
    path: Path | None = None

    @classmethod
    def from_mmdet(
        cls,
        image: np.ndarray,
        panoptic: np.ndarray,
        scores: Mapping[int, float],
        classes: Sequence[str],
        num_things: int,
        path: Path | None = None,
    ) -> Segmentation:
        """From a map in mmdet's encoding.

        Args:
            image: The picture, uint8 [H, W, 3] in BGR.
            panoptic: int [H, W], label + instance * 1000, void is C; for 1000 classes and more, see
                :func:`~seg.panoptic.panoptic_map.instance_offset`.
            scores: Score of each such number, in [0, 1]; a segment without one has NaN.
            classes: The C class names, each with its synonyms.
            num_things: Number of things, the first ones of the classes.
            path: The picture's file. Defaults to None, unknown.

        Raises:
            ValueError: If picture and map differ in size.
        """
        if image.shape[:2] != panoptic.shape:
            raise ValueError(f'the map is {panoptic.shape}, its picture {image.shape[:2]}')
        index, segments = segments_of(panoptic, scores, classes, num_things)
        return cls(image, index, segments, path)

    def __len__(self) -> int:
        return len(self.segments)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __getitem__(self, number: int) -> Segment:
        return self.segments[number]

    def __repr__(self) -> str:
        named = [
            s.name if math.isnan(s.score) else f'{s.name} {s.score:.2f}'
            for s in self.segments[:_MOST_NAMED]
        ]
        if len(self) > _MOST_NAMED:
            named.append(f'{len(self) - _MOST_NAMED} more')
        return f'{_count(len(self))}: {", ".join(named)}' if named else _count(0)

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.plot().save(content, 'PNG')
        return content.getvalue()

    @property
    def boxes(self) -> np.ndarray:
        """float32 [N, 4]: (x1, y1, x2, y2) in pixels, x2 and y2 behind the last one."""
        return np.array([s.box for s in self.segments], np.float32).reshape(-1, 4)

    @property
    def masks(self) -> np.ndarray:
        """bool [N, H, W]."""
        return self.index == np.arange(len(self))[:, None, None]

    @property
    def areas(self) -> np.ndarray:
        """int [N], in pixels."""
        return np.array([np.count_nonzero(s.mask) for s in self.segments], int)

    @property
    def scores(self) -> np.ndarray:
        """float32 [N], probabilities of the classes; NaN where there is none."""
        return np.array([s.score for s in self.segments], np.float32)

    @property
    def labels(self) -> np.ndarray:
        """int [N], the place of each class among the words."""
        return np.array([s.label for s in self.segments], int)

    @property
    def names(self) -> list[str]:
        """The first synonym of each class, N of them."""
        return [s.name for s in self.segments]

    @property
    def is_thing(self) -> np.ndarray:
        """bool [N], whether a segment is one object; else it is all there is of some stuff."""
        return np.array([s.is_thing for s in self.segments], bool)

    @property
    def colours(self) -> np.ndarray:
        """uint8 [N, 3] in RGB: what :meth:`plot` draws each segment in."""
        return segment_colours(self.index, self.segments)[:, ::-1]

    def plot(self, opacity: float = 0.15) -> Image.Image:
        """The picture with its segments and their names, small ones enlarged: a PIL image.

        Args:
            opacity: Weight of the colours over the picture, outlines apart. Defaults to 0.15.
        """
        return Image.fromarray(self.draw(opacity)[..., ::-1])

    def draw(self, opacity: float = 0.15, *, enlarge: bool = True) -> np.ndarray:
        """What :meth:`plot` shows, as an array.

        Args:
            opacity: Weight of the colours over the picture, outlines apart. Defaults to 0.15.
            enlarge: Whether a small picture becomes larger, so that its names can be read. Defaults to True.

        Returns:
            uint8 [H', W', 3] in BGR; H' and W' are H and W unless it is enlarged.
        """
        return draw_segments(self.image, self.index, self.segments, opacity, enlarge=enlarge)

    def save(self, path: str | PathLike) -> None:
        """Write what :meth:`plot` shows, whole or not at all; folders that are missing are made.

        Args:
            path: A file whose suffix is that of a picture: ``.png``, ``.jpg``, ...

        Raises:
            ValueError: If it has no such suffix, or is the segmented picture itself.
            OSError: If it cannot be written; names the file.
        """
        target = Path(path).expanduser()
        if self.path is not None and _is_same_file(target, self.path):
            raise ValueError(f'{target} is the segmented picture itself; give another name')
        write_image(target, self.draw())

    def to_dict(self, *, masks: bool = False) -> dict[str, Any]:
        """What ``json.dumps`` takes.

        Args:
            masks: Whether each segment has its pixels, as COCO's compressed run lengths, which
                ``pycocotools.mask.decode`` reads. Defaults to False.

        Returns:
            ``width`` and ``height`` of the picture, and ``segments``, the largest first. Each of these has
            ``name``, ``label``, ``is_thing``, ``score`` (of four decimals, None where unknown), ``box``,
            ``area`` and, if asked for, ``segmentation``.
        """
        height, width = self.index.shape
        segments: list[dict[str, Any]] = [
            dict(
                name=s.name,
                label=s.label,
                is_thing=s.is_thing,
                score=None if math.isnan(s.score) else round(s.score, 4),
                box=list(s.box),
                area=int(area),
            )
            for s, area in zip(self.segments, self.areas, strict=True)
        ]
        if masks:
            for record, segment in zip(segments, self.segments, strict=True):
                record['segmentation'] = run_lengths(segment.mask)
        return dict(width=width, height=height, segments=segments)

    def to_supervision(self) -> supervision.Detections:
        """The N segments as ``supervision.Detections``, with ``class_name`` and ``is_thing`` in its data.

        Raises:
            ImportError: If the package supervision cannot be imported.
        """
        try:
            import supervision
        except ImportError as error:
            raise ImportError(
                f'to_supervision needs the package supervision ({error}); run: pip install supervision'
            ) from None
        return supervision.Detections(
            xyxy=self.boxes,
            mask=self.masks,
            confidence=self.scores,
            class_id=self.labels,
            data={'class_name': np.array(self.names, str), 'is_thing': self.is_thing},
        )


def _count(number: int) -> str:
    return f'{number or "no"} segment{"" if number == 1 else "s"}'


def _is_same_file(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)

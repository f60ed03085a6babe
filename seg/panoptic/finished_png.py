"""Panoptic PNGs that tell what they hold, so that an interrupted preparation can go on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from seg.panoptic.png import panoptic_png
from seg.runtime.whole_files import write_whole


def write_finished(png: Path, ids: np.ndarray, content: Any, key: str) -> None:
    """Write a PNG whole, with what it holds in a text of it.

    Args:
        png: The file.
        ids: Segment ids, integers [H, W].
        content: Its segments, and whatever else, as JSON can hold it.
        key: Name of the text; another one for other rules.

    Raises:
        ValueError: If an id does not fit a panoptic PNG.
        OSError: If it cannot be written; names it.
    """
    text = PngInfo()
    text.add_text(key, json.dumps(content))
    write_whole(png, panoptic_png(ids, text))


def finished_content(png: Path, size: tuple[int, int], key: str) -> Any | None:
    """What a PNG holds that an earlier run has written by the same rules; None if there is none.

    Args:
        png: The file.
        size: (width, height) that it has to have.
        key: As for :func:`write_finished`.
    """
    try:
        with Image.open(png) as image:
            if not isinstance(image, PngImageFile) or image.size != size:
                return None
            return json.loads(image.text[key])
    except (OSError, SyntaxError, ValueError, KeyError):
        return None

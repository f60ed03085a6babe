"""A synthetic data set on disk, in ADE20K's layout."""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from seg.datasets.ade20k.layout import FOLDER, SPLITS
from seg.panoptic.png import write_panoptic_png
from seg.panoptic.segment_ids import SegmentIds
from seg.runtime.parallel import parallel_map
from seg.runtime.whole_files import remove_leftovers, writing_folder
from seg.shapes.scene import render_scene
from seg.shapes.worlds import get_world

#: What the data set was made from; it also tells it from the real one.
SETTINGS_FILE = 'shapes.json'
#: Changes with what is drawn, so that a data set of an older version is not taken for a new one.
VERSION = 2
JPEG_QUALITY = 95


@dataclass(frozen=True)
class ShapesSettings:
    """What decides the content of a synthetic data set.

    Attributes:
        vocabulary: Name of the class set.
        images: Number of training images.
        val: Number of validation images.
        size: Pixels of an image's sides.
        seed: Image i depends on the seed, its split and i alone.
    """

    vocabulary: str = 'shapes'
    images: int = 2000
    val: int = 200
    size: int = 128
    seed: int = 0


def write_shapes(
    root: Path, settings: ShapesSettings, *, workers: int = 1, force: bool = False
) -> tuple[Path, bool]:
    """Write a data set to ``root/ADEChallengeData2016``, all of it or nothing.

    With ``force``, an interruption leaves the old data set, none, or the new one.

    Args:
        root: The folder to write to; made if it is missing.
        settings: What to write.
        workers: Processes.
        force: Whether to replace a synthetic data set that has other settings.

    Returns:
        The data set's folder, and whether it was written; False if it is there already.

    Raises:
        ValueError: If a setting makes no sense.
        FileExistsError: If there is another data set, or, even with ``force``, anything that is
            not a synthetic data set.
        OSError: If it cannot be written, or another process is writing it.
    """
    _check(settings)
    folder = root / FOLDER
    wanted = {'version': VERSION, **asdict(settings)}
    remove_leftovers(folder)
    if folder.exists():
        found = _read_settings(folder)
        if found is None:
            raise FileExistsError(
                f'{folder} exists and was not made by make_shapes.py; choose another folder'
            )
        if not force and found == wanted:
            return folder, False
        if not force:
            raise FileExistsError(
                f'{folder} was made with {_difference(found, wanted)}; choose another folder, or '
                'give --force to replace it'
            )
    with writing_folder(folder) as new:
        for split, name in SPLITS:
            _write_split(new, split, name, settings, workers)
        (new / SETTINGS_FILE).write_text(json.dumps(wanted, indent=2) + '\n')
    return folder, True


def _write_split(
    folder: Path, split: str, name: str, settings: ShapesSettings, workers: int
) -> None:
    (folder / 'images' / name).mkdir(parents=True)
    (folder / f'ade20k_panoptic_{split}').mkdir()
    count = settings.images if split == 'train' else settings.val
    write = partial(_write_image, folder, split, name, settings)
    written = list(
        parallel_map(write, range(count), workers=workers, description=f'{split:>5} images')
    )
    content = {
        'images': [image for image, _ in written],
        'annotations': [annotation for _, annotation in written],
        'categories': get_world(settings.vocabulary).categories(split),
    }
    (folder / f'ade20k_panoptic_{split}.json').write_text(json.dumps(content))


def _write_image(
    folder: Path, split: str, name: str, settings: ShapesSettings, index: int
) -> tuple[dict, dict]:
    """Write an image and its PNG; returns their entries in the JSON."""
    world = get_world(settings.vocabulary)
    rng = np.random.default_rng([settings.seed, split == 'val', index])
    scene = render_scene(world, rng, (settings.size, settings.size), split)
    image_id = f'ADE_{split}_{index + 1:08d}'
    image_file = folder / 'images' / name / f'{image_id}.jpg'
    Image.fromarray(scene.image).save(image_file, quality=JPEG_QUALITY)

    new_ids = SegmentIds(
        colors=dict(enumerate(world.vocabulary.palette)), stuff=world.stuff, seed=image_id
    )
    ids = [new_ids.next(label) for label in scene.labels]
    png = f'{image_id}.png'
    write_panoptic_png(folder / f'ade20k_panoptic_{split}' / png, np.array(ids)[scene.segments])
    segments = [
        {'id': id, 'category_id': label, 'iscrowd': 0, **_extent(scene.segments == index)}
        for index, (id, label) in enumerate(zip(ids, scene.labels, strict=True))
    ]
    height, width = scene.segments.shape
    return (
        {'id': image_id, 'file_name': image_file.name, 'height': height, 'width': width},
        {'image_id': image_id, 'file_name': png, 'segments_info': segments},
    )


def _extent(mask: np.ndarray) -> dict:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    box = [x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1]
    return {'bbox': box, 'area': int(mask.sum())}


def _check(settings: ShapesSettings) -> None:
    get_world(settings.vocabulary)
    for name, least in (('images', 1), ('val', 1), ('size', 32), ('seed', 0)):
        if getattr(settings, name) < least:
            raise ValueError(f'{name} must be at least {least}, got {getattr(settings, name)}')


def _read_settings(folder: Path) -> dict | None:
    try:
        found = json.loads((folder / SETTINGS_FILE).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _difference(found: dict, wanted: dict) -> str:
    parts = [f'{key} {found.get(key)}' for key in wanted if found.get(key) != wanted[key]]
    asked = [str(wanted[key]) for key in wanted if found.get(key) != wanted[key]]
    return f'{", ".join(parts)} (asked for: {", ".join(asked)})'

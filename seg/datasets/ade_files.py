"""Check of a data set in ADE20K's panoptic layout."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from types import ModuleType

from ext.class_names import ade20k_panoptic, shapes, shapes_full, shapes_open
from seg.datasets.ade_files_report import AdeFilesReport
from seg.datasets.ade_files_sample import Sample, check_sample
from seg.datasets.ade_layout import SPLITS
from seg.datasets.categories import match_categories
from seg.datasets.parallel import parallel_map

#: The class names of each dataset that has this layout, by ``dataset_name``.
VOCABULARIES = {
    'ADE20KPanopticDataset': ade20k_panoptic,
    'ShapesPanopticDataset': shapes,
    'ShapesFullPanopticDataset': shapes_full,
    'ShapesOpenPanopticDataset': shapes_open,
}
#: Images of each split, where their number is known.
KNOWN_COUNTS = {'ADE20KPanopticDataset': {'train': 20210, 'val': 2000}}
_SEGMENT_KEYS = ('id', 'category_id', 'bbox', 'area')


def check_ade_files(root: Path, *, deep: bool = False, workers: int = 1) -> AdeFilesReport:
    """Check folders, JSON, images, PNGs and categories of a data set.

    Args:
        root: The data set's folder, from ``find_ade_root``.
        deep: Whether to decode every file and compare the ids in the PNGs with the JSON.
        workers: Processes.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not root.is_dir():
        raise FileNotFoundError(
            f'{root} is no folder; give the folder of the data set or set ADE20K_ROOT, or make one '
            'with tools/prepare_ade20k.py (from the released archives) or tools/make_shapes.py'
        )
    report = AdeFilesReport(root)
    for split, images in SPLITS:
        folders = [root / 'images' / images, root / f'ade20k_panoptic_{split}']
        for folder in folders:
            if not folder.is_dir():
                report.add('missing folder', _relative(folder, root))
        file = root / f'ade20k_panoptic_{split}.json'
        content = _read_json(file, report)
        if content is None:
            continue
        categories = content['categories']
        _check_categories(categories, file.name, report)
        samples = _samples(content, file.name, folders, report)
        report.counts[split] = len(content['images'])
        report.segments[split] = sum(len(sample.segments) for sample in samples)
        if not all(folder.is_dir() for folder in folders):
            continue  # else every file in it would be reported as missing
        check = partial(check_sample, root, deep=deep)
        done = parallel_map(check, samples, workers=workers, description=f'{split:>5} files')
        turned = 0
        for found, is_turned in done:
            turned += is_turned
            for kind, where in found:
                report.add(kind, where)
        if turned:
            report.notes.append(
                f'{turned:,} images in {_relative(folders[0], root)} have an EXIF orientation tag, '
                'which is ignored: annotations are of the pixels as they are stored'
            )
        _note_surplus(folders[0], samples, report)
    _note_counts(report)
    return report


def _read_json(file: Path, report: AdeFilesReport) -> dict | None:
    """The content of an annotation file, or None where it is of no use."""
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        report.add('missing JSON', file.name)
        return None
    except (OSError, ValueError) as error:
        report.add('broken JSON', f'{file.name}: {error}')
        return None
    problem = _shape_problem(content)
    if problem:
        report.add('broken JSON', f'{file.name}: {problem}')
        return None
    return content


def _shape_problem(content) -> str | None:
    """What is missing in an annotation file, the first of it."""
    required = {
        'images': ('id', 'file_name', 'height', 'width'),
        'annotations': ('image_id', 'segments_info'),
        'categories': ('id', 'name', 'isthing'),
    }
    for name, keys in required.items():
        entries = content.get(name) if isinstance(content, dict) else None
        if not isinstance(entries, list):
            return f'has no list {name!r}'
        for index, entry in enumerate(entries):
            missing = [key for key in keys if not isinstance(entry, dict) or key not in entry]
            if missing:
                return f'{name}[{index}] has no {missing[0]!r}'
    for index, annotation in enumerate(content['annotations']):
        for segment in annotation['segments_info']:
            missing = [key for key in _SEGMENT_KEYS if key not in segment]
            if missing:
                return f'a segment of annotations[{index}] has no {missing[0]!r}'
    return None


def _check_categories(categories: list[dict], file: str, report: AdeFilesReport) -> None:
    """Find the dataset whose classes the categories are."""
    fits = {
        name: (_matches(categories, name) / len(module.CLASSES), _same_ids(categories, module))
        for name, module in VOCABULARIES.items()
    }
    best = max(fits, key=fits.get)
    try:
        _match(categories, best)
    except ValueError as error:
        report.add('unknown category', f'{file}: of {best}: {error}')
        return
    if report.dataset_name not in (None, best):
        report.add('unknown category', f'{file}: of {best}, but others of {report.dataset_name}')
    report.dataset_name = report.dataset_name or best
    things = sum(bool(category['isthing']) for category in categories)
    report.things, report.stuff = things, len(categories) - things


def _match(categories: list[dict], name: str) -> dict[int, int]:
    module = VOCABULARIES[name]
    things = [index < len(module.THINGS) for index in range(len(module.CLASSES))]
    return match_categories(categories, module.CLASSES, things=things, names=module.NAMES)


def _same_ids(categories: list[dict], module: ModuleType) -> int:
    """Number of categories whose id is the index of the class of that name."""
    index = {name: label for label, name in enumerate(module.NAMES)}
    return sum(index.get(category['name']) == category['id'] for category in categories)


def _matches(categories: list[dict], name: str) -> int:
    count = 0
    for category in categories:
        try:
            count += len(_match([category], name))
        except ValueError:
            continue
    return count


def _samples(content: dict, file: str, folders: list[Path], report: AdeFilesReport) -> list[Sample]:
    """One sample an image, with what is wrong between images and annotations reported."""
    isthing = {category['id']: bool(category['isthing']) for category in content['categories']}
    annotations = {entry['image_id']: entry for entry in content['annotations']}
    images, png_folder = (folder.relative_to(report.root) for folder in folders)
    for kind, ids in (
        ('annotation without image', annotations.keys() - {i['id'] for i in content['images']}),
        ('image twice', _repeated(image['id'] for image in content['images'])),
        ('annotation twice', _repeated(entry['image_id'] for entry in content['annotations'])),
    ):
        for image_id in sorted(ids, key=str):
            report.add(kind, f'{file}: {image_id}')
    samples = []
    for image in content['images']:
        if image['id'] not in annotations:
            report.add('image without annotation', f'{file}: {image["id"]}')
            continue
        segments = {}
        for segment in annotations[image['id']]['segments_info']:
            where = f'{file}: {image["id"]}, segment {segment["id"]}'
            if segment['id'] in segments:
                report.add('segment twice', where)
            if segment['category_id'] not in isthing:
                report.add('unknown category', f'{where}: category {segment["category_id"]}')
            is_thing = isthing.get(segment['category_id'], False)
            segments[segment['id']] = (segment['area'], is_thing)
        samples.append(
            Sample(
                image=(images / image['file_name']).as_posix(),
                # As the dataset finds it, from the image's name.
                png=(png_folder / image['file_name'].replace('.jpg', '.png')).as_posix(),
                size=(image['width'], image['height']),
                segments=segments,
            )
        )
    return samples


def _repeated(ids) -> list:
    return [image_id for image_id, count in Counter(ids).items() if count > 1]


def _note_surplus(folder: Path, samples: list[Sample], report: AdeFilesReport) -> None:
    listed = {Path(sample.image).name for sample in samples}
    surplus = [entry.name for entry in folder.iterdir() if entry.name not in listed]
    if surplus:
        where = _relative(folder, report.root)
        report.notes.append(f'{len(surplus):,} files in {where} are in no annotation file')


def _note_counts(report: AdeFilesReport) -> None:
    for split, known in KNOWN_COUNTS.get(report.dataset_name, {}).items():
        count = report.counts.get(split)
        if count is not None and count != known:
            report.notes.append(f'{split} has {count:,} images; the released ADE20K has {known:,}')


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()

"""COCO's panoptic annotations, such as Cityscapes' and ADE20K's tools write: a JSON file and its PNGs."""

from pathlib import Path

from seg.datasets.annotations import png_name, read_annotations
from seg.datasets.own.files import check_ids, damaged_json, json_files
from seg.datasets.own.pictures import PictureFinder, picture_files
from seg.datasets.own.source import (
    ClassNames,
    Mark,
    Marks,
    Picture,
    Settings,
    Source,
    SourceClass,
    short_names,
    split_named,
    split_of,
)
from seg.panoptic.png import read_panoptic_png

NAME = 'panoptic'


def detect(source: Path) -> bool:
    """Whether it is, or holds, a JSON file with ``segments_info``."""
    return bool(json_files(source, NAME))


def read(source: Path, settings: Settings) -> Source:
    """Annotation files, their PNGs in the folder of the same name beside them, and pictures.

    Raises:
        FileNotFoundError: If the folder of the PNGs or that of the pictures does not exist.
        ValueError: If there is no annotation file, one is damaged, or two images or two categories of a
            file have one id.
    """
    files = json_files(source, NAME)
    if not files:
        raise ValueError(f'{source} has no panoptic annotation file (JSON with segments_info)')
    for file in damaged_json(source):
        raise ValueError(f'{file} is no whole JSON file; mend it, or move it elsewhere')
    root = source if source.is_dir() else source.parent
    images = settings.images or (root / 'images' if (root / 'images').is_dir() else root)
    folders = {file: _png_folder(file) for file in files}
    pictures = [
        picture
        for picture in picture_files(images)
        if not any(picture.is_relative_to(folder) for folder in folders.values())
    ]
    finder = PictureFinder(images, pictures)
    names = ClassNames()
    things: dict[int, bool] = {}
    found: dict[Path, Picture] = {}
    odd: list[str] = []
    for file, folder in folders.items():
        content = read_annotations(file)
        check_ids(content, file)
        label_of = {}
        for category in content['categories']:
            label_of[category['id']] = label = names.index(category['name'], file)
            things.setdefault(label, bool(category.get('isthing', True)))
        annotations = {own['image_id']: own for own in content.get('annotations', ())}
        again = len(content.get('annotations', ())) - len(annotations)
        if again:
            odd.append(
                f'{file.name}: {again} annotations of a picture that has another, the last counts'
            )
        split = split_named(file.stem)
        for image in content['images']:
            picture = finder.find_file(image['file_name'], split)
            annotation = annotations.get(image['id'])
            if picture is None or annotation is None:
                missing = 'picture' if picture is None else 'annotation'
                odd.append(f'{image["file_name"]}: has no {missing} ({file.name})')
                continue
            if picture in found:
                odd.append(f'{image["file_name"]}: listed twice, the first counts ({file.name})')
                continue
            record = (folder / png_name(image, annotation), label_of, annotation)
            inside = picture.relative_to(images)
            found[picture] = Picture(inside.as_posix(), picture, split or split_of(inside), record)
    classes = tuple(
        SourceClass(name, words, things[label])
        for label, (name, words) in enumerate(
            zip(short_names(names.names), names.names, strict=True)
        )
    )
    return Source(NAME, classes, tuple(found.values()), _marks, tuple(odd))


def _marks(picture: Picture, _size: tuple[int, int]) -> Marks:
    png, label_of, annotation = picture.record
    ids = read_panoptic_png(png)
    marks, odd = [], []
    listed = {segment['id']: segment for segment in annotation['segments_info']}
    again = len(annotation['segments_info']) - len(listed)
    if again:
        odd.append(f'{again} segments have the id of another, the last counts')
    for segment_id, segment in listed.items():
        label = label_of.get(segment['category_id'])
        mask = ids == segment_id
        if label is None:
            odd.append(f'segment {segment_id} has category {segment["category_id"]}, not listed')
        elif not mask.any():
            odd.append(f'segment {segment_id} has no pixel')
        else:
            marks.append(Mark(label, mask, bool(segment.get('iscrowd'))))
    unlisted = set(ids[ids > 0].tolist()) - set(listed)
    if unlisted:
        odd.append(f'{len(unlisted)} segments of the PNG are not listed, void now')
    return Marks(marks, odd)


def _png_folder(file: Path) -> Path:
    """The folder of the same name beside the file."""
    folder = file.with_suffix('')
    if not folder.is_dir():
        raise FileNotFoundError(
            f'the panoptic PNGs of {file} belong in {folder}, which does not exist'
        )
    return folder

"""Check of a panoptic data set, in ADE20K's layout or in that of a config."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from seg.datasets.ade20k.check_report import AdeFilesReport
from seg.datasets.ade20k.check_sample import Sample, check_sample
from seg.datasets.ade20k.layout import ADE_FILES, SplitFiles
from seg.datasets.annotations import Annotations, CategoryEntry, png_name, read_annotations
from seg.datasets.categories import match_categories
from seg.runtime.parallel import parallel_map
from seg.runtime.project_files import how_to_run
from seg.text_classifier.vocabulary import Vocabulary, known_vocabularies

#: Images of each split, where their number is known.
KNOWN_COUNTS = {'ADE20KPanopticDataset': {'train': 20210, 'val': 2000}}


def check_ade_files(
    root: Path,
    splits: Sequence[SplitFiles] = ADE_FILES,
    *,
    deep: bool = False,
    workers: int = 1,
) -> AdeFilesReport:
    """Check folders, JSON, images, PNGs and categories of a data set.

    Args:
        root: The data set's folder, from ``find_ade_root``.
        splits: Its parts.
        deep: Whether to decode every file and compare the ids in the PNGs with the JSON.
        workers: Processes.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not root.is_dir():
        raise FileNotFoundError(
            f'{root} is no folder; give the folder of the data set or set ADE20K_ROOT, or make one '
            f'with {how_to_run("tools/prepare_ade20k.py")} (from the released archives) or '
            f'{how_to_run("tools/make_shapes.py")}'
        )
    report = AdeFilesReport(root)
    for split, annotations, *names, vocabulary in splits:
        folders = [root / name for name in names]
        for folder in folders:
            if not folder.is_dir():
                report.add('missing folder', _relative(folder, root))
        file = root / annotations
        content = _read(file, report)
        if content is None:
            continue
        categories = content['categories']
        _check_categories(categories, file.name, report, vocabulary)
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


def _read(file: Path, report: AdeFilesReport) -> Annotations | None:
    """The content of an annotation file, or None where it is of no use."""
    try:
        return read_annotations(file)
    except FileNotFoundError:
        report.add('missing JSON', file.name)
    except (OSError, ValueError) as error:
        report.add('broken JSON', str(error).removeprefix(f'annotation file {file.parent}/'))
    return None


def _check_categories(
    categories: list[CategoryEntry], file: str, report: AdeFilesReport, wanted: Vocabulary | None
) -> None:
    """See that the categories are the classes wanted, or those of a dataset that we know."""
    best = wanted or _best_fit(categories)
    try:
        _match(categories, best)
    except ValueError as error:
        report.add('unknown category', f'{file}: of {best.dataset_name}: {error}')
        return
    before = report.vocabulary
    if before is None or (wanted is None and set(before.classes) < set(best.classes)):
        report.vocabulary = best  # validation may show classes that training does not
    elif wanted is None and not set(best.classes) <= set(before.classes):
        report.add(
            'unknown category',
            f'{file}: of {best.dataset_name}, but others of {report.dataset_name}',
        )
    things = sum(bool(category.get('isthing')) for category in categories)
    report.things, report.stuff = things, len(categories) - things


def _best_fit(categories: list[CategoryEntry]) -> Vocabulary:
    def fit(known: Vocabulary) -> tuple[float, int]:
        return _matches(categories, known) / len(known.classes), _same_ids(categories, known)

    return max(known_vocabularies(), key=fit)


def _match(categories: list[CategoryEntry], known: Vocabulary) -> dict[int, int]:
    things = None
    if known.num_things is not None:
        things = [index < known.num_things for index in range(len(known.classes))]
    return match_categories(
        categories, known.classes, things=things, names=known.category_names or None
    )


def _same_ids(categories: list[CategoryEntry], known: Vocabulary) -> int:
    """Number of categories whose id is the index of the class of that name."""
    index = {name: label for label, name in enumerate(known.category_names)}
    return sum(index.get(category['name']) == category['id'] for category in categories)


def _matches(categories: list[CategoryEntry], known: Vocabulary) -> int:
    count = 0
    for category in categories:
        try:
            count += len(_match([category], known))
        except ValueError:
            continue
    return count


def _samples(
    content: Annotations, file: str, folders: list[Path], report: AdeFilesReport
) -> list[Sample]:
    """One sample an image, with what is wrong between images and annotations reported."""
    isthing = {entry['id']: bool(entry.get('isthing')) for entry in content['categories']}
    entries = content.get('annotations', [])
    annotations = {entry['image_id']: entry for entry in entries}
    images, png_folder = (Path(_relative(folder, report.root)) for folder in folders)
    for kind, ids in (
        ('annotation without image', annotations.keys() - {i['id'] for i in content['images']}),
        ('image twice', _repeated(image['id'] for image in content['images'])),
        ('annotation twice', _repeated(entry['image_id'] for entry in entries)),
    ):
        for image_id in sorted(ids, key=str):
            report.add(kind, f'{file}: {image_id}')
    samples = []
    for image in content['images']:
        if image['id'] not in annotations:
            report.add('image without annotation', f'{file}: {image["id"]}')
            continue
        annotation = annotations[image['id']]
        segments: dict[int, tuple[float, bool]] = {}
        for segment in annotation['segments_info']:
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
                png=(png_folder / png_name(image, annotation)).as_posix(),
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
    for split, known in KNOWN_COUNTS.get(report.dataset_name or '', {}).items():
        count = report.counts.get(split)
        if count is not None and count != known:
            report.notes.append(f'{split} has {count:,} images; the released ADE20K has {known:,}')


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()

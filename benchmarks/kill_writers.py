"""Kill everything that writes files at random moments, and count what is left broken.

Each writer runs in a fork of this process, which has imported everything, on a tiny input. It is
killed at a random moment of its usual duration; then its files are looked at, and it runs again.
"""

import argparse
import io
import json
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import positive
from seg.apis.publishing.weights import publish_model
from seg.datasets.ade20k.check import check_ade_files
from seg.datasets.ade20k.prepare import prepare_ade20k
from seg.runtime.atomic_backend import AtomicBackend
from seg.runtime.checkpoints.files import is_whole
from seg.shapes.files import ShapesSettings, write_shapes
from seg.text_classifier.manifest import build_manifest, sha256
from seg.text_classifier.storage import read_classifier, remove_leftovers, save_classifier

COLUMNS = ('starts', 'kills', 'torn', 'half sets', 'orphans', 'leftovers')


class Shapes:
    """``make_shapes.py --force`` over a data set of another seed, with two processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, seed: int) -> None:
        settings = ShapesSettings(images=6, val=2, size=32, seed=seed)
        write_shapes(self.folder, settings, workers=2, force=True)

    def problems(self) -> tuple[int, int]:
        return 0, _half_set(self.folder / 'ADEChallengeData2016')


class Ade20k:
    """``prepare_ade20k.py --force`` with two processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, count in (('training', 6), ('validation', 2)):
            for kind in ('images', 'annotations', 'annotations_instance'):
                (folder / kind / name).mkdir(parents=True)
            for index in range(count):
                file = f'ADE_{index:08d}.png'
                Image.fromarray(np.full((16, 16), 3, np.uint8)).save(
                    folder / 'annotations' / name / file
                )
                Image.new('RGB', (16, 16)).save(folder / 'annotations_instance' / name / file)
                Image.new('RGB', (16, 16)).save(
                    (folder / 'images' / name / file).with_suffix('.jpg')
                )

    def write(self, seed: int) -> None:
        prepare_ade20k(self.folder, workers=2, force=True)

    def problems(self) -> tuple[int, int]:
        half = 0
        for split in ('train', 'val'):
            file = self.folder / f'ade20k_panoptic_{split}.json'
            if file.exists():  # the split is said to be whole
                listed = {
                    entry['file_name'] for entry in json.loads(file.read_text())['annotations']
                }
                half += listed != {path.name for path in file.with_suffix('').glob('[!.]*')}
        torn = sum(_is_torn(png) for png in self.folder.glob('ade20k_panoptic_*/[!.]*.png'))
        return torn, half


class Classifier:
    """The text classifier and its manifest."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / 'RN50_Mine.pth'
        self.folder = folder

    def write(self, seed: int) -> None:
        remove_leftovers(self.path)
        rows = torch.nn.functional.normalize(torch.ones(2 + seed % 2, 20, 512), dim=-1)
        classes = ['cat', 'dog', 'cow'][: len(rows)]
        about = dict(templates=['a {}.'], architecture='RN50', precision='fp32')
        manifest = build_manifest(model_name='RN50', dataset_name='Mine', classes=classes, **about)
        save_classifier(self.path, rows, manifest)

    def problems(self) -> tuple[int, int]:
        if not self.path.exists():
            return 0, 0
        try:
            read_classifier(self.path)
        except ValueError as error:
            return int('truncated' in str(error)), 1
        return 0, 0


class Published:
    """``publish_model.py``: weights and their manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder / 'out', folder / 'out/model.pth'
        self.checkpoint = folder / 'epoch_1.pth'
        folder.mkdir(exist_ok=True)
        torch.save({'state_dict': {'w': torch.randn(300, 300)}}, self.checkpoint)

    def write(self, seed: int) -> None:
        publish_model(self.checkpoint, self.out, half=seed % 2 == 1)

    def problems(self) -> tuple[int, int]:
        if not self.out.exists():
            return 0, 0
        manifest = json.loads(self.out.with_suffix('.json').read_text())
        return int(not is_whole(self.out)), manifest['sha256'] != sha256(self.out.read_bytes())


class Checkpoint:
    """A checkpoint of training."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / 'epoch_1.pth'

    def write(self, seed: int) -> None:
        content = io.BytesIO()
        torch.save({'state_dict': {'w': torch.full((300, 300), seed)}}, content)
        AtomicBackend().put(content.getvalue(), self.path)

    def problems(self) -> tuple[int, int]:
        return int(self.path.exists() and not is_whole(self.path)), 0


WRITERS = {
    'make_shapes': Shapes,
    'prepare_ade20k': Ade20k,
    'gen_cls': Classifier,
    'publish_model': Published,
    'checkpoint': Checkpoint,
}


def kill_often(writer, kills: int) -> dict[str, int]:
    """Kill a writer at random moments, as often as it takes to meet it running; counts what is left."""
    counts = dict.fromkeys(COLUMNS, 0)
    for seed in (0, 1):
        writer.write(seed)
    usual = statistics.median(_duration(lambda seed=seed: writer.write(seed)) for seed in range(5))
    processes = []
    seed = 2
    while counts['kills'] < kills:
        seed += 1
        child = _fork(lambda seed=seed: writer.write(seed))
        time.sleep(random.uniform(0, usual))
        processes += _children(child)
        os.kill(child, signal.SIGKILL)
        counts['kills'] += os.waitpid(child, 0)[1] == signal.SIGKILL
        torn, half = writer.problems()
        counts['torn'] += torn
        counts['half sets'] += half
    counts['starts'] = seed - 2
    counts['orphans'] = len(psutil.wait_procs(processes, timeout=10)[1])
    writer.write(seed + 1)
    counts['leftovers'] = sum(path.name.startswith('.') for path in writer.folder.rglob('*'))
    return counts


def _duration(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    os.waitpid(_fork(action), 0)
    return time.perf_counter() - start


def _fork(action: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        try:
            action()
        finally:
            os._exit(0)
    return child


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _half_set(folder: Path) -> bool:
    if not folder.exists():
        return False
    report = check_ade_files(folder, deep=True)
    return bool(report.problems or report.notes) or report.counts != {'train': 6, 'val': 2}


def _is_torn(png: Path) -> bool:
    try:
        with Image.open(png) as image:
            image.load()
    except (OSError, SyntaxError):
        return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--kills', type=positive, default=1000, help='of each writer while it runs (default: 1000)'
    )
    parser.add_argument('--writers', nargs='+', choices=WRITERS, default=list(WRITERS))
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    random.seed(args.seed)
    torch.set_num_threads(1)  # threads do not survive a fork
    tqdm.set_lock(threading.RLock())  # its own is shared with forks, which may die holding it
    warnings.simplefilter('ignore', DeprecationWarning)
    print('| writer | ' + ' | '.join(COLUMNS) + ' | seconds |')
    print('| --- |' + ' ---: |' * (len(COLUMNS) + 1))
    broken = 0
    for name in args.writers:
        start = time.perf_counter()
        folder = Path(tempfile.mkdtemp())
        try:
            counts = kill_often(WRITERS[name](folder), args.kills)
        finally:
            shutil.rmtree(folder)
        broken += sum(counts[column] for column in COLUMNS[2:])
        values = ' | '.join(f'{counts[column]:,}' for column in COLUMNS)
        print(f'| {name} | {values} | {time.perf_counter() - start:.0f} |', flush=True)
    return int(broken > 0)


if __name__ == '__main__':
    sys.exit(main())

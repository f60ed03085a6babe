"""Small data sets in the layout of tools/prepare_data.py, which a test then spoils."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.datasets.browse.browse import browse
from seg.datasets.browse.measure import measure_map
from seg.datasets.browse.source import find_parts
from seg.panoptic.png import write_panoptic_png

CLASSES = (('cat', 1), ('dog', 1), ('grass', 0))


class DataSet:
    """Pictures of noise with a cat (id 1), a dog (id 2) and grass (id 3) around them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.page = folder / 'browse.html'
        self.json = {}

    def add(self, name, ids=None, *, split='train', seed=None, image=None):
        """A picture of 24 x 32; its annotation is returned."""
        own = self.json.setdefault(
            split,
            dict(
                images=[],
                annotations=[],
                categories=[dict(id=i, name=n, isthing=t) for i, (n, t) in enumerate(CLASSES, 1)],
            ),
        )
        if ids is None:
            ids = np.full((24, 32), 3)
            ids[2:10, 3:12], ids[12:22, 15:30] = 1, 2
        if image is None:
            seed = 100 * len(self.json) + len(own['images']) if seed is None else seed
            coarse = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
            image = Image.fromarray(coarse).resize((32, 24), Image.Resampling.NEAREST)
        file = self.image(name, split)
        file.parent.mkdir(parents=True, exist_ok=True)
        self.png(name, split).parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
        write_panoptic_png(self.png(name, split), ids)
        own['images'].append(dict(id=name, file_name=name, width=32, height=24))
        annotation = dict(
            image_id=name,
            file_name=self.png(name, split).name,
            segments_info=[
                dict(id=id, category_id=id, area=own.area, bbox=own.box, iscrowd=0)
                for id, own in measure_map(ids).items()
                if id
            ],
        )
        own['annotations'].append(annotation)
        return annotation

    def image(self, name, split='train'):
        return self.folder / 'images' / split / name

    def png(self, name, split='train'):
        return (self.folder / f'panoptic_{split}' / name).with_suffix('.png')

    def write(self):
        for split, content in self.json.items():
            (self.folder / f'panoptic_{split}.json').write_text(json.dumps(content))

    def browse(self, **options):
        """Write the page, and give what it says."""
        self.write()
        return browse(
            find_parts(self.folder), self.page, title='pets', folder=self.folder, **options
        )


@pytest.fixture
def data(tmp_path):
    found = DataSet(tmp_path / 'pets')
    found.add('whole.png', seed=1)
    return found

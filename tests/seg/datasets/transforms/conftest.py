"""Random panoptic samples, as the dataset gives them to its pipeline."""

import numpy as np
import pytest

from seg.panoptic.png import write_panoptic_png


@pytest.fixture
def sample(tmp_path):
    """Makes a sample of ``count`` segments, two of them without pixels, with some void."""

    def make(seed, count=9, size=(37, 53), blocks=(5, 7)):
        rng = np.random.default_rng(seed)
        ids = rng.choice(np.arange(1, 256**3), count + 1, replace=False)
        # The last id is in the map and not in segments_info, like 0.
        choice = np.concatenate([ids[2:], [0]]) if count > 2 else np.array([0])
        coarse = rng.choice(choice, blocks)
        rows = np.sort(rng.integers(0, blocks[0], size[0]))
        columns = np.sort(rng.integers(0, blocks[1], size[1]))
        speckle = rng.random(size) < 0.05
        panoptic = np.where(speckle, rng.choice(choice, size), coarse[np.ix_(rows, columns)])
        path = tmp_path / f'{seed}.png'
        write_panoptic_png(path, panoptic)
        segments, instances = [], []
        for id in ids[:count]:
            is_thing = bool(rng.random() < 0.6)
            category = int(rng.integers(0, 100)) if is_thing else int(rng.integers(100, 150))
            is_crowd = is_thing and rng.random() < 0.2
            if is_thing and not is_crowd:
                box = rng.random(4) * 20
                instances.append(dict(bbox=box.tolist(), bbox_label=category, ignore_flag=0))
            segments.append(dict(id=int(id), category=category, is_thing=is_thing and not is_crowd))
        return dict(
            img=rng.integers(0, 256, (*size, 3), dtype=np.uint8),
            img_shape=size,
            ori_shape=size,
            height=size[0],
            width=size[1],
            seg_map_path=str(path),
            segments_info=segments,
            instances=instances,
        )

    return make

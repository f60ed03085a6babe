"""The transforms that a picture needs before the model takes it."""

from mmengine.config import Config
from mmengine.dataset import Compose

from seg.apis.config.read import type_name


def image_pipeline(cfg: Config) -> Compose:
    """The test pipeline of a config without what reads files: a picture comes as pixels."""
    steps = cfg.test_dataloader.dataset.pipeline
    return Compose(
        [step for step in steps if not type_name(step).rpartition('.')[2].startswith('Load')]
    )

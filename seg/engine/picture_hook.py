"""Predictions as pictures: in TensorBoard during training, in a folder during testing."""

from pathlib import Path

import cv2
from mmengine.hooks import Hook

from seg.apis.inference import segments_of
from seg.apis.picture import draw_segments, write_image
from seg.datasets.image_files import read_image
from seg.registry import HOOKS


@HOOKS.register_module()
class PanopticPictureHook(Hook):
    """Draws predictions over their images.

    Args:
        count: Number of images of each validation that go to the visualizer. Defaults to 4.
        out_dir: Folder for the pictures of a test, all of them. Defaults to None, none are written.
    """

    def __init__(self, count: int = 4, out_dir: str | None = None) -> None:
        self.count = count
        self.out_dir = Path(out_dir).expanduser() if out_dir else None

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Show the first images of a validation."""
        first = batch_idx * len(outputs)
        for number, sample in enumerate(outputs[: max(0, self.count - first)], start=first):
            picture = cv2.cvtColor(self._draw(runner, sample), cv2.COLOR_BGR2RGB)
            runner.visualizer.add_image(f'val/{number}', picture, step=runner.iter)

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Write every picture of a test."""
        if self.out_dir is None:
            return
        self.out_dir.mkdir(parents=True, exist_ok=True)
        for sample in outputs:
            name = Path(sample.img_path).with_suffix('.png').name
            write_image(self.out_dir / name, self._draw(runner, sample))

    @staticmethod
    def _draw(runner, sample):
        model = getattr(runner.model, 'module', runner.model)
        classes = (runner.val_dataloader or runner.test_dataloader).dataset.metainfo['classes']
        panoptic = sample.pred_panoptic_seg
        index, segments = segments_of(
            panoptic.sem_seg[0].cpu().numpy(),
            panoptic.get('scores', {}),
            classes,
            model.num_things_classes,
        )
        return draw_segments(read_image(sample.img_path), index, segments)

"""Predictions as pictures: in TensorBoard during training, in a folder during testing."""

from pathlib import Path

import numpy as np
from mmengine.hooks import Hook

from seg.models.wrappers import innermost
from seg.panoptic.segmentation import Segmentation
from seg.registry import HOOKS
from seg.runtime.image_files import read_image
from seg.runtime.output_files import name_outputs


@HOOKS.register_module()
class PanopticPictureHook(Hook):
    """Draws predictions over their images.

    Args:
        count: Number of images of each validation that go to the visualizer, those of the first
            rank. Defaults to 4.
        out_dir: Folder for the pictures of a test, all of them, named by :func:`name_outputs`.
            Defaults to None, none are written.
    """

    def __init__(self, count: int = 4, out_dir: str | None = None) -> None:
        self.count = count
        self.out_dir = Path(out_dir).expanduser() if out_dir else None
        self._shown = 0  # in this validation
        self._outputs: dict[str, tuple[Path, ...]] = {}

    def before_val_epoch(self, runner) -> None:
        """Begin with the first image again."""
        self._shown = 0

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Show the first images of a validation."""
        for sample in outputs[: max(0, self.count - self._shown)]:
            picture = np.asarray(_segmentation(runner, sample).plot())
            # No slash in the name: LocalVisBackend makes it a file's, and no folder for it.
            runner.visualizer.add_image(f'val_{self._shown}', picture, step=runner.iter)
            self._shown += 1

    def before_test(self, runner) -> None:
        """Name the pictures of a test.

        Raises:
            ValueError: If one would overwrite a picture or an annotation of the dataset.
        """
        if self.out_dir is None:
            return
        dataset = runner.test_dataloader.dataset
        samples = [dataset.get_data_info(number) for number in range(len(dataset))]
        truth = [sample['seg_map_path'] for sample in samples if sample.get('seg_map_path')]
        self._outputs = name_outputs(
            [sample['img_path'] for sample in samples], self.out_dir, ('.png',), truth
        )

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Write every picture of a test."""
        if self.out_dir is None:
            return
        for sample in outputs:
            (file,) = self._outputs[sample.img_path]
            _segmentation(runner, sample).save(file)


def _segmentation(runner, sample) -> Segmentation:
    model = innermost(runner.model)
    dataset = (runner.val_dataloader or runner.test_dataloader).dataset
    panoptic = sample.pred_panoptic_seg
    return Segmentation.from_mmdet(
        read_image(sample.img_path),
        panoptic.sem_seg[0].cpu().numpy(),
        panoptic.get('scores', {}),
        dataset.metainfo['classes'],
        model.num_things_classes,
        Path(sample.img_path),
    )

"""Steps of the optimizer that take several batches, in the scaling of the learning rate."""

from mmengine.runner import Runner


def count_accumulated_images(runner: Runner) -> None:
    """Have ``auto_scale_lr`` scale by the images of a step, not by those of a batch.

    mmengine scales by batch size and processes and leaves out the ``accumulative_counts`` of the
    ``optim_wrapper``. What the config says, and is written with the checkpoints, stays as it is.
    """
    wrapper, scaling = runner.cfg.get('optim_wrapper') or {}, runner.auto_scale_lr
    batches = wrapper.get('accumulative_counts', 1)
    if scaling and scaling.get('enable') and batches != 1:
        base = scaling['base_batch_size'] / batches
        runner.auto_scale_lr = {**scaling, 'base_batch_size': base}

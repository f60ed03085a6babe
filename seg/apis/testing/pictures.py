"""``--show-dir``: pictures of what is predicted in a test."""

from pathlib import Path

from mmengine.config import Config

from seg.apis.config.read import config_name, is_panoptic, section


def draw_predictions(cfg: Config, folder: str) -> None:
    """Let a config's test draw its predictions, of a detector of mmdet's with mmdet's hook.

    Args:
        cfg: The config.
        folder: For the pictures.

    Raises:
        ValueError: If it is of no panoptic model, and has no visualization hook.
    """
    if is_panoptic(cfg):
        pictures = dict(type='seg.PanopticPictureHook', out_dir=folder)
        cfg.custom_hooks = [*(cfg.get('custom_hooks') or ()), pictures]
        return
    hook = section(cfg, 'default_hooks.visualization')
    if not hook:
        raise ValueError(
            f"--show-dir: {config_name(cfg)} has no default_hooks.visualization; add dict(type='DetVisualizationHook')"
        )
    hook.update(draw=True, test_out_dir=str(Path(folder).absolute()))

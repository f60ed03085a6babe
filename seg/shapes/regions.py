"""How a picture is divided into regions of stuff."""

import numpy as np


def split_regions(count: int, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Divide a picture by wavy cuts, each through the largest region so far.

    Args:
        count: Number of regions.
        size: (H, W).
        rng: All randomness.

    Returns:
        Index of each pixel's region, int16 [H, W]; none is empty.
    """
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32) / min(size)
    regions = np.zeros(size, np.int16)
    for new in range(1, count):
        angle = rng.uniform(0, 2 * np.pi)
        across = x * np.cos(angle) + y * np.sin(angle)
        along = y * np.cos(angle) - x * np.sin(angle)
        waves, phase = rng.uniform(0.5, 2.5), rng.uniform(0, 2 * np.pi)
        across += rng.uniform(0, 0.06) * np.sin(2 * np.pi * (waves * along + phase))
        inside = regions == np.bincount(regions.ravel()).argmax()
        cut = np.quantile(across[inside], rng.uniform(0.35, 0.65))
        regions[inside & (across > cut)] = new
    return regions

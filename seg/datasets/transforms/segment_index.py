"""From a map of segment ids to a map of positions in ``segments_info``, in one pass."""

from collections.abc import Sequence

import numpy as np


def index_segments(ids: np.ndarray, segment_ids: Sequence[int], values: np.ndarray) -> np.ndarray:
    """Replace each pixel's segment id by the value of its segment.

    Neighbours mostly belong to the same segment, so a search runs once for every run of equal ids
    along the rows, and not once a pixel or once a segment.

    Args:
        ids: Segment ids, integers [H, W].
        segment_ids: The N ids to be found; of equal ones the last counts.
        values: [N + 1] what to write for each of them, and last for every other id.

    Returns:
        [H, W], of the type of ``values``.
    """
    flat = ids.ravel()
    if not flat.size:
        return np.empty(ids.shape, values.dtype)
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    run_ids = flat[starts]
    wanted = np.asarray(segment_ids, np.int64)
    order = np.argsort(wanted, kind='stable')
    # One less than the place behind equal ids: the last of them, or -1 before all ids.
    index = np.append(order, -1)[np.searchsorted(wanted[order], run_ids, side='right') - 1]
    index[np.append(wanted, -1)[index] != run_ids] = -1
    return np.repeat(values[index], np.diff(starts, append=flat.size)).reshape(ids.shape)

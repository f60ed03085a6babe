"""The worker processes of a DataLoader."""

from torch.utils.data import DataLoader


def close_workers(loader: DataLoader) -> None:
    """End the persistent workers of a loader and wait for them; the next epoch starts new ones.

    PyTorch leaves this to the garbage collector, which an exception's traceback can keep waiting.

    Args:
        loader: Any loader; one whose workers are not running is left as it is.
    """
    workers = getattr(loader, '_iterator', None)
    if workers is not None:
        workers._shutdown_workers()
        loader._iterator = None

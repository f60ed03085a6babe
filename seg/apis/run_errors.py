"""What stops a training or test under way, in words for the person who started it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

import torch
from mmengine.config import Config

from seg.apis.command_line import USER_ERRORS
from seg.runtime.project_files import how_to_run


@contextmanager
def explaining_errors(cfg: Config) -> Iterator[None]:
    """Turn what a library raises into the errors that our command lines print as one line.

    Args:
        cfg: The config that runs.

    Raises:
        OSError: If the backbone's weights could not be downloaded.
        ValueError: What a data worker raised, without its traceback, as other errors of a user; if a
            pipeline's samples cannot be joined; or if no training image has a segment.
        MemoryError: If a GPU's memory did not suffice.
        ConnectionError: If another process of the group is gone.
    """
    try:
        yield
    except URLError as error:
        weights = (cfg.model.backbone.get('init_cfg') or {}).get('checkpoint')
        raise OSError(
            f'cannot download the weights {weights}: {error.reason}; give a local file with '
            '--cfg-options model.backbone.init_cfg.checkpoint=FILE, or start from random weights '
            'with model.backbone.init_cfg=None'
        ) from None
    except USER_ERRORS as error:
        raise _as_the_worker_said(error) from None
    except torch.cuda.OutOfMemoryError as error:
        raise MemoryError(
            f'{error}; a smaller train_dataloader.batch_size or --amp takes less'
        ) from None
    except RuntimeError as error:
        if 'by peer' in str(error):  # gloo's words; nccl waits to be ended by the launcher
            raise ConnectionError('another process ended; it has said why') from None
        if 'list of batch should be of equal size' in str(error):
            raise ValueError(
                'the samples of a batch cannot be joined; a pipeline of train_dataloader, '
                'val_dataloader or test_dataloader has to end in PackDetInputs'
            ) from None
        raise
    except Exception as error:
        if 'Cannot find valid image after' not in str(error):  # mmengine's, of no class of its own
            raise
        raise ValueError(
            'of the training images that were drawn none has a segment left to learn from after its '
            'pipeline; see what train_dataloader.dataset annotates with '
            f'{how_to_run("tools/check_ade_files.py")}'
        ) from None


def _as_the_worker_said(error: Exception) -> Exception:
    """PyTorch raises a data worker's error anew, with its traceback as the message."""
    kind, text = type(error), str(error)
    if not (text.startswith('Caught ') and '\nOriginal Traceback' in text):
        return error
    name = kind.__name__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__name__}'
    return kind(text.rpartition(f'\n{name}: ')[2].strip())

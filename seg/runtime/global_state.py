"""What the libraries below RPS change for the whole process, and how to leave it as it was."""

import logging
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope, init_default_scope

_TURN = threading.RLock()


@contextmanager
def unchanged_globals(cfg: Config | None = None) -> Iterator[None]:
    """Leave the state of the process as it was before the block, also where it fails.

    That is mmengine's default scope, the filters of warnings, the handlers of the root logger (open_clip logs
    there, which adds one), and the random numbers of PyTorch on the CPU. Within the block there is no default scope,
    or that of a config. Threads take turns.

    Args:
        cfg: A config whose ``default_scope`` is the default scope in the block. Defaults to none.
    """
    with _TURN, warnings.catch_warnings(), torch.random.fork_rng(devices=()):
        scopes, handlers = DefaultScope._instance_dict, logging.root.handlers[:]
        # mmengine's own context gives back a copy, and warns where a scope is set within it.
        DefaultScope._instance_dict = OrderedDict()
        try:
            if cfg is not None:
                init_default_scope(cfg.get('default_scope', 'seg'))
            yield
        finally:
            DefaultScope._instance_dict = scopes
            logging.root.handlers[:] = handlers

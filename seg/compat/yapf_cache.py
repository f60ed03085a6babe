"""Keeps a cache of yapf that is not whole from ending a run.

mmengine formats the text of a config with yapf, which keeps its grammar in the user's cache folder and renames
that file to its place before all of it is written. Of several processes that start together after an
installation, one may read it then (``EOFError: Ran out of input``); after a kill at that moment all do.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pickle import UnpicklingError
from typing import Any

from seg.compat.import_hooks import execute_within

_READER = 'yapf_third_party._ylib2to3.pgen2.driver'


def guard_yapf_cache() -> None:
    """Let yapf make its grammar anew, and write it again, where the file of it is not whole.

    Imports nothing, and does nothing the second time.
    """
    execute_within({_READER: _then_guarded})


@contextmanager
def _then_guarded() -> Iterator[None]:
    yield
    reader: Any = sys.modules[_READER]
    load: Callable[..., Any] = reader.load_grammar

    @wraps(load)
    def load_grammar(*args: Any, **kwargs: Any) -> Any:
        try:
            return load(*args, **kwargs)
        except (EOFError, UnpicklingError):
            return load(*args, **{**kwargs, 'force': True})

    reader.load_grammar = load_grammar

"""How often Python looks for garbage: seldom in commands, whose imports make a million objects and none of it.

Looking takes a fifth of the time of these imports, and up to a second when the process ends.
"""

import atexit
import gc

_usual: tuple[int, ...] | None = None


def collect_rarely() -> None:
    """Look after every 50,000 objects that stay, and not at all as the process ends.

    What only the finalizer of an object in a cycle would finish, such as a file that nobody closed, is
    left unfinished then.
    """
    global _usual
    if _usual is None:
        _usual = gc.get_threshold()
        gc.set_threshold(50_000, *_usual[1:])
        atexit.register(gc.freeze)


def collect_as_usual() -> None:
    """Look as often as before :func:`collect_rarely`, and as the process ends.

    For training: its garbage may hold tensors of a GPU, and it runs code of others.
    """
    if _usual is not None:
        gc.set_threshold(*_usual)
        atexit.unregister(gc.freeze)

"""Who may change a file."""

import grp
import os
import pwd
import stat
from pathlib import Path


def others_may_write(path: Path) -> bool:
    """Whether a file or folder can be written by others than its owner, who is this user or root.

    The group of a user's own name, which many systems give everybody, counts as the user.
    """
    if not path.exists():
        return False
    info = path.stat()
    if info.st_uid not in (0, os.getuid()) or info.st_mode & stat.S_IWOTH:
        return True
    return bool(info.st_mode & stat.S_IWGRP) and not _is_private(info.st_gid)


def _is_private(group: int) -> bool:
    try:
        found = grp.getgrgid(group)
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # no entry, as in many a container
        return False
    return found.gr_name == name and not set(found.gr_mem) - {name}

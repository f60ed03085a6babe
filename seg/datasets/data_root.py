"""The folder of a data set, as configs write it: with the environment's variable and a default."""

import os
import re

_VARIABLE = re.compile(r'\$\{(\w+):-([^}]*)\}')


def expand_data_root(folder: str | os.PathLike) -> str:
    """Put the environment into a folder's name, as a shell does.

    A config names its folder ``'${ADE20K_ROOT:-data/ADEChallengeData2016}'``: the variable's value, or the
    default where it is not set or empty. (A config cannot ask the environment by itself: mmengine lets
    it name what it imports, not call it.)
    """
    return _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[2], os.fspath(folder))

"""Configs: reading them, options of the command line, what they say, and what must fit together."""

from seg.compat import require_packages

require_packages()  # before any module here imports them

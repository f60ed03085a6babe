#!/usr/bin/env bash
# Prints the Python to use: $PYTHON, the active environment's, else the one that `make setup` made.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -n "${PYTHON:-}" ]; then
    echo "$PYTHON"
elif [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x "$here/.venv/bin/python" ]; then
    echo "$here/.venv/bin/python"
else
    command -v python || command -v python3
fi

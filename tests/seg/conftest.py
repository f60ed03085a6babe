import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run_python():
    """Runs code in a fresh interpreter at the root of the repository; returns the process."""

    def run(code, *flags, **kwargs):
        return subprocess.run(
            [sys.executable, *flags, '-c', code], cwd=ROOT, capture_output=True, text=True, **kwargs
        )

    return run

"""``python -m seg`` is ``rps``, for a clone that is not installed."""

import sys

from seg.apis.commands import main

sys.exit(main())

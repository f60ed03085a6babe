"""Models for other runtimes: writing a file, checking it, using it in place of a checkpoint."""

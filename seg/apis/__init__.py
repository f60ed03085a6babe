"""Ready-made entry points for people and for the command lines in ``tools/``."""

"""Configs: reading them, options of the command line, what they say, and what must fit together."""

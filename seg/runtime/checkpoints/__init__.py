"""Checkpoints of trainings: finding them, reading them without running them, fitting weights."""

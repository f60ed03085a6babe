"""Test sets whose released files need preparation, from these to the layout of ``configs/test_sets``."""

"""The formats that own data may have, a file each: ``NAME``, ``detect`` and ``read``."""

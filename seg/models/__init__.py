"""Models, registered in ``seg.registry.MODELS``.

Import from the folder that holds what you need: making a classifier needs none of mmdet's models, and
importing them takes seconds.
"""

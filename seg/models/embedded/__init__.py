"""The weights that ship with the package: the shapes world's CLIP and a model trained with it."""

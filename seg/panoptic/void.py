"""What stands for void among classes."""

#: The class of pixels without one in the semantic maps of training, above any number of classes.
VOID_CLASS = 65535

#: The class of such pixels in label maps of evaluation.
VOID_LABEL = -1

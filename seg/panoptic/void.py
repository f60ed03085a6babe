"""What stands for void among classes."""

#: The class of pixels without one in the semantic maps of training, above any number of classes.
VOID_CLASS = 65535

"""Class names of panoptic data sets, one module a data set, each class a set of candidates."""

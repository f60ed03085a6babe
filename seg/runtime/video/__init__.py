"""Videos, cameras and streams, frame by frame: reading and writing; knows nothing of segmentation."""

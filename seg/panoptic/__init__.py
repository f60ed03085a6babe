"""The panoptic format: PNGs and segment ids, mmdet's code, segments for people, their drawing."""

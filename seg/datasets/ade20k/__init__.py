"""ADE20K on disk: its layout, the preparation of its panoptic files, the check of all of them.

Needs no mmdet, which takes seconds to import.
"""

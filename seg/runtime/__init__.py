"""Files, processes and devices: whole files, checkpoints, launch, parallel maps.

Nothing here knows of segmentation, and nothing here imports another part of the package.
"""

"""RPS: real-time panoptic segmentation with an open vocabulary, as a plugin for mmengine and mmdet.

Importing ``seg`` imports neither torch nor the MM stack. It only prepares what happens when they
are imported: an mmcv without compiled ops finds a stand-in for them, and onedl-mmdetection keeps
its notice about a data set format of its own to itself.
"""

from seg.compat import install_mmcv_ops, silence_onedl_notice

__version__ = '0.1.0'

install_mmcv_ops()
silence_onedl_notice()

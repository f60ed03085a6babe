"""RPS: real-time panoptic segmentation with an open vocabulary, as a plugin for mmengine and mmdet.

Importing ``seg`` imports neither torch nor the MM stack. It only prepares what happens when they
are imported: an mmcv without compiled ops finds a stand-in for them, and notices about parts that
are not used here stay off the terminal.
"""

from seg.compat import install_mmcv_ops, silence_notices

__version__ = '0.1.0'

install_mmcv_ops()
silence_notices()

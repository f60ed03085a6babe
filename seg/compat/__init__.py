"""What lets mmdet be imported, quietly, with an mmcv that has no compiled ops."""

from seg.compat.mmcv_ops import install_mmcv_ops
from seg.compat.quiet import silence_notices
from seg.compat.requirements import require_packages

__all__ = ['install_mmcv_ops', 'require_packages', 'silence_notices']

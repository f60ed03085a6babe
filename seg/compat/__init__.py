"""What lets mmdet be imported, quietly, with an mmcv that has no compiled ops, and yapf with a broken cache."""

from seg.compat.mmcv_ops import install_mmcv_ops
from seg.compat.quiet import silence_notices
from seg.compat.requirements import require_packages
from seg.compat.yapf_cache import guard_yapf_cache

__all__ = ['guard_yapf_cache', 'install_mmcv_ops', 'require_packages', 'silence_notices']

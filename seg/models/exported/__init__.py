"""Models in files that other runtimes run: the graph, what a file says of itself, the runtimes, the detector."""

from seg.models.exported.exported_maskformer import ExportedMaskFormer

__all__ = ['ExportedMaskFormer']

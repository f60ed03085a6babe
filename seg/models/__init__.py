"""Models, registered in ``seg.registry.MODELS``."""

from seg.models.backbones import OpenCLIPBackbone
from seg.models.text_encoders import OpenCLIPTextEncoder

__all__ = ['OpenCLIPBackbone', 'OpenCLIPTextEncoder']

"""Text encoders: words to features in a joint image-text space."""

from seg.models.text_encoders.openclip_text_encoder import OpenCLIPTextEncoder

__all__ = ['OpenCLIPTextEncoder']

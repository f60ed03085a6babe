"""A small CLIP that knows the shapes world: its pictures, captions, training and evaluation.

Captions (:mod:`.captions`), pictures (:mod:`.pictures`), which caption is true of which picture
(:mod:`.attributes`), batches (:mod:`.batches`), loss (:mod:`.loss`), training (:mod:`.training`)
and zero-shot accuracy (:mod:`.evaluation`). The model itself is ``shapes_clip`` of
:mod:`seg.models.openclip`.
"""

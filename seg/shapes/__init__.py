"""The shapes world: pictures with panoptic truth, drawn from the words of their classes.

Words to looks (:mod:`.looks`), class sets (:mod:`.vocabulary`), a picture (:mod:`.scene`), a data
set in ADE20K's layout (:mod:`.files`). Needs NumPy and OpenCV only.
"""

from seg.shapes.scene import Scene, render_scene
from seg.shapes.vocabulary import ShapesVocabulary, get_vocabulary, vocabulary_names

__all__ = ['Scene', 'ShapesVocabulary', 'get_vocabulary', 'render_scene', 'vocabulary_names']

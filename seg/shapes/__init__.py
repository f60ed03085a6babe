"""The shapes world: pictures with panoptic truth, drawn from the words of their classes.

Words to looks (:mod:`.looks`), worlds (:mod:`.worlds`), a picture (:mod:`.scene`), a data
set in ADE20K's layout (:mod:`.files`). Needs NumPy and OpenCV only.
"""

from seg.shapes.scene import Scene, render_scene
from seg.shapes.worlds import World, get_world, world_names

__all__ = ['Scene', 'World', 'get_world', 'render_scene', 'world_names']

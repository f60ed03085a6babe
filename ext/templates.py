"""Prompt templates that turn a class name into the sentences a text encoder reads.

A template is a plain string with ``{}`` where the class name goes and, optionally,
``{article}`` where "a" or "an" goes. The sets below are the published ones, kept string for
string and in their published order, so that text features made from them can be reproduced.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

__all__ = [
    'IMAGENET_PROMPT',
    'PANOPTIC_PROMPT',
    'SIMPLE_PROMPT',
    'TEMPLATE_SETS',
    'VILD_PROMPT',
    'fill_template',
    'get_templates',
]

#: One template, CLIP's plain prompt.
SIMPLE_PROMPT: tuple[str, ...] = ('a photo of a {}.',)

#: ViLD's 63 templates: ``multiple_templates`` of ``ViLD_demo.ipynb`` (Gu et al., "Open-vocabulary
#: Object Detection via Vision and Language Knowledge Distillation", tensorflow/tpu,
#: ``models/official/detection/projects/vild``). The demo can also put "This is " before the
#: templates that start with "a" or "the" (its ``this_is`` flag); that prefix is not part of the
#: list and is not added here.
VILD_PROMPT: tuple[str, ...] = (
    'There is {article} {} in the scene.',
    'There is the {} in the scene.',
    'a photo of {article} {} in the scene.',
    'a photo of the {} in the scene.',
    'a photo of one {} in the scene.',
    'itap of {article} {}.',
    'itap of my {}.',
    'itap of the {}.',
    'a photo of {article} {}.',
    'a photo of my {}.',
    'a photo of the {}.',
    'a photo of one {}.',
    'a photo of many {}.',
    'a good photo of {article} {}.',
    'a good photo of the {}.',
    'a bad photo of {article} {}.',
    'a bad photo of the {}.',
    'a photo of a nice {}.',
    'a photo of the nice {}.',
    'a photo of a cool {}.',
    'a photo of the cool {}.',
    'a photo of a weird {}.',
    'a photo of the weird {}.',
    'a photo of a small {}.',
    'a photo of the small {}.',
    'a photo of a large {}.',
    'a photo of the large {}.',
    'a photo of a clean {}.',
    'a photo of the clean {}.',
    'a photo of a dirty {}.',
    'a photo of the dirty {}.',
    'a bright photo of {article} {}.',
    'a bright photo of the {}.',
    'a dark photo of {article} {}.',
    'a dark photo of the {}.',
    'a photo of a hard to see {}.',
    'a photo of the hard to see {}.',
    'a low resolution photo of {article} {}.',
    'a low resolution photo of the {}.',
    'a cropped photo of {article} {}.',
    'a cropped photo of the {}.',
    'a close-up photo of {article} {}.',
    'a close-up photo of the {}.',
    'a jpeg corrupted photo of {article} {}.',
    'a jpeg corrupted photo of the {}.',
    'a blurry photo of {article} {}.',
    'a blurry photo of the {}.',
    'a pixelated photo of {article} {}.',
    'a pixelated photo of the {}.',
    'a black and white photo of the {}.',
    'a black and white photo of {article} {}.',
    'a plastic {}.',
    'the plastic {}.',
    'a toy {}.',
    'the toy {}.',
    'a plushie {}.',
    'the plushie {}.',
    'a cartoon {}.',
    'the cartoon {}.',
    'an embroidered {}.',
    'the embroidered {}.',
    'a painting of the {}.',
    'a painting of a {}.',
)

#: The 14 templates FC-CLIP made common in panoptic work: ``VILD_PROMPT`` of bytedance/fc-clip
#: ``fcclip/fcclip.py``, which despite its name is not ViLD's list. Always "a", never "an"; four
#: of the published strings have no full stop, and they have none here either.
PANOPTIC_PROMPT: tuple[str, ...] = (
    'a photo of a {}.',
    'This is a photo of a {}',
    'There is a {} in the scene',
    'There is the {} in the scene',
    'a photo of a {} in the scene',
    'a photo of a small {}.',
    'a photo of a medium {}.',
    'a photo of a large {}.',
    'This is a photo of a small {}.',
    'This is a photo of a medium {}.',
    'This is a photo of a large {}.',
    'There is a small {} in the scene.',
    'There is a medium {} in the scene.',
    'There is a large {} in the scene.',
)

#: CLIP's 80 ImageNet templates: ``imagenet_templates`` of openai/CLIP
#: ``notebooks/Prompt_Engineering_for_ImageNet.ipynb``, in the order of open_clip's
#: ``OPENAI_IMAGENET_TEMPLATES``. Always "a", never "an".
IMAGENET_PROMPT: tuple[str, ...] = (
    'a bad photo of a {}.',
    'a photo of many {}.',
    'a sculpture of a {}.',
    'a photo of the hard to see {}.',
    'a low resolution photo of the {}.',
    'a rendering of a {}.',
    'graffiti of a {}.',
    'a bad photo of the {}.',
    'a cropped photo of the {}.',
    'a tattoo of a {}.',
    'the embroidered {}.',
    'a photo of a hard to see {}.',
    'a bright photo of a {}.',
    'a photo of a clean {}.',
    'a photo of a dirty {}.',
    'a dark photo of the {}.',
    'a drawing of a {}.',
    'a photo of my {}.',
    'the plastic {}.',
    'a photo of the cool {}.',
    'a close-up photo of a {}.',
    'a black and white photo of the {}.',
    'a painting of the {}.',
    'a painting of a {}.',
    'a pixelated photo of the {}.',
    'a sculpture of the {}.',
    'a bright photo of the {}.',
    'a cropped photo of a {}.',
    'a plastic {}.',
    'a photo of the dirty {}.',
    'a jpeg corrupted photo of a {}.',
    'a blurry photo of the {}.',
    'a photo of the {}.',
    'a good photo of the {}.',
    'a rendering of the {}.',
    'a {} in a video game.',
    'a photo of one {}.',
    'a doodle of a {}.',
    'a close-up photo of the {}.',
    'a photo of a {}.',
    'the origami {}.',
    'the {} in a video game.',
    'a sketch of a {}.',
    'a doodle of the {}.',
    'a origami {}.',
    'a low resolution photo of a {}.',
    'the toy {}.',
    'a rendition of the {}.',
    'a photo of the clean {}.',
    'a photo of a large {}.',
    'a rendition of a {}.',
    'a photo of a nice {}.',
    'a photo of a weird {}.',
    'a blurry photo of a {}.',
    'a cartoon {}.',
    'art of a {}.',
    'a sketch of the {}.',
    'a embroidered {}.',
    'a pixelated photo of a {}.',
    'itap of the {}.',
    'a jpeg corrupted photo of the {}.',
    'a good photo of a {}.',
    'a plushie {}.',
    'a photo of the nice {}.',
    'a photo of the small {}.',
    'a photo of the weird {}.',
    'the cartoon {}.',
    'art of the {}.',
    'a drawing of the {}.',
    'a photo of the large {}.',
    'a black and white photo of a {}.',
    'the plushie {}.',
    'a dark photo of a {}.',
    'itap of a {}.',
    'graffiti of the {}.',
    'a toy {}.',
    'itap of my {}.',
    'a photo of a cool {}.',
    'a photo of a small {}.',
    'a tattoo of the {}.',
)

#: The named sets that :func:`get_templates` accepts.
TEMPLATE_SETS: dict[str, tuple[str, ...]] = {
    'vild': VILD_PROMPT,
    'panoptic': PANOPTIC_PROMPT,
    'imagenet': IMAGENET_PROMPT,
    'simple': SIMPLE_PROMPT,
}


def fill_template(template: str, name: str) -> str:
    """Put a class name into a template.

    ``{article}`` becomes "an" when ``name`` begins with one of the letters a, e, i, o, u, else
    "a"; every ``{}`` becomes ``name`` as given. The rule is ViLD's: it looks at the spelling, not
    the sound ("an unicycle", "a hour"), and at lower-case letters only ("a Apple").

    Args:
        template: a template; one without ``{}`` comes back without the name.
        name: a class name. No cleaning is done: case, underscores and dots stay.

    Returns:
        The sentence. Any other braces, in the template or the name, are kept as they are.
    """
    article = 'an' if name.startswith(('a', 'e', 'i', 'o', 'u')) else 'a'
    # Not str.format: a brace in a class name or a template is text, not a field. The name goes in
    # last, so that a name which itself contains '{article}' is not rewritten.
    return template.replace('{article}', article).replace('{}', name)


def get_templates(spec: str | Sequence[str]) -> tuple[str, ...]:
    """Look up a named template set, or check a sequence of templates.

    Args:
        spec: a key of :data:`TEMPLATE_SETS`, in any case and with or without ``_PROMPT`` at its
            end ("vild", "VILD_PROMPT"); or a non-empty sequence of strings that each contain
            ``{}``. One template alone is given as a list of one.

    Returns:
        The templates, in their order.

    Raises:
        ValueError: for an unknown set name, an empty sequence, an item that is not a string, a
            template without ``{}``, or a ``spec`` that is neither a string nor a sequence.
    """
    if isinstance(spec, str):
        return _named_set(spec)
    if not isinstance(spec, Sequence):
        raise ValueError(
            'templates must be the name of a template set or a sequence of strings, '
            f'not {type(spec).__name__}'
        )
    if not spec:
        raise ValueError('templates must hold at least one template, got an empty sequence')
    for index, template in enumerate(spec):
        if not isinstance(template, str):
            raise ValueError(
                f'template {index} must be a string, got {template!r} ({type(template).__name__})'
            )
        if '{}' not in template:
            raise ValueError(
                f"template {index} has no '{{}}' for the class name to go in: {template!r}"
            )
    return tuple(spec)


def _named_set(name: str) -> tuple[str, ...]:
    key = name.lower().removesuffix('_prompt')
    if key in TEMPLATE_SETS:
        return TEMPLATE_SETS[key]
    message = f'unknown template set {name!r}; known sets: {", ".join(TEMPLATE_SETS)}'
    near = difflib.get_close_matches(key, TEMPLATE_SETS, n=1)
    if near:
        message += f'; did you mean {near[0]!r}?'
    elif '{}' in name:
        message += '; to use one template, give it in a list'
    raise ValueError(message)

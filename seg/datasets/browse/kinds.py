"""What can be odd about a picture and its segments."""

from typing import NamedTuple

#: Void pixels of a picture that is mostly void, a share.
MOSTLY_VOID = 0.5
#: Pixels of a segment that is not tiny: 4 x 4, one pixel of masks at a quarter of the picture's size.
NOT_TINY = 16

Box = tuple[float, float, float, float]


class Kind(NamedTuple):
    """A kind of oddity; ``title`` names it, ``why`` says what it does to a training."""

    title: str
    why: str


#: The worst first.
KINDS = {
    'unreadable': Kind(
        'Missing or unreadable files', 'Training stops at such a picture, or at its map.'
    ),
    'size': Kind(
        'Sizes that differ',
        'The map does not lie over its picture, or the JSON expects another size.',
    ),
    'ids': Kind(
        'Map and JSON disagree',
        'Segment ids in the PNG that the JSON does not list, the reverse, or categories that nobody lists.',
    ),
    'box': Kind(
        'Boxes or areas that do not fit',
        'Box or area in the JSON differ from those of the mask by a pixel and more.',
    ),
    'empty': Kind('No segment', 'Nothing can be learned from such a picture.'),
    'void': Kind('Mostly void', f'More than {MOSTLY_VOID:.0%} of the pixels belong to no segment.'),
    'twin': Kind('The same file twice', 'Between train and val this makes a validation too good.'),
    'alike': Kind(
        'Almost the same picture',
        'Frames of a video, or a picture that was saved again or resized.',
    ),
    'tiny': Kind(
        'Tiny segments',
        f'Fewer than {NOT_TINY} pixels: slips of a brush, or too small for a model to find.',
    ),
}


class Finding(NamedTuple):
    """Something odd about one picture.

    Attributes:
        kind: A key of ``KINDS``.
        text: What is odd, for a person.
        boxes: Where in the picture, (x, y, width, height) in pixels.
        group: Number of the first of the pictures that are the same or alike; -1 if it is not that.
    """

    kind: str
    text: str
    boxes: tuple[Box, ...] = ()
    group: int = -1


def severity(findings: tuple[Finding, ...]) -> int:
    """Rank of the worst kind, 0 the worst of all; the number of kinds if nothing is odd."""
    ranks = {kind: rank for rank, kind in enumerate(KINDS)}
    return min((ranks[finding.kind] for finding in findings), default=len(KINDS))

"""Which pictures are shown, where there are more than a page holds."""

from collections.abc import Iterator, Sequence

from seg.datasets.browse.examine import Examined
from seg.datasets.browse.kinds import KINDS, severity


def choose(examined: Sequence[Examined], most: int) -> list[int]:
    """Places of the pictures that are shown: odd ones first, the worst before the others.

    Odd ones take at most two thirds where there are others; each kind gets its turn, so that a
    frequent one does not crowd the rest out. The others show every class that they can, the rarest
    first, and come from all over the set.

    Args:
        examined: The pictures.
        most: How many are shown at most.
    """
    odd = [place for place, own in enumerate(examined) if own.findings]
    plain = [place for place, own in enumerate(examined) if not own.findings]
    room = max(most - len(plain), 2 * most // 3, min(1, most))
    shown = list(_in_turn(examined, odd))[:room]
    shown += _varied(examined, plain, shown, most - len(shown))

    def order(place: int) -> tuple[int, int, int]:
        findings = examined[place].findings
        groups = [finding.group for finding in findings if finding.group >= 0]
        return severity(findings), min(groups, default=place), place

    return sorted(shown, key=order)


def _in_turn(examined: Sequence[Examined], places: Sequence[int]) -> Iterator[int]:
    """The places, one of each kind at a time."""
    queues = {
        kind: [p for p in places if any(own.kind == kind for own in examined[p].findings)]
        for kind in KINDS
    }
    taken: set[int] = set()
    for queue in queues.values():
        queue.reverse()
    while any(queues.values()):
        for queue in queues.values():
            while queue:
                place = queue.pop()
                if place not in taken:
                    taken.add(place)
                    yield place
                    break


def _varied(
    examined: Sequence[Examined], places: Sequence[int], shown: Sequence[int], most: int
) -> list[int]:
    """At most so many of the places, with the classes that are not shown yet."""
    holders: dict[int, list[int]] = {}
    for place in places:
        for label in set(examined[place].labels.tolist()):
            holders.setdefault(label, []).append(place)
    seen = {label for place in shown for label in examined[place].labels.tolist()}
    chosen: dict[int, None] = {}
    for label in sorted(holders, key=lambda own: (len(holders[own]), own)):
        if label not in seen and len(chosen) < most:
            place = holders[label][0]
            chosen[place] = None
            seen.update(examined[place].labels.tolist())
    left = [place for place in places if place not in chosen]
    room = min(most - len(chosen), len(left))
    return [*chosen, *(left[number * len(left) // room] for number in range(room))]

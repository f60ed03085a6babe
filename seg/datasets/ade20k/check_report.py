"""What a check of a data set found, for a person to read."""

from dataclasses import dataclass, field
from pathlib import Path

from seg.text_classifier.vocabulary import Vocabulary

SHOWN = 10


@dataclass
class AdeFilesReport:
    """Counts and problems of a data set.

    Attributes:
        root: The data set's folder.
        vocabulary: The classes that the categories are; None if they are of no data set.
        things: Number of its thing categories.
        stuff: Number of its stuff categories.
        counts: Images of each split.
        segments: Segments of each split.
        problems: Places of each kind of problem.
        notes: What is worth knowing and is no problem.
    """

    root: Path
    vocabulary: Vocabulary | None = None
    things: int = 0
    stuff: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    segments: dict[str, int] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def dataset_name(self) -> str | None:
        """The data set whose classes the categories are."""
        return self.vocabulary and self.vocabulary.dataset_name

    def add(self, kind: str, where: str) -> None:
        """Record a problem."""
        self.problems.setdefault(kind, []).append(where)

    def describe(self) -> str:
        """Everything, the first ten places of each kind of problem."""
        categories = f'{self.things} things, {self.stuff} stuff' if self.dataset_name else ''
        lines = [f'{self.root}: {self.dataset_name or "unknown categories"}']
        if categories:
            lines[0] += f' ({categories})'
        for split, count in self.counts.items():
            lines.append(f'  {split:5} {count:>7,} images {self.segments[split]:>9,} segments')
        lines += [f'  note: {note}' for note in self.notes]
        for kind, places in self.problems.items():
            lines.append(f'{kind} ({len(places):,}):')
            lines += [f'  {place}' for place in places[:SHOWN]]
            if len(places) > SHOWN:
                lines.append(f'  ... and {len(places) - SHOWN:,} more')
        return '\n'.join(lines)

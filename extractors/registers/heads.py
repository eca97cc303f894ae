"""Headers in more than one piece, made plain: those of two rows, and those of lists that stand side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractors.registers.document import Cells, tidy
from extractors.registers.headers import columns_of, sureness

_DIGIT = re.compile(r"\d")
_MOST_BESIDE = 3


class PlainRows:
    """Gives the rows of tables with plain headers; lists side by side are read as one below the other.

    Kept over the tables of a document: one that goes on has no header of its own.
    """

    def __init__(self) -> None:
        self._beside = 1

    def of(self, rows: Sequence[Cells]) -> Iterator[tuple[int, Cells]]:
        """The rows that are not empty, with their numbers (from 1)."""
        skip = 0
        for number, row in enumerate(rows, 1):
            if number == skip or not any(row):
                continue
            head = _joined(row, rows[number]) if number < len(rows) else None
            skip = number + 1 if head else skip
            yield from ((number, part) for part in self._parts(head or row))

    def _parts(self, row: Cells) -> Iterator[Cells]:
        """A row, or its parts where lists stand side by side; their header is given once."""
        beside = _beside(row)
        if beside:
            self._beside = beside
            yield row[: len(row) // beside]
            return
        width, over = divmod(len(row), self._beside)
        if over or (self._beside > 1 and columns_of(tuple(map(tidy, row)))):
            self._beside, width = 1, len(row)
        yield from (part for at in range(0, len(row), width) if any(part := row[at : at + width]))


def _joined(above: Cells, below: Cells) -> Cells | None:
    """The header that two rows make together; None where they make none, or one of them is one by itself."""
    if len(above) != len(below) or any(map(_DIGIT.search, (*above, *below))):
        return None
    above, below = tuple(map(tidy, above)), tuple(map(tidy, below))
    words = tuple(under or over for over, under in zip(above, below, strict=True))
    if columns_of(words) is None or columns_of(above):
        return None
    merged = any(over and over == under for over, under in zip(above, below, strict=True))
    return words if merged or sureness(words) > sureness(below) else None


def _beside(row: Cells) -> int:
    """How many lists stand side by side under this header; 0 for any other row."""
    if any(map(_DIGIT.search, row)):
        return 0
    words = tuple(map(tidy, row))
    for count in range(2, _MOST_BESIDE + 1):
        width, over = divmod(len(words), count)
        if not over and words == words[:width] * count and columns_of(words[:width]):
            return count
    return 0

"""A count where it stands: its sentence, its clause, and the stretches around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.understand.counts import find_counts
from extractors.understand.parts import Clause, Statement
from extractors.understand.reading import Reading
from extractors.understand.sentences import Extent
from extractors.understand.tally import Count, nearest, stretches

_FAR = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """A count in statement `number` of a reading; `around` are the stretches by nearness, its own first."""

    reading: Reading
    number: int
    clause: Clause
    count: Count
    around: tuple[Extent, ...]

    @property
    def statement(self) -> Statement:
        """Its sentence."""
        return self.reading.statements[self.number]

    @property
    def sentence(self) -> str:
        """The words of its sentence."""
        return self.reading.plain[self.statement.start : self.statement.end]

    @property
    def stretch(self) -> str:
        """The words of its own stretch."""
        return self.reading.plain[self.around[0].start : self.around[0].end]

    @property
    def earlier(self) -> list[str]:
        """The sentences just before its own, nearest first."""
        near = self.reading.statements[max(0, self.number - _FAR) : self.number]
        return [self.reading.plain[each.start : each.end] for each in reversed(near)]


def counted(reading: Reading) -> Iterator[Counted]:
    """Every count of an article's prose, in order."""
    for number, statement in enumerate(reading.statements):
        found = find_counts(reading.plain, statement.start, statement.end, reading.language)
        if not found:
            continue
        pieces = stretches(reading.plain, statement.start, statement.end, reading.language)
        for count in sorted(found, key=lambda each: each.start):
            at = bisect_right(statement.clauses, count.start, key=lambda clause: clause.start)
            clause = statement.clauses[max(at - 1, 0)]
            yield Counted(reading, number, clause, count, tuple(nearest(pieces, count.start)))

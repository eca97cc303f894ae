"""The account of a list: is every row there? By its serials, by what its notice states, by what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extractors.records import Kind
from extractors.registers.rows import Oddity, RegisterRow
from extractors.registers.stated import Stated

NAMES = {
    Kind.GENAI_FILING: "filings",
    Kind.GENAI_REGISTRATION: "registrations",
    Kind.DEEP_SYNTHESIS_FILING: "deep-synthesis filings",
    Kind.ALGORITHM_FILING: "algorithm filings",
    Kind.UNSPECIFIED: "rows of no known kind",
}
RUN_ON = (Kind.GENAI_FILING, Kind.GENAI_REGISTRATION, Kind.ALGORITHM_FILING)
"""The kinds whose lists are numbered as one."""
_LACKING = (Oddity.NO_SERIAL, Oddity.NO_DATE, Oddity.NO_COMPANY, Oddity.NO_PRODUCT, Oddity.DAMAGED_TEXT)
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of one kind that are numbered together; `first` and `last` are None without serials."""

    kind: Kind
    scope: str | None
    cancelled: bool
    rows: int
    first: int | None = None
    last: int | None = None
    missing: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What it counts, for people."""
        name = "cancellations" if self.cancelled else NAMES[self.kind]
        return f"{name} ({self.scope.replace('_', ' ')})" if self.scope else name

    @property
    def runs_on(self) -> bool:
        """Whether its serials go on where those of the list before ended; all other lists begin with 1."""
        return self.kind in RUN_ON and not self.scope and not self.cancelled

    @property
    def summary(self) -> str:
        """One line for people."""
        serials = f", serials {self.first}-{self.last}" if self.first is not None else ", without serials"
        return f"{self.rows} {self.name}{serials}"


@dataclass(frozen=True, slots=True)
class Account:
    """What a list comes to: it adds up where every serial is there once, every field is, and every stated total is met.

    `problems` say in plain English what does not add up.
    """

    series: tuple[Series, ...]
    stated: tuple[Stated, ...]
    odd: tuple[tuple[Oddity, int], ...]
    problems: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(series.rows for series in self.series)

    @property
    def adds_up(self) -> bool:
        """Whether nothing is missing, as far as the list and its notice tell."""
        return not self.problems

    def lines(self) -> Iterator[str]:
        """The account for people."""
        for series in self.series:
            yield series.summary
        for stated in self.stated:
            yield f"stated: {stated.summary}"
        for oddity, count in self.odd:
            yield f"{count} {'row' if count == 1 else 'rows'}: {oddity}"
        for problem in self.problems:
            yield f"does not add up: {problem}"
        if self.adds_up:
            yield "adds up"


def account_of(rows: Sequence[RegisterRow], stated: Sequence[Stated], questions: Sequence[str]) -> Account:
    """The account of the rows of one file.

    `stated` are the totals that its notice names, `questions` what its tables left open (rows and columns that were
    not taken). Whether lists go on where the ones before ended, only all of them tell: see `storage.reconcile`.
    """
    series = tuple(_series(group) for group in _groups(rows))
    problems = [
        *questions,
        *(problem for one in series for problem in _problems(one)),
        *_incomplete(rows),
        *(problem for one in stated if (problem := _unmet(one, series, rows))),
    ]
    if not rows:
        problems.append("no row was read")
    odd = Counter(oddity for row in rows for oddity in row.oddities)
    return Account(series, tuple(stated), tuple(odd.most_common()), tuple(problems))


def _groups(rows: Iterable[RegisterRow]) -> list[list[RegisterRow]]:
    """Rows of one kind, scope and numbering; serials that begin again at 1 begin another."""
    groups: list[list[RegisterRow]] = []
    current: dict[tuple[Kind, str | None, bool], list[RegisterRow]] = {}
    for row in rows:
        key = (row.kind, row.scope, row.cancelled)
        begins = row.serial == 1 and any((held.serial or 0) > 1 for held in current.get(key, ())[-1:])
        if key not in current or begins:
            current[key] = []
            groups.append(current[key])
        current[key].append(row)
    return groups


def _series(rows: Sequence[RegisterRow]) -> Series:
    seen = Counter(row.serial for row in rows if row.serial is not None)
    head = rows[0]
    if not seen:
        return Series(head.kind, head.scope, head.cancelled, len(rows))
    first, last = min(seen), max(seen)
    missing = () if last - first > 10 * len(rows) + 1_000 else tuple(n for n in range(first, last + 1) if n not in seen)
    repeated = tuple(sorted(serial for serial, count in seen.items() if count > 1))
    return Series(head.kind, head.scope, head.cancelled, len(rows), first, last, missing, repeated)


def _problems(series: Series) -> Iterator[str]:
    if series.first is None or series.last is None:
        return
    if series.missing:
        yield f"{series.name}: serials {_ranges(series.missing)} are missing"
    elif series.last - series.first >= series.rows + len(series.repeated) + 1_000:
        yield f"{series.name}: serials {series.first} and {series.last} can't belong together"
    if series.repeated:
        yield f"{series.name}: serials {_ranges(series.repeated)} stand there more than once"
    if series.first > 1 and not series.runs_on:
        yield f"{series.name} begin with serial {series.first}, not 1"


def _incomplete(rows: Sequence[RegisterRow]) -> Iterator[str]:
    """Rows that lack a field which their list has."""
    for oddity in _LACKING:
        found = [f"serial {row.serial}" if row.serial else row.place for row in rows if oddity in row.oddities]
        if found:
            yield f"{len(found)} {'row' if len(found) == 1 else 'rows'}: {oddity} ({_listed(found)})"


def _unmet(stated: Stated, series: Sequence[Series], rows: Sequence[RegisterRow]) -> str | None:
    """What is wrong with a stated total; None where it is met, or speaks of another list."""
    named = [one for one in series if (stated.kind in (None, one.kind)) and not one.scope]
    if not named or (stated.province and len({row.province for row in rows}) > 1):
        return None
    held = {value for one in named for value in (one.rows, one.last)} | {sum(one.rows for one in named), len(rows)}
    earlier = stated.cumulative and all(one.first is not None and stated.value < one.first for one in named)
    if stated.value in held or earlier or stated.of_a_year:
        return None
    shown = "; ".join(one.summary for one in named)
    return f"the notice says {stated.summary}; held: {shown}"


def _ranges(numbers: Sequence[int]) -> str:
    """`3, 5-7`: runs of numbers, the first of them where they are many."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return _listed(["-".join(map(str, run)) for run in runs])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more

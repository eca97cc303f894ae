"""Coverage as a calendar: a line for each month, a sign for each day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from storage.coverage import Coverage, Day, State

SIGNS = {State.HELD: "#", State.EMPTY: ".", State.OPEN: "-", State.FAILING: "?"}
LEGEND = "# covered   . covered, no article   - not come to yet   ? failing, see below"


def lines(found: Sequence[Coverage]) -> Iterator[str]:
    """The calendars of all backfills, each with its holes and their reasons."""
    for one in found:
        covered = sum(day.state in (State.HELD, State.EMPTY) for day in one.days)
        # Articles are counted by the source that they are of; an archive's are of many.
        counted = [day for day in one.days if day.articles or day.state is State.EMPTY]
        articles = f", {sum(day.articles for day in counted):,} articles" if counted else ""
        yield f"{one.name}: {covered:,} of {len(one.days):,} days covered{articles}"
        for month, days in groupby(one.days, key=lambda day: (day.day.year, day.day.month)):
            yield f"  {month[0]}-{month[1]:02}  {_signs(days)}"
        yield from (f"  ? {hole}" for hole in _holes(one.days))
    if found:
        yield LEGEND


def _signs(days: Iterable[Day]) -> str:
    by_number = {day.day.day: SIGNS[day.state] for day in days}
    return "".join(by_number.get(number, " ") for number in range(1, max(by_number) + 1))


def _holes(days: Sequence[Day]) -> Iterator[str]:
    """Stretches of days with the same reason."""
    failing = [day for day in days if day.state is State.FAILING]
    for reason, stretch in groupby(enumerate(failing), key=lambda at: (at[1].reason, at[1].day.toordinal() - at[0])):
        found = [day.day for _, day in stretch]
        yield f"{_named(found[0], found[-1])}: {reason[0] or 'no reason was recorded'}"


def _named(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"

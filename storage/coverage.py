"""Which days of which source backfills have covered, and why some are holes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from extractors.records import CHINA
from storage.backfills import jobs
from storage.tables import BackfillUnit, Link, StoredArticle

LONGEST = 20_000
"""Days of one unit that are looked at: more is a mistake."""


class State(StrEnum):
    """What is known of a day."""

    HELD = "held"  # covered, and there are articles
    EMPTY = "empty"  # covered, and there is none
    OPEN = "open"  # not come to yet
    FAILING = "failing"  # tried, and it did not go on, or pages are missing


@dataclass(frozen=True, slots=True)
class Day:
    """One day: how many articles are held of it, and why it is a hole."""

    day: date
    state: State
    articles: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days that one backfill was asked for, in order."""

    name: str
    days: tuple[Day, ...]


def coverage(session: Session) -> list[Coverage]:
    """Of each job with days, what it has covered."""
    found = []
    for job in jobs(session):
        held = _held(session, job.key) if job.way == "source" else None
        missing = _missing(session, job.key) if job.way == "source" else {}
        days = _days(session, job.id)
        if days:
            name = job.key if job.way == "source" else f"{job.way} {job.key}"
            found.append(Coverage(name, tuple(_day(day, *days[day], held, missing) for day in sorted(days))))
    return found


@dataclass(frozen=True, slots=True)
class Dateless:
    """A backfill whose units say nothing of days, such as files: how many are done, and why others are not."""

    name: str
    units: int
    done: int
    reasons: tuple[str, ...]


def dateless(session: Session) -> list[Dateless]:
    """The units of no day of each job that has only such, or has not done all of them."""
    found = []
    for job in jobs(session):
        units = select(BackfillUnit.key, BackfillUnit.since, BackfillUnit.done, BackfillUnit.error)
        rows = session.execute(units.where(BackfillUnit.job_id == job.id).order_by(BackfillUnit.id)).all()
        some = [row for row in rows if row.since is None]
        done = sum(row.done for row in some)
        if some and (done < len(some) or len(some) == len(rows)):
            reasons = tuple(f"{row.key}: {row.error}" for row in some if row.error)
            found.append(Dateless(f"{job.way} {job.key}", len(some), done, reasons))
    return found


def _day(
    day: date, done: bool, error: str | None, held: Counter[date] | None, missing: dict[date, tuple[int, str | None]]
) -> Day:
    count = held[day] if held is not None else 0
    if day in missing:
        pages, why = missing[day]
        return Day(day, State.FAILING, count, f"{pages} pages missing{f': {why}' if why else ''}")
    if not done:
        return Day(day, State.FAILING if error else State.OPEN, count, error)
    return Day(day, State.HELD if count or held is None else State.EMPTY, count)


def _days(session: Session, job: int) -> dict[date, tuple[bool, str | None]]:
    """Whether all units of a day are done, and what is wrong with one that is not."""
    found: dict[date, tuple[bool, str | None]] = {}
    units = select(BackfillUnit.since, BackfillUnit.until, BackfillUnit.done, BackfillUnit.error)
    for since, until, done, error in session.execute(units.where(BackfillUnit.job_id == job)):
        for day in _span(since, until):
            before, why = found.get(day, (True, None))
            found[day] = before and done, why or error
    return found


def _span(since: str | None, until: str | None) -> Iterator[date]:
    if since is None or until is None:
        return
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    for number in range(min((last - first).days + 1, LONGEST)):
        yield first + timedelta(days=number)


def _held(session: Session, source: str) -> Counter[date]:
    """Articles of a source by the day in China on which they were published."""
    rows = select(StoredArticle.published).where(StoredArticle.source == source, StoredArticle.published.is_not(None))
    return Counter(at.astimezone(CHINA).date() for at in session.scalars(rows) if at)


def _missing(session: Session, source: str) -> dict[date, tuple[int, str | None]]:
    """Pages that a listing named and that are not in, by day, with what was wrong with one of them."""
    found: dict[date, tuple[int, str | None]] = {}
    rows = select(Link.published, Link.error).where(
        Link.source == source, Link.state != "done", Link.published.is_not(None)
    )
    for at, error in session.execute(rows):
        if at is None:
            continue
        day = at.astimezone(CHINA).date()
        count, why = found.get(day, (0, None))
        found[day] = count + 1, why or error
    return found

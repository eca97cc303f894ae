"""Backfills in recorded units: how far each has come moves in the transaction that stores what was found till there.

So a unit that two processes work on at once is stored once: the second finds its place moved, and gives way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import BackfillJob, BackfillUnit

CHUNK = 500
"""Keys in one query."""
NAMED = 20
"""Problems that are kept of one unit, word for word; all are counted."""


class Overtaken(Exception):
    """Another process stored a part of this unit meanwhile: what was found here is in, or will be."""


@dataclass(slots=True)
class Tally:
    """What a part of a backfill came to: `candidates` are pages that tell of what matters, `known` were held before.

    `skipped` pages are of hosts that were not asked for; `reasons` counts rejected pages and damaged records by name.
    """

    requests: int = 0
    bytes: int = 0
    pages: int = 0
    skipped: int = 0
    candidates: int = 0
    relevant: int = 0
    known: int = 0
    new: int = 0
    merged: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def reject(self, reason: str) -> None:
        """Count a page that gave nothing, by the reason."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def add(self, other: Tally) -> None:
        """Add what another part came to."""
        for name, value in asdict(other).items():
            if name != "reasons":
                setattr(self, name, getattr(self, name) + value)
        for reason, count in other.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count

    @property
    def rejected(self) -> int:
        """Pages that gave nothing."""
        return sum(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Spec:
    """A unit to be: `key` names it within its job."""

    key: str
    terms: Mapping[str, Any] = field(default_factory=dict)
    place: int = 0
    size: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A way back as it was asked for; `planned` once all the units that it begins with are recorded."""

    id: int
    way: str
    key: str
    terms: Mapping[str, Any]
    planned: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and how far it has come."""

    id: int
    job: int
    key: str
    terms: Mapping[str, Any]
    place: int
    size: int | None
    since: str | None
    until: str | None
    done: bool
    attempts: int
    next_try_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come; `share` is 0..1, None before anything is known."""

    units: int
    done: int
    failing: int
    share: float | None
    tally: Tally


def job_of(session: Session, way: str, key: str, terms: Mapping[str, Any], now: datetime) -> Job:
    """The job of that name, begun where there is none."""
    row = session.scalars(select(BackfillJob).where(BackfillJob.way == way, BackfillJob.key == key)).first()
    if row is None:
        row = BackfillJob(way=way, key=key, terms=dict(terms), planned=False, created_at=now)
        session.add(row)
        session.flush()
    return _job(row)


def get_job(session: Session, id: int) -> Job:
    """A job by its number. Raises KeyError."""
    row = session.get(BackfillJob, id)
    if row is None:
        raise KeyError(f"no backfill {id}")
    return _job(row)


def _job(row: BackfillJob) -> Job:
    return Job(row.id, row.way, row.key, row.terms, row.planned)


def planned(session: Session, job: Job) -> None:
    """Say that the job has all the units that it begins with."""
    session.get_one(BackfillJob, job.id).planned = True


def add_units(session: Session, job: int, specs: Iterable[Spec], now: datetime) -> int:
    """Record units that are not known yet; returns how many."""
    wanted = {spec.key: spec for spec in specs}
    keys = list(wanted)
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        known = session.scalars(select(BackfillUnit.key).where(BackfillUnit.job_id == job, BackfillUnit.key.in_(some)))
        for key in known:
            del wanted[key]
    session.add_all(_row(job, spec, now) for spec in wanted.values())
    session.flush()
    return len(wanted)


def _row(job: int, spec: Spec, now: datetime) -> BackfillUnit:
    return BackfillUnit(
        job_id=job,
        key=spec.key,
        since=spec.since.isoformat() if spec.since else None,
        until=spec.until.isoformat() if spec.until else None,
        terms=dict(spec.terms),
        place=spec.place,
        size=spec.size,
        done=False,
        tally={},
        problems=[],
        attempts=0,
        updated_at=now,
    )


def get_unit(session: Session, id: int) -> Unit:
    """A unit by its number. Raises KeyError."""
    row = session.get(BackfillUnit, id)
    if row is None:
        raise KeyError(f"no unit {id}")
    return _unit(row)


def _unit(row: BackfillUnit) -> Unit:
    return Unit(
        row.id,
        row.job_id,
        row.key,
        row.terms,
        row.place,
        row.size,
        row.since,
        row.until,
        row.done,
        row.attempts,
        row.next_try_at,
        row.error,
    )


def open_units(session: Session, job: int, limit: int | None = None) -> list[Unit]:
    """The units that are not done, in the order in which they may be tried."""
    rows = select(BackfillUnit).where(BackfillUnit.job_id == job, BackfillUnit.done.is_(False))
    order = (BackfillUnit.next_try_at.is_not(None), BackfillUnit.next_try_at, BackfillUnit.id)
    return [_unit(row) for row in session.scalars(rows.order_by(*order).limit(limit))]


def refuse_overtaken(session: Session, unit: Unit) -> None:
    """Raises Overtaken where the unit does not stand where it is thought to, in a session that writes."""
    row = session.get_one(BackfillUnit, unit.id)
    if row.done or row.place != unit.place:
        raise Overtaken(f"{unit.key} stands at {row.place}, not at {unit.place}")


def advance(
    session: Session,
    unit: Unit,
    place: int,
    tally: Tally,
    problems: Sequence[str],
    now: datetime,
    done: bool,
    size: int | None = None,
) -> Unit:
    """Move a unit to its next place, and add what the stretch came to. Raises Overtaken."""
    refuse_overtaken(session, unit)
    row = session.get_one(BackfillUnit, unit.id)
    whole = tally_of(row.tally)
    whole.add(tally)
    row.place, row.done, row.tally = place, done, asdict(whole)
    row.size = size if size is not None else row.size
    row.problems = [*row.problems, *problems][:NAMED]
    row.error, row.attempts, row.next_try_at, row.updated_at = None, 0, None, now
    session.flush()
    return _unit(row)


def tally_of(fields: Mapping[str, Any]) -> Tally:
    """A tally as it was recorded."""
    return replace(Tally(), **{name: value for name, value in fields.items() if name in Tally.__slots__})


def postpone(session: Session, unit: Unit, error: str, next_try_at: datetime | None, now: datetime) -> None:
    """Remember why a unit could not go on, and when it may be tried again; None where waiting mends nothing."""
    row = session.get_one(BackfillUnit, unit.id)
    if not row.done:
        row.error, row.next_try_at, row.attempts, row.updated_at = error, next_try_at, row.attempts + 1, now


def progress(session: Session, job: int) -> Progress:
    """How far a job has come."""
    whole = Tally()
    units = done = failing = 0
    share = 0.0
    rows = select(BackfillUnit.done, BackfillUnit.place, BackfillUnit.size, BackfillUnit.error, BackfillUnit.tally)
    for row in session.execute(rows.where(BackfillUnit.job_id == job)):
        units, done, failing = units + 1, done + row.done, failing + (row.error is not None)
        share += 1.0 if row.done else min(row.place / row.size, 1.0) if row.size else 0.0
        whole.add(tally_of(row.tally))
    return Progress(units, done, failing, share / units if units else None, whole)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong in one unit, in words."""

    unit: str
    error: str | None
    problems: tuple[str, ...]


def troubles(session: Session, job: int) -> list[Trouble]:
    """The units that could not go on, or that were done with losses."""
    rows = select(BackfillUnit).where(BackfillUnit.job_id == job).order_by(BackfillUnit.id)
    return [Trouble(r.key, r.error, tuple(r.problems)) for r in session.scalars(rows) if r.error or r.problems]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through a source's listing stands: the page that comes next, the links found, whether it is over."""

    next_page: int
    listed: int
    done: bool


def place(session: Session, source: str, since: date, until: date, first_page: int) -> Place:
    """Where the walk over this source and window stands; at its first page where it never began."""
    row = _walk(session, source, since, until)
    return Place(row.place, row.terms["listed"], row.done) if row else Place(first_page, 0, False)


def move(session: Session, source: str, since: date, until: date, to: Place, now: datetime) -> None:
    """Remember where the walk stands."""
    row = _walk(session, source, since, until)
    if row is None:
        job = job_of(session, "source", source, {}, now)
        row = _row(job.id, Spec(_window(since, until), since=since, until=until), now)
        session.add(row)
    row.place, row.terms, row.done, row.updated_at = to.next_page, {"listed": to.listed}, to.done, now
    session.flush()


def _walk(session: Session, source: str, since: date, until: date) -> BackfillUnit | None:
    wanted = select(BackfillUnit).join(BackfillJob, BackfillJob.id == BackfillUnit.job_id)
    return session.scalars(
        wanted.where(BackfillJob.way == "source", BackfillJob.key == source, BackfillUnit.key == _window(since, until))
    ).first()


def _window(since: date, until: date) -> str:
    return f"{since.isoformat()}..{until.isoformat()}"


def jobs(session: Session) -> list[Job]:
    """Every job, in the order in which they were begun."""
    return [_job(row) for row in session.scalars(select(BackfillJob).order_by(BackfillJob.id))]

"""How far each walk back through a source has come: its place moves in the transaction that stores a page's links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Backfill


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: the page of the listing that comes next, the links found so far, whether it is over."""

    next_page: int
    listed: int
    done: bool


def place(session: Session, source: str, since: date, until: date, first_page: int) -> Place:
    """Where the walk over this source and window stands; at its first page where it never began."""
    row = _row(session, source, since, until)
    return Place(row.next_page, row.listed, row.done) if row else Place(first_page, 0, False)


def move(session: Session, source: str, since: date, until: date, to: Place, now: datetime) -> None:
    """Remember where the walk stands."""
    row = _row(session, source, since, until)
    if row is None:
        row = Backfill(source=source, since=since.isoformat(), until=until.isoformat())
        session.add(row)
    row.next_page, row.listed, row.done, row.updated_at = to.next_page, to.listed, to.done, now
    session.flush()


def _row(session: Session, source: str, since: date, until: date) -> Backfill | None:
    wanted = select(Backfill).where(
        Backfill.source == source, Backfill.since == since.isoformat(), Backfill.until == until.isoformat()
    )
    return session.scalars(wanted).first()

"""Alarms: what the operator must know of a source. Open until it is over, mailed once, kept for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from storage.tables import Alarm, SourceState


class AlarmName(StrEnum):
    """What an alarm is about: the names that messages, metrics and rows use."""

    SILENT = "silent"  # nothing new for longer than usual
    FROZEN = "frozen"  # and its listing is the very same all the time
    FAILING = "failing"  # several rounds in a row
    SUSPENDED = "suspended"  # of a subscriber: refused too often
    NOT_TAKEN = "not_taken"  # its file is wrong, so that it is not watched at all


OF_ROUNDS = frozenset({AlarmName.SILENT, AlarmName.FROZEN, AlarmName.FAILING})
"""The alarms that a source's own rounds raise and end."""
OF_SOURCES = (*OF_ROUNDS, AlarmName.NOT_TAKEN)
"""The alarms about sources."""
OF_SUBSCRIBERS = (AlarmName.SUSPENDED,)
"""The alarms about subscribers."""


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """One alarm; `error` says why its mail was not taken, where that was tried."""

    id: int
    source: str
    name: AlarmName
    detail: str
    raised_at: datetime
    cleared_at: datetime | None
    told_at: datetime | None
    attempts: int
    error: str | None


def settle(
    session: Session,
    source: str,
    now_true: Mapping[AlarmName, str],
    now: datetime,
    about: Collection[AlarmName] = OF_ROUNDS,
) -> list[AlarmRecord]:
    """Raise those alarms of the source that are new, clear those that are over; returns the raised ones.

    `now_true` gives the words of each, `about` names those that it speaks of. One that goes on keeps its row, so that
    it is told once.
    """
    spoken_of = _open().where(Alarm.source == source, Alarm.name.in_(about))
    held = {row.name: row for row in session.scalars(spoken_of)}
    for name, row in held.items():
        if name not in now_true:
            row.cleared_at = now
        else:
            row.detail = now_true[AlarmName(name)]
    raised = [
        Alarm(source=source, name=name.value, detail=detail, raised_at=now, attempts=0)
        for name, detail in now_true.items()
        if name not in held
    ]
    session.add_all(raised)
    session.flush()
    return [_record(row) for row in raised]


def clear_unwatched(session: Session, watched: Collection[str], now: datetime) -> None:
    """End the alarms of sources that are watched no more: nobody will ever see them recover."""
    gone = update(Alarm).where(Alarm.cleared_at.is_(None), Alarm.name.in_(OF_SOURCES), Alarm.source.not_in(watched))
    session.execute(gone.values(cleared_at=now))


def open_alarms(session: Session) -> list[AlarmRecord]:
    """The alarms that are not over, the oldest first."""
    return [_record(row) for row in session.scalars(_open().order_by(Alarm.raised_at, Alarm.id))]


def blind_spots(session: Session) -> list[AlarmRecord]:
    """The open alarms that readers should know of: those of sources whose news they get."""
    in_shadow = select(SourceState.id).where(SourceState.shadow)
    seen = _open().where(Alarm.name.in_(OF_SOURCES), Alarm.source.not_in(in_shadow))
    rows = session.scalars(seen.order_by(Alarm.source, Alarm.id))
    return [_record(row) for row in rows]


def untold(session: Session, now: datetime) -> list[AlarmRecord]:
    """The open alarms that are to be mailed now, the oldest first."""
    due = (Alarm.next_try_at.is_(None)) | (Alarm.next_try_at <= now)
    return [_record(row) for row in session.scalars(_open().where(Alarm.told_at.is_(None), due).order_by(Alarm.id))]


def mark_told(session: Session, ids: Iterable[int], now: datetime) -> None:
    """The operator's mail server took them."""
    session.execute(update(Alarm).where(Alarm.id.in_(list(ids))).values(told_at=now, next_try_at=None, error=None))


def mark_not_told(session: Session, ids: Iterable[int], error: str, again: datetime) -> None:
    """Their mail was not taken; it is tried again at `again`."""
    failed = update(Alarm).where(Alarm.id.in_(list(ids)))
    session.execute(failed.values(attempts=Alarm.attempts + 1, error=error, next_try_at=again))


def _open() -> Select[Alarm]:
    return select(Alarm).where(Alarm.cleared_at.is_(None))


def _record(row: Alarm) -> AlarmRecord:
    return AlarmRecord(
        row.id,
        row.source,
        AlarmName(row.name),
        row.detail,
        row.raised_at,
        row.cleared_at,
        row.told_at,
        row.attempts,
        row.error,
    )

"""What people decided: one row each, with author, time and reason; replayed for ever, unless undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.records import Action
from storage.tables import Decision


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision: `subject` is what it is about (`source:technode`), `value` what else it says (JSON)."""

    id: int
    at: datetime
    author: str
    reason: str
    action: Action
    subject: str
    value: Mapping[str, Any] = field(default_factory=dict, hash=False)
    undone_at: datetime | None = None
    undone_by: str | None = None


class AlreadyUndone(ValueError):
    """There is no such decision that stands; the message names it."""


def record(
    session: Session,
    action: Action,
    subject: str,
    *,
    author: str,
    reason: str,
    at: datetime,
    value: Mapping[str, Any] | None = None,
) -> DecisionRecord:
    """Write down a decision; what follows from it is the caller's to do, in the same transaction."""
    row = Decision(at=at, author=author, reason=reason, action=action.value, subject=subject, value=dict(value or {}))
    session.add(row)
    session.flush()
    return _record(row)


def standing(session: Session, action: Action | None = None, subject: str | None = None) -> list[DecisionRecord]:
    """The decisions that were not undone, oldest first: all, or those of one action or about one subject."""
    wanted = select(Decision).where(Decision.undone_at.is_(None)).order_by(Decision.id)
    if action is not None:
        wanted = wanted.where(Decision.action == action.value)
    if subject is not None:
        wanted = wanted.where(Decision.subject == subject)
    return [_record(row) for row in session.scalars(wanted)]


def all_of_them(session: Session) -> list[DecisionRecord]:
    """Every decision, undone ones too, oldest first."""
    return [_record(row) for row in session.scalars(select(Decision).order_by(Decision.id))]


def promoted(session: Session) -> dict[str, DecisionRecord]:
    """The sources that people let out of shadow mode, each with its decision."""
    return {d.subject.removeprefix("source:"): d for d in standing(session, Action.PROMOTE)}


def undo(session: Session, decision_id: int, *, by: str, at: datetime) -> DecisionRecord:
    """Let a decision stand no more; its row stays. Raises AlreadyUndone."""
    row = session.get(Decision, decision_id)
    if row is None or row.undone_at is not None:
        raise AlreadyUndone(f"decision {decision_id}: there is none that stands")
    row.undone_at, row.undone_by = at, by
    session.flush()
    return _record(row)


def _record(row: Decision) -> DecisionRecord:
    return DecisionRecord(
        row.id, row.at, row.author, row.reason, Action(row.action), row.subject, row.value, row.undone_at, row.undone_by
    )

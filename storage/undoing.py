"""Undo a decision of any kind: it stands no more, and all is as if it had never been made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from storage import curating, deciding, shadow
from storage.decisions import DecisionRecord, standing
from storage.decisions import undo as strike
from storage.records import Action, Policy


def undo(session: Session, id: int | None, *, author: str, at: datetime, policy: Policy) -> DecisionRecord | None:
    """Undo that decision, else the newest that stands (None: there is none). Raises AlreadyUndone."""
    if id is None:
        newest = standing(session)[-1:]
        if not newest:
            return None
        id = newest[0].id
    undone = strike(session, id, by=author, at=at)
    by = deciding.By(author, f"undo of decision {id}", at)
    if undone.action is Action.FORGET:
        pass  # what is gone is gone; from now on the page may be kept again
    elif undone.action is Action.PROMOTE:
        shadow.demote(session, undone, at=at, min_confidence=policy.min_confidence)
    elif undone.subject.startswith(curating.SUBJECT):
        curating.redo(session, undone, by, policy)
    else:
        deciding.redo(session, undone, at, policy)
    return undone

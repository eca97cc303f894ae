"""Shadow mode: a source that is collected and reviewed, and tells nobody anything until a person promotes it.

What it reported before stays history; what it reports afterwards is news.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.source import Source
from storage.approvals import recompute
from storage.decisions import DecisionRecord, promoted, record
from storage.records import Action, Origin
from storage.tables import SourceState, StoredArticle, StoredMention


def origin_for(session: Session, source: Source, usual: Origin) -> Origin:
    """How what this source brings comes in: as usual, or unseen while it is in shadow mode."""
    return Origin.SHADOW if source.shadow and source.id not in promoted(session) else usual


class AlreadyPromoted(ValueError):
    """The source was promoted before; the message says by whom."""


def promote(
    session: Session, source: str, *, author: str, reason: str, at: datetime, min_confidence: float
) -> DecisionRecord:
    """Let the source tell from now on, and show what it found before as the history that it is.

    Raises AlreadyPromoted.
    """
    before = promoted(session).get(source)
    if before is not None:
        raise AlreadyPromoted(f"{source} was promoted by {before.author} on {before.at:%Y-%m-%d}: {before.reason}")
    made = record(session, Action.PROMOTE, f"source:{source}", author=author, reason=reason, at=at)
    row = session.get(SourceState, source)
    if row is not None:
        row.shadow = False
    _anew(session, source, at, min_confidence)
    return made


def demote(session: Session, undone: DecisionRecord, *, at: datetime, min_confidence: float) -> None:
    """Put a source back into shadow mode whose promotion was undone; its next round does the rest."""
    source = undone.subject.removeprefix("source:")
    row = session.get(SourceState, source)
    if row is not None:
        row.shadow = True
    _anew(session, source, at, min_confidence)


def _anew(session: Session, source: str, at: datetime, min_confidence: float) -> None:
    found = (
        select(StoredMention)
        .join(StoredArticle)
        .where(StoredArticle.source == source, StoredArticle.origin == Origin.SHADOW.value)
    )
    recompute(session, list(session.scalars(found)), min_confidence, at)

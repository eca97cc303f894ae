"""The newest approvals for feeds: those that came or changed last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.desk import SHOWN
from storage.filters import Filter, facets_of
from storage.queries import approvals_by_id, in_register
from storage.records import Approval
from storage.tables import Change, StoredApproval

BATCH = 100
"""Approvals looked at at a time."""
DEEPEST = 5_000
"""Approvals looked at for one feed, so that a filter that nothing fits costs no more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An approval, and when it came or changed last."""

    approval: Approval
    updated: datetime


def newest(session: Session, wanted: Filter, source_kinds: Mapping[str, str], most: int) -> list[Entry]:
    """At most `most` approvals that fit the filter, the last changed first."""
    fit = (e for e in _all(session) if wanted.matches(facets_of(e.approval, source_kinds)))
    return list(islice(fit, most))


def _all(session: Session) -> Iterator[Entry]:
    changed = select(Change.approval_id, func.max(Change.at).label("at")).group_by(Change.approval_id).subquery()
    moment = func.coalesce(changed.c.at, StoredApproval.first_seen_at)
    wanted = (
        select(StoredApproval.id, StoredApproval.first_seen_at, changed.c.at)
        .outerjoin(changed, changed.c.approval_id == StoredApproval.id)
        .where(in_register(), StoredApproval.status.in_(SHOWN))
        .order_by(moment.desc(), StoredApproval.id.desc())
        .limit(DEEPEST)
    )
    rows = {id: max(seen, at) if at else seen for id, seen, at in session.execute(wanted)}
    ids = list(rows)
    for start in range(0, len(ids), BATCH):
        for approval in approvals_by_id(session, ids[start : start + BATCH]):
            yield Entry(approval, rows[approval.id])

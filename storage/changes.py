"""What became of approvals: a row for each time that one of them changed after it was first seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Change, StoredApproval

SHOWN = ("status", "kind", "company_id", "product", "filing_no", "province", "authority", "approved_on", "batch",
         "merged_into")  # fmt: skip
"""The fields whose change is worth a row; `merged_into` says that an approval turned out to be another."""


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One change of one approval: each field that changed with its old and its new value (all new: it was added)."""

    approval: int
    at: datetime
    fields: Mapping[str, tuple[Any, Any]] = field(hash=False)
    added: bool = False


def shown(row: StoredApproval) -> dict[str, Any]:
    """The fields of an approval that are watched."""
    return {name: getattr(row, name) for name in SHOWN}


def write_changes(session: Session, before: Mapping[int, Mapping[str, Any]], at: datetime) -> None:
    """Compare these approvals with what they were, and write down what changed; one that is gone was never told."""
    for id, old in sorted(before.items()):
        row = session.get(StoredApproval, id)
        new = shown(row) if row is not None else {**old, "status": "dropped"}
        fields = {name: [old[name], new[name]] for name in SHOWN if old[name] != new[name]}
        if fields:
            session.add(Change(approval_id=id, at=at, fields=fields))
    session.flush()


def changes(session: Session, since: datetime) -> list[ChangeRecord]:
    """What was added and what changed at or after `since`, oldest first."""
    added = select(StoredApproval).where(StoredApproval.first_seen_at >= since)
    found = [
        ChangeRecord(row.id, row.first_seen_at, {n: (None, v) for n, v in shown(row).items() if v is not None}, True)
        for row in session.scalars(added)
    ]
    changed = select(Change).where(Change.at >= since).order_by(Change.id)
    found += [
        ChangeRecord(row.approval_id, row.at, {name: (old, new) for name, (old, new) in row.fields.items()})
        for row in session.scalars(changed)
    ]
    return sorted(found, key=lambda change: (change.at, change.approval))

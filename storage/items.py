"""The items of the outbox: what was told of an approval, under its id or one that was merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from storage.filters import facets_of
from storage.records import Approval, Policy
from storage.tables import OutboxItem, StoredApproval

TOLD = ("reported", "confirmed")
"""The statuses of an approval that a mail may name as such."""
FIELDS = ("status", "kind", "product", "filing_no", "approved_on", "province", "batch")
"""What readers are told of again when it arrives or changes."""
CHUNK = 500
"""Values in one query."""


class Event(StrEnum):
    """What an item of the outbox tells."""

    NEW = "new"
    AMENDED = "amended"
    REVOKED = "revoked"
    CORRECTED = "correction"


def tellable() -> ColumnElement[bool]:
    """The approvals that a mail may name as such."""
    return and_(StoredApproval.merged_into.is_(None), StoredApproval.status.in_(TOLD))


def may_be_said() -> ColumnElement[bool]:
    """An item that may be told now: of a new approval, or of what changed of it, only while a mail may name it."""
    named = exists().where(StoredApproval.id == OutboxItem.approval_id, tellable())
    return OutboxItem.event.in_((Event.CORRECTED, Event.REVOKED)) | named


def standing_of(session: Session, approvals: Sequence[int]) -> set[int]:
    """Those of these approvals that a mail may name as such."""
    found: set[int] = set()
    for start in range(0, len(approvals), CHUNK):
        chunk = approvals[start : start + CHUNK]
        found |= set(session.scalars(select(StoredApproval.id).where(StoredApproval.id.in_(chunk), tellable())))
    return found


def items_of(approval_id: int) -> Select[OutboxItem]:
    """The items about an approval."""
    merged = select(StoredApproval.id).where(StoredApproval.merged_into == approval_id)
    return select(OutboxItem).where((OutboxItem.approval_id == approval_id) | OutboxItem.approval_id.in_(merged))


def is_told(session: Session, approval_id: int, key: str) -> bool:
    """Whether just this was told of an approval before."""
    return session.scalars(items_of(approval_id).where(OutboxItem.key == key)).first() is not None


def is_told_itself(session: Session, approval_id: int) -> bool:
    """Whether anything was told under the approval's own id."""
    return session.scalars(select(OutboxItem.id).where(OutboxItem.approval_id == approval_id)).first() is not None


def last_items(session: Session, approvals: Sequence[int]) -> dict[int, OutboxItem]:
    """The newest item about each of these approvals."""
    found: dict[int, OutboxItem] = {}
    for start in range(0, len(approvals), CHUNK):
        chunk = approvals[start : start + CHUNK]
        merged = select(StoredApproval.id).where(StoredApproval.merged_into.in_(chunk))
        items = (
            select(OutboxItem, func.coalesce(StoredApproval.merged_into, StoredApproval.id))
            .join(StoredApproval, StoredApproval.id == OutboxItem.approval_id)
            .where(OutboxItem.approval_id.in_(chunk) | OutboxItem.approval_id.in_(merged))
            .order_by(StoredApproval.merged_into.is_(None), OutboxItem.id)  # what is told of itself weighs more
        )
        for item, approval in session.execute(items):
            found[item.approval_id] = found[approval] = item
    return found


def facts_of(approval: Approval, policy: Policy) -> dict[str, Any]:
    """What an item remembers of an approval: the fields that may change, and what filters look at."""
    said = {name: getattr(approval, name) for name in FIELDS if name != "kind"}
    kinds = facets_of(approval, policy.source_kinds).source_kinds
    return said | {
        "kind": approval.kind.value,
        "confidence": approval.confidence,
        "source_kinds": sorted(kinds),
    }


def add_item(
    session: Session,
    approval: Approval,
    event: Event,
    at: datetime,
    policy: Policy,
    key: str = "",
    changes: dict[str, Any] | None = None,
) -> OutboxItem:
    """Something to tell of an approval as it is now."""
    item = OutboxItem(
        approval_id=approval.id,
        event=event.value,
        key=key,
        created_at=at,
        facts=facts_of(approval, policy),
        changes=changes or {},
    )
    session.add(item)
    session.flush()
    return item

"""Setting right what was told and was wrong: once, to those who got a mail of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from storage.addressees import deliver_to, deliver_to_told
from storage.items import FIELDS, Event, is_told_itself, items_of, last_items, tellable
from storage.tables import Delivery, Mail, OutboxItem, StoredApproval


def correct(session: Session, approvals: Iterable[int], at: datetime) -> tuple[int, ...]:
    """Tell those who got a mail of these approvals that it was wrong: each once; returns the ids that it is about.

    What was wrong follows from the approval as it is: it was rejected, or is one with another, or a field of it is
    not what was told, or else it is several.
    """
    corrected = []
    for approval_id in approvals:
        readers = session.scalars(_mailed(approval_id).limit(1)).first()
        last = last_items(session, [approval_id]).get(approval_id)
        known = items_of(approval_id).where(OutboxItem.event == Event.CORRECTED)
        if readers is not None and last is not None and session.scalars(known).first() is None:
            _correct(session, last, session.get_one(StoredApproval, approval_id), at)
            corrected.append(approval_id)
    return tuple(corrected)


def _correct(session: Session, last: OutboxItem, row: StoredApproval, at: datetime) -> None:
    changes: dict[str, Any] = {"why": "split"}
    fields = {f: [last.facts.get(f), getattr(row, f)] for f in FIELDS if getattr(row, f) != last.facts.get(f)}
    if row.merged_into is not None:
        changes = {"why": "merged", "heir": row.merged_into}
    elif row.status == "rejected":
        changes = {"why": "rejected"}
    elif fields and last.facts:
        changes = {"why": "changed", "fields": fields}
    told = OutboxItem(approval_id=row.id, event=Event.CORRECTED, key="", created_at=at, changes=changes)
    told.facts = last.facts | ({f: after for f, (_, after) in fields.items()} if last.facts else {})
    session.add(told)
    session.flush()
    deliver_to(session, told.id, _mailed(row.id))


def take_back(session: Session, approvals: Iterable[int]) -> None:
    """Drop the corrections of these approvals that no mail was made for yet: they are right after all."""
    for approval_id in approvals:
        wanted = select(OutboxItem).where(OutboxItem.approval_id == approval_id, OutboxItem.event == Event.CORRECTED)
        for item in session.scalars(wanted):
            deliveries = list(session.scalars(select(Delivery).where(Delivery.outbox_id == item.id)))
            if all(delivery.mail_id is None for delivery in deliveries):
                for row in (*deliveries, item):
                    session.delete(row)
                    session.flush()


def follow(session: Session, at: datetime, approvals: Sequence[int] | None = None) -> None:
    """Correct what was told of these approvals, else of all, where they were rejected or are one with others since.

    One that stands again after its correction was mailed is told as amended.
    """
    for item, row in session.execute(_out_of_step(approvals)).all():
        if item.event == Event.CORRECTED:
            back = {"status": ["rejected", row.status]}
            told = OutboxItem(approval_id=row.id, event=Event.AMENDED, key=f"after {item.id}", created_at=at)
            told.facts, told.changes = item.facts | {"status": row.status}, back
            session.add(told)
            session.flush()
            deliver_to_told(session, told)
        elif row.merged_into is None or is_told_itself(session, row.merged_into):
            correct(session, [row.id], at)


def _mailed(approval_id: int) -> Select[int]:
    """The subscribers to whom a mail of this approval was sent."""
    return (
        select(Delivery.subscriber_id)
        .join(Mail, Mail.id == Delivery.mail_id)
        .where(Delivery.outbox_id.in_(items_of(approval_id).with_only_columns(OutboxItem.id)), Mail.items > 0)
        .distinct()
    )


def _out_of_step(approvals: Sequence[int] | None) -> Select[OutboxItem, StoredApproval]:
    """The newest item of each told approval that is not what the item says any more."""
    newest = select(func.max(OutboxItem.id)).group_by(OutboxItem.approval_id)
    if approvals is not None:
        newest = newest.where(OutboxItem.approval_id.in_(approvals))
    wrong = (StoredApproval.status == "rejected") | StoredApproval.merged_into.is_not(None)
    corrected = OutboxItem.event == Event.CORRECTED
    return (
        select(OutboxItem, StoredApproval)
        .join(StoredApproval, StoredApproval.id == OutboxItem.approval_id)
        .where(OutboxItem.id.in_(newest), (wrong & ~corrected) | (tellable() & corrected & _said_rejected()))
        .order_by(OutboxItem.id)
    )


def _said_rejected() -> ColumnElement[bool]:
    said: ColumnElement[bool] = OutboxItem.changes["why"].as_string() == "rejected"
    return said

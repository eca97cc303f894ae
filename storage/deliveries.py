"""From outbox items to mails, one transaction a step, so that a crash between two loses and doubles nothing.

A delivery gets its mail, with a Message-ID that follows from what it holds, before anything is sent. A
crash after the server took a mail and before `mark_sent` repeats it once, under the same Message-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, update
from sqlalchemy.orm import Session

from storage.outbox import TOLD
from storage.tables import Delivery, Mail, OutboxItem, StoredApproval, Subscriber


@dataclass(frozen=True, slots=True)
class PreparedMail:
    """A mail to be sent now: to whom, about what (approval ids, oldest item first), how often it failed.

    `approvals` is empty where all that it was about was merged away, rejected or revoked since.
    """

    id: int
    message_id: str
    address: str
    language: str
    approvals: tuple[int, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class MailCounts:
    """Mails not sent: `waiting` ones are tried again, `given_up` ones were refused for good."""

    waiting: int
    given_up: int


def last_sent(session: Session) -> datetime | None:
    """When a mail was last sent to anyone."""
    return session.scalars(select(func.max(Mail.sent_at))).one()


def prepare(session: Session, now: datetime, domain: str, found_before: datetime | None = None) -> list[PreparedMail]:
    """Put every waiting delivery into a mail of its subscriber; returns all mails to be sent now.

    `domain` is the part after the @ of the Message-IDs. A delivery waits while its approval is `held`, and
    where it was found at or after `found_before`. Needs the write lock.
    """
    _take_back_held(session)
    unposted = (
        select(Delivery, OutboxItem.created_at)
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .where(Delivery.mail_id.is_(None), OutboxItem.event == "new", OutboxItem.id.not_in(_held_items()))
        .order_by(Delivery.subscriber_id, Delivery.outbox_id)
    )
    if found_before is not None:
        unposted = unposted.where(OutboxItem.created_at < found_before)
    rows = session.execute(unposted).all()
    for subscriber, group in groupby(rows, key=lambda row: row[0].subscriber_id):
        _post(session, subscriber, list(group), now, domain)
    session.flush()
    return due(session, now)


def _held_items() -> Select[int]:
    held = and_(StoredApproval.status == "held", StoredApproval.merged_into.is_(None))
    return select(OutboxItem.id).join(StoredApproval, StoredApproval.id == OutboxItem.approval_id).where(held)


def _take_back_held(session: Session) -> None:
    """An approval that became `held` after its mail failed leaves that mail, and waits for the next."""
    pending = and_(Mail.sent_at.is_(None), Mail.next_try_at.is_not(None))
    taken = Delivery.mail_id.in_(select(Mail.id).where(pending)) & Delivery.outbox_id.in_(_held_items())
    session.execute(update(Delivery).where(taken).values(mail_id=None))
    left = select(Delivery.id).where(Delivery.mail_id == Mail.id).exists()
    session.execute(delete(Mail).where(pending, ~left))


def _post(
    session: Session, subscriber: int, items: list[tuple[Delivery, datetime]], now: datetime, domain: str
) -> None:
    # The times keep a fresh database, whose ids begin anew, from repeating the Message-IDs of the one before.
    content = ";".join(f"{delivery.id} {created.isoformat()}" for delivery, created in items)
    name = hashlib.sha256(f"{subscriber}: {content}".encode()).hexdigest()[:32]
    mail = Mail(subscriber_id=subscriber, message_id=f"<{name}@{domain}>", created_at=now, attempts=0, next_try_at=now)
    session.add(mail)
    session.flush()
    for delivery, _ in items:
        delivery.mail_id = mail.id


def due(session: Session, now: datetime) -> list[PreparedMail]:
    """All mails to be sent now that exist already: those that failed before, and those that a crash left."""
    untaken = and_(Mail.sent_at.is_(None), Mail.next_try_at <= now)
    mails = (
        select(Mail, Subscriber).join(Subscriber, Subscriber.id == Mail.subscriber_id).where(untaken).order_by(Mail.id)
    )
    contents = (
        select(Mail.id, StoredApproval.id)
        .join(Delivery, Delivery.mail_id == Mail.id)
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .join(StoredApproval, StoredApproval.id == OutboxItem.approval_id)
        .where(untaken, _tellable())
        .order_by(Mail.id, OutboxItem.id)
    )
    approvals: dict[int, list[int]] = {}
    for mail_id, approval_id in session.execute(contents):
        approvals.setdefault(mail_id, []).append(approval_id)
    return [
        PreparedMail(
            mail.id, mail.message_id, reader.address, reader.language, tuple(approvals.get(mail.id, ())), mail.attempts
        )
        for mail, reader in session.execute(mails)
    ]


def _tellable() -> ColumnElement[bool]:
    return and_(StoredApproval.merged_into.is_(None), StoredApproval.status.in_(TOLD))


def is_waiting(session: Session, mail_id: int) -> bool:
    """Whether the mail is still to be sent: neither sent meanwhile nor erased with its subscriber."""
    return session.scalars(select(Mail.id).where(Mail.id == mail_id, Mail.sent_at.is_(None))).first() is not None


def mark_sent(session: Session, mail_id: int, now: datetime) -> None:
    """The server took the mail, or nothing was left in it to tell."""
    session.execute(update(Mail).where(Mail.id == mail_id).values(sent_at=now, next_try_at=None, error=None))


def mark_failed(session: Session, mail_id: int, error: str, next_try_at: datetime | None) -> None:
    """The mail was not taken; it is tried again at `next_try_at`, or never where that is None."""
    values = {"attempts": Mail.attempts + 1, "error": error, "next_try_at": next_try_at}
    session.execute(update(Mail).where(Mail.id == mail_id, Mail.sent_at.is_(None)).values(values))


def pending(session: Session, subscriber_id: int | None = None) -> list[int]:
    """Ids of the approvals that wait to be told, to one subscriber or to anyone; oldest item first."""
    unsent = Delivery.mail_id.is_(None) | Delivery.mail_id.in_(
        select(Mail.id).where(Mail.sent_at.is_(None), Mail.next_try_at.is_not(None))
    )
    wanted = (
        select(StoredApproval.id)
        .join(OutboxItem, OutboxItem.approval_id == StoredApproval.id)
        .join(Delivery, Delivery.outbox_id == OutboxItem.id)
        .where(unsent, OutboxItem.event == "new", _tellable())
        .order_by(OutboxItem.id)
    )
    if subscriber_id is not None:
        wanted = wanted.where(Delivery.subscriber_id == subscriber_id)
    return _once(session.scalars(wanted))


def seen_since(session: Session, moment: datetime) -> list[int]:
    """Ids of the approvals that may be told and were first seen at or after `moment`, oldest first."""
    wanted = select(StoredApproval.id).where(_tellable(), StoredApproval.first_seen_at >= moment)
    return _once(session.scalars(wanted.order_by(StoredApproval.first_seen_at, StoredApproval.id)))


def _once(ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(ids))


def mail_counts(session: Session) -> MailCounts:
    """How many mails are not sent, for whoever watches the service."""
    unsent = select(func.count(Mail.id)).where(Mail.sent_at.is_(None))
    return MailCounts(
        waiting=session.scalars(unsent.where(Mail.next_try_at.is_not(None))).one(),
        given_up=session.scalars(unsent.where(Mail.next_try_at.is_(None))).one(),
    )

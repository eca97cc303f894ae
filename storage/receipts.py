"""Who got what, when, and under which Message-ID."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Delivery, Mail, OutboxItem, Subscriber

PAGE = 500
"""Mails loaded at a time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One mail: `sent_at` is when the server took it, None while it did not; then `error` says why, where it failed.

    `told` are its items: the event and the approval's id. `next_try_at` None and unsent: given up.
    """

    address: str
    message_id: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    next_try_at: datetime | None
    error: str | None
    told: tuple[tuple[str, int], ...]

    @property
    def state(self) -> str:
        """sent, waiting, or refused for good."""
        if self.sent_at is not None:
            return "sent"
        return "waiting" if self.next_try_at is not None else "refused"


def receipts(
    session: Session, *, address: str | None = None, since: datetime | None = None, approval: int | None = None
) -> Iterator[Receipt]:
    """The mails to one address, made since a moment, about one approval; the newest first."""
    wanted = select(Mail, Subscriber.address).join(Subscriber, Subscriber.id == Mail.subscriber_id)
    if address is not None:
        wanted = wanted.where(Subscriber.address == address)
    if since is not None:
        wanted = wanted.where(Mail.created_at >= since)
    if approval is not None:
        about = select(Delivery.mail_id).join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        wanted = wanted.where(Mail.id.in_(about.where(OutboxItem.approval_id == approval)))
    before: int | None = None
    while True:
        page = wanted if before is None else wanted.where(Mail.id < before)
        rows = session.execute(page.order_by(Mail.id.desc()).limit(PAGE)).all()
        if not rows:
            return
        told = _told(session, [mail.id for mail, _ in rows])
        for mail, reader in rows:
            yield _receipt(mail, reader, told.get(mail.id, []))
        before = rows[-1][0].id


def _told(session: Session, mails: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    items = (
        select(Delivery.mail_id, OutboxItem.event, OutboxItem.approval_id)
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .where(Delivery.mail_id.in_(mails))
        .order_by(OutboxItem.id)
    )
    for mail, event, approval in session.execute(items):
        found.setdefault(mail or 0, []).append((event, approval))
    return found


def _receipt(mail: Mail, address: str, told: Sequence[tuple[str, int]]) -> Receipt:
    return Receipt(
        address,
        mail.message_id,
        mail.created_at,
        mail.sent_at,
        mail.attempts,
        mail.next_try_at,
        mail.error,
        tuple(told),
    )

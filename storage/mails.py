"""The mails: which are to be sent now and what they tell, and what became of them.

A mail is marked in a transaction of its own once the server took it: a crash before that repeats it once, under the
same Message-ID.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select, update
from sqlalchemy.orm import Session, aliased

from storage.deliveries import is_pending
from storage.items import CHUNK, Event, may_be_said, tellable
from storage.subscribers import HOOK, SubscriberRecord, record_of
from storage.tables import Delivery, Mail, OutboxItem, StoredApproval, Subscriber

PAGE = 200
"""Mails loaded at a time, so that memory does not grow with the subscribers."""


@dataclass(frozen=True, slots=True)
class MailItem:
    """One thing that a mail tells: of which approval, what (`storage.items.Event`), and what changed."""

    outbox_id: int
    approval_id: int
    event: Event
    at: datetime
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PreparedMail:
    """A mail to be sent now: to whom, about what (oldest item first), how often it failed.

    `items` is empty where all that it was about fell away since, or where nothing was to tell and just that was
    `asked` for. `since` is when its reader's mail before was made.
    """

    id: int
    message_id: str
    subscriber: SubscriberRecord
    items: tuple[MailItem, ...]
    attempts: int
    created_at: datetime
    since: datetime | None
    asked: bool = False

    @property
    def address(self) -> str:
        """Where it goes."""
        return self.subscriber.address


@dataclass(frozen=True, slots=True)
class MailCounts:
    """Mails not sent: `waiting` ones are tried again, `given_up` ones were refused for good."""

    waiting: int
    given_up: int


def due(
    session: Session, now: datetime, after: int = 0, limit: int = PAGE, *, hooks_only: bool = False
) -> list[PreparedMail]:
    """The next mails to be sent now, by id from `after` on: new ones, failed ones, and those that a crash left."""
    earlier = aliased(Mail)
    since = (
        select(func.max(earlier.created_at))
        .where(earlier.subscriber_id == Mail.subscriber_id, earlier.id < Mail.id)
        .scalar_subquery()
    )
    wanted = (
        select(Mail, Subscriber, since)
        .join(Subscriber, Subscriber.id == Mail.subscriber_id)
        .where(_untaken(now), Mail.id > after)
        .order_by(Mail.id)
        .limit(limit)
    )
    if hooks_only:
        wanted = wanted.where(Subscriber.address.startswith(HOOK))
    rows = session.execute(wanted).all()
    told = _told_by(session, [mail.id for mail, _, _ in rows])
    return [
        PreparedMail(
            mail.id,
            mail.message_id,
            record_of(reader),
            told.get(mail.id, ()),
            mail.attempts,
            mail.created_at,
            before,
            mail.id not in told,
        )
        for mail, reader, before in rows
    ]


def _untaken(now: datetime) -> ColumnElement[bool]:
    """Unsent, and due; a suspended subscriber's mails wait."""
    return and_(Mail.sent_at.is_(None), Mail.next_try_at <= now, Subscriber.suspended_at.is_(None))


def _told_by(session: Session, mails: Sequence[int]) -> dict[int, tuple[MailItem, ...]]:
    """What each of these mails tells, oldest first; of a new approval only while it may be told.

    Each item is loaded once, however many mails hold it, and mails that tell the same share one tuple of them.
    """
    ids = func.aggregate_strings(cast(Delivery.outbox_id, String), ",")
    rows = session.execute(select(Delivery.mail_id, ids).where(Delivery.mail_id.in_(mails)).group_by(Delivery.mail_id))
    by_mail: dict[int, str] = {mail: text for mail, text in rows if mail is not None}
    contents = {text: sorted(map(int, text.split(","))) for text in set(by_mail.values())}
    items = _items(session, sorted({id for held in contents.values() for id in held}))
    told = {text: tuple(items[id] for id in held if id in items) for text, held in contents.items()}
    return {mail: told[text] for mail, text in by_mail.items()}


def _items(session: Session, ids: Sequence[int]) -> dict[int, MailItem]:
    """Those of these items that may be told."""
    found: dict[int, MailItem] = {}
    for start in range(0, len(ids), CHUNK):
        wanted = _sayable().where(OutboxItem.id.in_(ids[start : start + CHUNK]))
        found |= {row.id: _item(*row) for row in session.execute(wanted)}
    return found


def _sayable() -> Select[Any]:
    columns = (OutboxItem.id, OutboxItem.approval_id, OutboxItem.event, OutboxItem.created_at, OutboxItem.changes)
    return select(*columns).where(may_be_said())


def _item(outbox_id: int, approval_id: int, event: str, at: datetime, changes: dict[str, Any]) -> MailItem:
    return MailItem(outbox_id, approval_id, Event(event), at, changes)


def is_waiting(session: Session, mail_id: int) -> bool:
    """Whether the mail is still to be sent: neither sent meanwhile nor erased with its subscriber."""
    return session.scalars(select(Mail.id).where(Mail.id == mail_id, Mail.sent_at.is_(None))).first() is not None


def mark_sent(session: Session, mail_id: int, now: datetime, items: int) -> None:
    """The server took the mail with so many items; 0 where nothing was to tell and just that was asked for."""
    values = {"sent_at": now, "next_try_at": None, "error": None, "items": items}
    session.execute(update(Mail).where(Mail.id == mail_id).values(values))
    reader = select(Mail.subscriber_id).where(Mail.id == mail_id).scalar_subquery()
    session.execute(update(Subscriber).where(Subscriber.id == reader, Subscriber.refusals > 0).values(refusals=0))


def mark_failed(session: Session, mail_id: int, error: str, next_try_at: datetime | None) -> None:
    """The mail was not taken; it is tried again at `next_try_at`, or never where that is None."""
    values = {"attempts": Mail.attempts + 1, "error": error, "next_try_at": next_try_at}
    session.execute(update(Mail).where(Mail.id == mail_id, Mail.sent_at.is_(None)).values(values))


def pending(session: Session, subscriber_id: int | None = None) -> list[MailItem]:
    """What waits to be told, to one subscriber or to anyone, each once; oldest item first."""
    mails = select(Mail.id).where(is_pending())
    waiting = select(Delivery.outbox_id)
    if subscriber_id is not None:
        mails = mails.where(Mail.subscriber_id == subscriber_id)
        waiting = waiting.where(Delivery.subscriber_id == subscriber_id)
    unsent = waiting.where(Delivery.mail_id.is_(None)).union(waiting.where(Delivery.mail_id.in_(mails)))
    wanted = _sayable().where(OutboxItem.id.in_(unsent)).order_by(OutboxItem.id)
    return [_item(*row) for row in session.execute(wanted)]


def last_mail(session: Session, subscriber_id: int | None) -> datetime | None:
    """When the last mail to one subscriber, or to anyone, was made."""
    made = select(func.max(Mail.created_at))
    return session.scalars(made if subscriber_id is None else made.where(Mail.subscriber_id == subscriber_id)).one()


def seen_since(session: Session, moment: datetime) -> list[MailItem]:
    """The approvals that may be told and were first seen at or after `moment`, as if they were new; oldest first."""
    wanted = select(StoredApproval.id, StoredApproval.first_seen_at).where(
        tellable(), StoredApproval.first_seen_at >= moment
    )
    rows = session.execute(wanted.order_by(StoredApproval.first_seen_at, StoredApproval.id))
    return [MailItem(0, approval, Event.NEW, seen, {}) for approval, seen in rows]


def mail_counts(session: Session) -> MailCounts:
    """How many mails are not sent, for whoever watches the service."""
    unsent = select(func.count(Mail.id)).where(Mail.sent_at.is_(None))
    return MailCounts(
        waiting=session.scalars(unsent.where(Mail.next_try_at.is_not(None))).one(),
        given_up=session.scalars(unsent.where(Mail.next_try_at.is_(None))).one(),
    )

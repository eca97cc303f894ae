"""From outbox items to mails, one transaction a step, so that a crash between two loses and doubles nothing.

A delivery gets its mail, with a Message-ID that follows from what it holds, before anything is sent. A
crash after the server took a mail and before `mark_sent` repeats it once, under the same Message-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from storage.outbox import Event, follow, may_be_told, tellable
from storage.subscribers import HOOK, SubscriberRecord, record_of, schedule_of
from storage.tables import Delivery, Mail, OutboxItem, StoredApproval, Subscriber
from storage.wishes import Schedule

PAGE = 200
"""Mails loaded at a time, so that memory does not grow with the subscribers."""

Boundary = Callable[[Schedule], datetime | None]
"""Up to which moment a schedule's items are due now: those created before it; None where all are."""


@dataclass(frozen=True, slots=True)
class MailItem:
    """One thing that a mail tells: of which approval, what (`storage.outbox.Event`), and what changed."""

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


def prepare(session: Session, now: datetime, domain: str, boundary: Boundary = lambda schedule: None) -> int:
    """Put every waiting delivery that is due into a mail of its subscriber; returns how many mails there are anew.

    `domain` is the part after the @ of the Message-IDs. A delivery waits while its approval is `held`. Needs the
    write lock.
    """
    follow(session, now)
    _take_back_held(session)
    made = 0
    for schedule, readers in _by_schedule(session).items():
        before = boundary(schedule)
        due = [row for reader in readers for row in _waiting(session, reader, before)]
        made += _post(session, due, now, domain, before)
        if before is not None:
            made += _post_empty(session, schedule, before, now, domain)
    session.flush()
    return made


def _by_schedule(session: Session) -> dict[Schedule, list[list[int]]]:
    """The subscribers for whom something waits, by schedule, in chunks; those with one wish side by side."""
    waiting = select(Delivery.id).where(Delivery.subscriber_id == Subscriber.id, Delivery.mail_id.is_(None)).exists()
    found: dict[Schedule, list[int]] = {}
    wanted = select(Subscriber).where(may_be_told(), waiting | Subscriber.empty)
    for row in session.scalars(wanted.order_by(Subscriber.filters, Subscriber.language, Subscriber.id)):
        found.setdefault(schedule_of(row), []).append(row.id)
    session.expunge_all()
    return {schedule: [ids[n : n + PAGE] for n in range(0, len(ids), PAGE)] for schedule, ids in found.items()}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What waits for one subscriber: its first and last delivery, how many, and when the first item was written."""

    subscriber: int
    first: int
    last: int
    count: int
    created: datetime


def _is_due(before: datetime | None) -> list[ColumnElement[bool]]:
    """What a delivery must be to go into a mail now."""
    items = select(OutboxItem.id).where(~_is_held())
    if before is not None:
        items = items.where(OutboxItem.created_at < before)
    return [Delivery.mail_id.is_(None), Delivery.outbox_id.in_(items)]


def _waiting(session: Session, subscribers: Sequence[int], before: datetime | None) -> list[_Waiting]:
    counted = (
        select(
            Delivery.subscriber_id,
            func.min(Delivery.id),
            func.max(Delivery.id),
            func.count(),
            func.min(OutboxItem.created_at),
        )
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .where(Delivery.subscriber_id.in_(subscribers), *_is_due(before))
        .group_by(Delivery.subscriber_id)
    )
    found = {row[0]: _Waiting(*row) for row in session.execute(counted)}
    return [found[subscriber] for subscriber in subscribers if subscriber in found]


def _post(session: Session, due: Sequence[_Waiting], now: datetime, domain: str, before: datetime | None) -> int:
    for waiting in due:
        # The time keeps a fresh database, whose ids begin anew, from repeating the Message-IDs of the one before.
        content = f"{waiting.first} {waiting.last} {waiting.count} {waiting.created.isoformat()}"
        mail = _new_mail(session, waiting.subscriber, content, now, domain)
        mine = update(Delivery).where(Delivery.subscriber_id == waiting.subscriber, *_is_due(before))
        session.execute(mine.values(mail_id=mail), execution_options={"synchronize_session": False})
    return len(due)


def _new_mail(session: Session, subscriber: int, content: str, now: datetime, domain: str) -> int:
    name = hashlib.sha256(f"{subscriber}: {content}".encode()).hexdigest()[:32]
    values = {"message_id": f"<{name}@{domain}>", "created_at": now, "attempts": 0, "next_try_at": now}
    made = session.execute(insert(Mail).values(subscriber_id=subscriber, **values).returning(Mail.id))
    return made.scalar_one()


def _post_empty(session: Session, schedule: Schedule, before: datetime, now: datetime, domain: str) -> int:
    """A mail with nothing in it to each who asked for that and was told nothing since the boundary."""
    told = select(Mail.id).where(Mail.subscriber_id == Subscriber.id, Mail.created_at >= before).exists()
    wanted = select(Subscriber).where(may_be_told(), Subscriber.empty, Subscriber.created_at < before, ~told)
    quiet = [row.id for row in session.scalars(wanted) if schedule_of(row) == schedule]
    for subscriber in quiet if schedule.cadence != "at_once" else []:
        _new_mail(session, subscriber, f"nothing before {before.isoformat()}", now, domain)
    return len(quiet) if schedule.cadence != "at_once" else 0


def _is_held() -> ColumnElement[bool]:
    """An item that tells of a new approval which is doubtful for now."""
    held = and_(StoredApproval.status == "held", StoredApproval.merged_into.is_(None))
    return (OutboxItem.event == Event.NEW) & OutboxItem.approval_id.in_(select(StoredApproval.id).where(held))


def _take_back_held(session: Session) -> None:
    """An approval that became `held` after its mail failed leaves that mail, and waits for the next."""
    held = list(session.scalars(select(OutboxItem.id).where(_is_held())))
    if not held:
        return
    pending = and_(Mail.sent_at.is_(None), Mail.next_try_at.is_not(None))
    taken = Delivery.mail_id.in_(select(Mail.id).where(pending)) & Delivery.outbox_id.in_(held)
    emptied = set(session.scalars(select(Delivery.mail_id).where(taken)))
    session.execute(update(Delivery).where(taken).values(mail_id=None))
    left = select(Delivery.id).where(Delivery.mail_id == Mail.id).exists()
    session.execute(delete(Mail).where(Mail.id.in_(emptied), ~left))


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
    ids = [mail.id for mail, _, _ in rows]
    items = _items(session, ids)
    filled = set(session.scalars(select(Delivery.mail_id).where(Delivery.mail_id.in_(ids)).distinct()))
    return [
        PreparedMail(
            mail.id,
            mail.message_id,
            record_of(reader),
            tuple(items.get(mail.id, ())),
            mail.attempts,
            mail.created_at,
            before,
            mail.id not in filled,
        )
        for mail, reader, before in rows
    ]


def _untaken(now: datetime) -> ColumnElement[bool]:
    """Unsent, and due; a suspended subscriber's mails wait."""
    return and_(Mail.sent_at.is_(None), Mail.next_try_at <= now, Subscriber.suspended_at.is_(None))


def _items(session: Session, mails: Sequence[int]) -> dict[int, list[MailItem]]:
    """What these mails tell; of a new approval only while it may be told."""
    contents = _told(Delivery.mail_id).where(Delivery.mail_id.in_(mails))
    found: dict[int, list[MailItem]] = {}
    for mail, *item in session.execute(contents.order_by(Delivery.mail_id, OutboxItem.id)):
        found.setdefault(mail, []).append(_item(*item))
    return found


def _told(first: Any) -> Select[Any]:
    stands = OutboxItem.event.in_((Event.CORRECTED, Event.REVOKED)) | tellable()
    return (
        select(
            first,
            OutboxItem.id,
            OutboxItem.approval_id,
            OutboxItem.event,
            OutboxItem.created_at,
            OutboxItem.changes,
        )
        .select_from(Delivery)
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .join(StoredApproval, StoredApproval.id == OutboxItem.approval_id)
        .where(stands)
    )


def _item(outbox_id: int, approval_id: int, event: str, at: datetime, changes: dict[str, Any]) -> MailItem:
    return MailItem(outbox_id, approval_id, Event(event), at, changes)


def is_waiting(session: Session, mail_id: int) -> bool:
    """Whether the mail is still to be sent: neither sent meanwhile nor erased with its subscriber."""
    return session.scalars(select(Mail.id).where(Mail.id == mail_id, Mail.sent_at.is_(None))).first() is not None


def mark_sent(session: Session, mail_id: int, now: datetime, items: int) -> None:
    """The server took the mail with so many items; 0 where nothing was left in it to tell."""
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
    unsent = Delivery.mail_id.is_(None) | Delivery.mail_id.in_(
        select(Mail.id).where(Mail.sent_at.is_(None), Mail.next_try_at.is_not(None))
    )
    wanted = _told(OutboxItem.id).where(unsent, ~_is_held()).order_by(OutboxItem.id)
    if subscriber_id is not None:
        wanted = wanted.where(Delivery.subscriber_id == subscriber_id)
    found = {row[0]: _item(*row[1:]) for row in session.execute(wanted)}
    return list(found.values())


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

"""From waiting deliveries to mails, in steps, each a transaction: a crash between two loses and doubles nothing.

A delivery gets its mail, with a Message-ID that follows from what it holds, before anything is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.orm import Session

from storage.addressees import may_be_told
from storage.corrections import follow
from storage.items import CHUNK, may_be_said
from storage.subscribers import schedule_of
from storage.tables import Delivery, Mail, OutboxItem, Subscriber
from storage.wishes import Schedule

PAGE = 200
"""Subscribers whose mails are made in one step: few enough that others who write need not wait for long."""

Boundary = Callable[[Schedule], datetime | None]
"""Up to which moment a schedule's items are due now: those created before it; None where all are."""


@dataclass(frozen=True, slots=True)
class Step:
    """Subscribers of one schedule: what was found `before` is due to them; with `empty`, those to whom nothing is."""

    schedule: Schedule
    before: datetime | None
    subscribers: tuple[int, ...] = ()
    empty: bool = False


def prepare(session: Session, now: datetime, domain: str, boundary: Boundary = lambda schedule: None) -> int:
    """Put every waiting delivery that is due into a mail of its subscriber; returns how many mails there are anew.

    `domain` is the part after the @ of the Message-IDs. A delivery waits while a mail may not name its approval, as
    it is held or was rejected. Needs the write lock.
    """
    return sum(post(session, step, now, domain) for step in steps(session, now, boundary))


def steps(session: Session, now: datetime, boundary: Boundary = lambda schedule: None) -> list[Step]:
    """Set right what was told, and say in which steps the mails can then be made, each by `post`.

    Those who have one wish are side by side. Needs the write lock.
    """
    follow(session, now)
    _take_back(session)
    found: list[Step] = []
    for schedule, readers in _by_schedule(session).items():
        before = boundary(schedule)
        pages = (tuple(readers[start : start + PAGE]) for start in range(0, len(readers), PAGE))
        found += [Step(schedule, before, page) for page in pages]
        if before is not None and schedule.cadence != "at_once":
            found.append(Step(schedule, before, empty=True))
    return found


def _by_schedule(session: Session) -> dict[Schedule, list[int]]:
    """The subscribers for whom something waits, or who want to hear of nothing, by schedule."""
    due = Delivery.outbox_id.in_(select(OutboxItem.id).where(may_be_said()))
    waiting = Subscriber.id.in_(select(Delivery.subscriber_id).where(Delivery.mail_id.is_(None), due))
    wanted = select(Subscriber).where(may_be_told(), waiting | Subscriber.empty)
    found: dict[Schedule, list[int]] = {}
    for row in session.scalars(wanted.order_by(Subscriber.filters, Subscriber.language, Subscriber.id)):
        found.setdefault(schedule_of(row), []).append(row.id)
    session.expunge_all()
    return found


def post(session: Session, step: Step, now: datetime, domain: str) -> int:
    """Make the mails of one step; returns how many. Needs the write lock."""
    mails = list(_empty(session, step) if step.empty else _filled(session, step))
    if not mails:
        return 0
    values = {"created_at": now, "attempts": 0, "next_try_at": now}
    made = [
        {"subscriber_id": reader, "message_id": _message_id(reader, content, domain), **values}
        for reader, content in mails
    ]
    session.execute(insert(Mail), made)
    if not step.empty:
        _put(session, step, [reader for reader, _ in mails])
    return len(mails)


def _message_id(subscriber: int, content: str, domain: str) -> str:
    name = hashlib.sha256(f"{subscriber}: {content}".encode()).hexdigest()[:32]
    return f"<{name}@{domain}>"


def _filled(session: Session, step: Step) -> Iterator[tuple[int, str]]:
    """The subscribers to whom something is due, in their order; and what, as a text that no other mail has.

    The time keeps a fresh database, whose ids begin anew, from repeating the Message-IDs of the one before.
    """
    first, last, created = func.min(Delivery.id), func.max(Delivery.id), func.min(OutboxItem.created_at)
    waiting = (
        select(Delivery.subscriber_id, first, last, func.count(), created)
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .where(Delivery.mail_id.is_(None), Delivery.subscriber_id.in_(step.subscribers), _is_due(step.before))
        .group_by(Delivery.subscriber_id)
    )
    found = {reader: " ".join(map(str, (*ids, at.isoformat()))) for reader, *ids, at in session.execute(waiting)}
    return ((reader, found[reader]) for reader in step.subscribers if reader in found)


def _put(session: Session, step: Step, readers: Sequence[int]) -> None:
    """Put what is due to these subscribers into the newest mail of each."""
    newest = select(func.max(Mail.id)).where(Mail.subscriber_id == Delivery.subscriber_id).scalar_subquery()
    due = Delivery.outbox_id.in_(select(OutboxItem.id).where(_is_due(step.before)))
    waiting = update(Delivery).where(Delivery.mail_id.is_(None), Delivery.subscriber_id.in_(readers), due)
    session.execute(waiting.values(mail_id=newest), execution_options={"synchronize_session": False})


def _is_due(before: datetime | None) -> ColumnElement[bool]:
    """What an item must be to go into a mail now."""
    return may_be_said() if before is None else and_(may_be_said(), OutboxItem.created_at < before)


def _empty(session: Session, step: Step) -> Iterator[tuple[int, str]]:
    """Those who asked for a mail with nothing in it too, and were told nothing since the boundary."""
    if step.before is None:
        return
    told = select(Mail.id).where(Mail.subscriber_id == Subscriber.id, Mail.created_at >= step.before).exists()
    wanted = select(Subscriber).where(may_be_told(), Subscriber.empty, Subscriber.created_at < step.before, ~told)
    for row in session.scalars(wanted):
        if schedule_of(row) == step.schedule:
            yield row.id, f"nothing before {step.before.isoformat()}"


def _take_back(session: Session) -> None:
    """What may not be told any more leaves the mails that failed, as it was not told, and waits."""
    unsaid = select(OutboxItem.id).where(~may_be_said())
    taken = Delivery.mail_id.in_(select(Mail.id).where(is_pending())) & Delivery.outbox_id.in_(unsaid)
    emptied = sorted({mail for mail in session.scalars(select(Delivery.mail_id).where(taken)) if mail is not None})
    session.execute(update(Delivery).where(taken).values(mail_id=None))
    left = select(Delivery.id).where(Delivery.mail_id == Mail.id).exists()
    for start in range(0, len(emptied), CHUNK):
        session.execute(delete(Mail).where(Mail.id.in_(emptied[start : start + CHUNK]), ~left))


def is_pending() -> ColumnElement[bool]:
    """A mail that is still to be sent, now or later."""
    return and_(Mail.sent_at.is_(None), Mail.next_try_at.is_not(None))

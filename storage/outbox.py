"""What is worth telling, written in the transaction in which it came true: items, and one delivery each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from extractors.records import CHINA
from storage.identity.days import span
from storage.records import Origin, Policy, Reading
from storage.tables import Delivery, Mail, OutboxItem, StoredApproval, StoredMention, Subscriber

NEW, CORRECTION = "new", "correction"
"""What an item is: a new approval, or one that was mailed and turned out to be wrong."""
TOLD = ("reported", "confirmed")
"""The statuses of an approval that a mail may name."""


def announce(session: Session, approvals: Iterable[int], reading: Reading, policy: Policy) -> tuple[int, ...]:
    """Put each of these approvals that is new (DESIGN section 4) into the outbox; returns their ids."""
    if reading.origin is not Origin.LIVE:
        return ()
    today = reading.seen_at.astimezone(CHINA).date()
    told = [a for a in approvals if _is_news(session, a, reading.article.source, today, policy.news_days)]
    for approval_id in told:
        _tell(session, approval_id, NEW, reading.seen_at, session.scalars(select(Subscriber.id)))
    return tuple(told)


def announce_confirmed(session: Session, approvals: Iterable[int], at: datetime, policy: Policy) -> tuple[int, ...]:
    """Tell of those that a reviewer confirmed, where they would have been told at once had they been sure."""
    today = at.astimezone(CHINA).date()
    told = [a for a in approvals if _is_news(session, a, None, today, policy.news_days)]
    for approval_id in told:
        _tell(session, approval_id, NEW, at, session.scalars(select(Subscriber.id)))
    return tuple(told)


def correct(session: Session, approvals: Iterable[int], at: datetime) -> tuple[int, ...]:
    """Tell those who got a mail of these approvals that it was wrong: each once; returns the ids that it is about.

    What is wrong follows from the approval as it is, and from its changes (storage.changes).
    """
    corrected = []
    for approval_id in approvals:
        readers = set(session.scalars(_mailed(approval_id)))
        known = select(OutboxItem.id).where(OutboxItem.approval_id == approval_id, OutboxItem.event == CORRECTION)
        if readers and session.scalars(known).first() is None:
            _tell(session, approval_id, CORRECTION, at, sorted(readers))
            corrected.append(approval_id)
    return tuple(corrected)


def take_back(session: Session, approvals: Iterable[int]) -> None:
    """Drop the corrections of these approvals that no mail was made for yet: they are right after all."""
    for approval_id in approvals:
        wanted = select(OutboxItem).where(OutboxItem.approval_id == approval_id, OutboxItem.event == CORRECTION)
        for item in session.scalars(wanted):
            deliveries = list(session.scalars(select(Delivery).where(Delivery.outbox_id == item.id)))
            if all(delivery.mail_id is None for delivery in deliveries):
                for row in (*deliveries, item):
                    session.delete(row)
                    session.flush()


def _mailed(approval_id: int) -> Select[int]:
    """The subscribers to whom a mail of this approval was sent."""
    return (
        select(Delivery.subscriber_id)
        .join(OutboxItem, OutboxItem.id == Delivery.outbox_id)
        .join(Mail, Mail.id == Delivery.mail_id)
        .where(OutboxItem.approval_id == approval_id, OutboxItem.event == NEW, Mail.sent_at.is_not(None))
    )


def _tell(session: Session, approval_id: int, event: str, at: datetime, subscribers: Iterable[int]) -> None:
    item = OutboxItem(approval_id=approval_id, event=event, created_at=at)
    session.add(item)
    session.flush()
    session.add_all(Delivery(outbox_id=item.id, subscriber_id=subscriber) for subscriber in subscribers)
    session.flush()


def _is_news(session: Session, approval_id: int, source: str | None, today: date, news_days: int) -> bool:
    approval = session.get(StoredApproval, approval_id)
    if approval is None or approval.merged_into is not None or approval.status not in TOLD:
        return False
    if _was_told(session, approval_id):
        return False
    mentions = list(
        session.scalars(
            select(StoredMention).where(StoredMention.approval_id == approval_id, StoredMention.role == "approval")
        )
    )
    if not _live_first(mentions, source):
        return False
    return _happened(approval, mentions) >= today - timedelta(days=news_days)


def _was_told(session: Session, approval_id: int) -> bool:
    """Whether the outbox names it, under this id or one that was merged into it."""
    merged = select(StoredApproval.id).where(StoredApproval.merged_into == approval_id)
    names_it = (OutboxItem.approval_id == approval_id) | OutboxItem.approval_id.in_(merged)
    return session.scalars(select(OutboxItem.id).where(names_it)).first() is not None


def _live_first(mentions: list[StoredMention], source: str | None) -> bool:
    """Whether a live source told of it first, and as news; what history or a background line knew is none.

    What a source in shadow mode said does not count, as nobody was told; but for the source itself: once it is
    promoted, its older finds are history.
    """
    counted = [m for m in mentions if m.article.origin != Origin.SHADOW or m.article.source == source]
    first = min(counted, key=lambda m: (m.first_seen_at, m.article_id, m.background), default=None)
    return first is not None and first.came_by == Origin.LIVE and not first.background


def _happened(approval: StoredApproval, mentions: list[StoredMention]) -> date:
    """The last day on which the approval can have happened; without a date, the day it was announced."""
    told = [m.article.published or m.first_seen_at for m in mentions if not m.background]
    announced = min(told).astimezone(CHINA).date()
    return min(span(approval.approved_on)[1], announced) if approval.approved_on else announced

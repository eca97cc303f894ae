"""What is worth telling, written in the transaction in which it came true: items, and one delivery each.

Told are: a new approval; then, to those who were told of it, that a field of it arrived or changed, that it was
cancelled, and that telling it was wrong. Each once: the newest item about an approval holds what readers know of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, literal, select
from sqlalchemy.orm import Session

from extractors.records import CHINA
from storage.filters import Facets, Filter, facets_of, filter_of, fold
from storage.news import is_cancelled_now, is_news
from storage.queries import approvals_by_id
from storage.records import Approval, Origin, Policy, Reading
from storage.tables import Delivery, Mail, OutboxItem, StoredApproval, Subscriber

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


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The filters of those who may be told now, each once, with the text it is kept as."""

    filters: tuple[tuple[str, Filter], ...]

    def of(self, seen: Facets, before: Facets | None = None) -> list[str]:
        """The filters that want this; with `before`, only those that did not want it as it was then."""
        return [
            text for text, one in self.filters if one.matches(seen) and not (before is not None and one.matches(before))
        ]


def announce(session: Session, approvals: Iterable[int], reading: Reading, policy: Policy) -> tuple[int, ...]:
    """Put what is new (DESIGN section 4) of these approvals into the outbox; returns the ids of the new ones.

    What those know who were told before is set right whatever the reading's origin; amended only by a live one.
    """
    touched, at = list(approvals), reading.seen_at
    live = reading.origin is Origin.LIVE
    known = _last_items(session, touched)
    if known:
        follow(session, at, touched)
    if not live or not touched:
        return ()
    today = at.astimezone(CHINA).date()
    standing = _standing(session, touched)
    untold = [a for a in touched if a in standing and a not in known]
    fresh = [a for a in untold if is_news(session, a, reading.article.source, today, policy.news_days)]
    cancelled = [a for a in touched if a not in known or known[a].event != Event.REVOKED]
    over = [a for a in cancelled if is_cancelled_now(session, a, today, policy.news_days)]
    amended = [a for a in touched if a in standing and a in known]
    if fresh or over or amended:
        _tell(session, at, policy, _Wishes(_wishes(session)), fresh, over, amended, known)
    return tuple(fresh)


def _tell(
    session: Session,
    at: datetime,
    policy: Policy,
    wishes: _Wishes,
    fresh: Sequence[int],
    over: Sequence[int],
    amended: Sequence[int],
    known: dict[int, OutboxItem],
) -> None:
    for approval in approvals_by_id(session, fresh):
        item = _add(session, approval, Event.NEW, at, policy)
        _deliver(session, item.id, wishes.of(facets_of(approval, policy.source_kinds)))
    for approval in approvals_by_id(session, over):
        item = _add(session, approval, Event.REVOKED, at, policy)
        _deliver(session, item.id, wishes.of(facets_of(approval, policy.source_kinds)))
        _deliver_to_told(session, item)
    for approval in approvals_by_id(session, amended):
        _amend(session, approval, known[approval.id], at, policy, wishes)
    session.flush()


def _amend(
    session: Session, approval: Approval, last: OutboxItem, at: datetime, policy: Policy, wishes: _Wishes
) -> None:
    """Tell what differs from what was told last, unless just that was told before.

    Those whose filter wants the approval only now hear of it as new.
    """
    facts = facts_of(approval, policy)
    changes = {f: [last.facts.get(f), facts[f]] for f in FIELDS if facts[f] and facts[f] != last.facts.get(f)}
    if not last.facts:
        return  # told before such things were remembered
    seen = facets_of(approval, policy.source_kinds)
    newcomers = wishes.of(seen, _as_it_was(seen, last.facts))
    key = json.dumps({f: after for f, (_, after) in changes.items()}, ensure_ascii=False, sort_keys=True)
    if changes and not _is_told(session, approval.id, key):
        _deliver_to_told(session, _add(session, approval, Event.AMENDED, at, policy, key, changes))
    first = session.scalars(_items_of(approval.id).where(OutboxItem.event == Event.NEW)).first()
    if first is not None and newcomers:
        _deliver(session, first.id, newcomers)


def _is_told(session: Session, approval_id: int, key: str) -> bool:
    return session.scalars(_items_of(approval_id).where(OutboxItem.key == key)).first() is not None


def _as_it_was(seen: Facets, facts: dict[str, Any]) -> Facets:
    return replace(
        seen,
        kind=facts["kind"],
        status=facts["status"],
        province=fold(facts["province"] or ""),
        confidence=facts["confidence"],
        source_kinds=frozenset(facts["source_kinds"]),
    )


def facts_of(approval: Approval, policy: Policy) -> dict[str, Any]:
    """What an item remembers of an approval: the fields that may change, and what filters look at."""
    said = {name: getattr(approval, name) for name in FIELDS if name != "kind"}
    kinds = facets_of(approval, policy.source_kinds).source_kinds
    return said | {
        "kind": approval.kind.value,
        "confidence": approval.confidence,
        "source_kinds": sorted(kinds),
    }


def announce_confirmed(session: Session, approvals: Iterable[int], at: datetime, policy: Policy) -> tuple[int, ...]:
    """Tell of those that a reviewer confirmed, where they would have been told at once had they been sure."""
    chosen = list(approvals)
    known, standing = _last_items(session, chosen), _standing(session, chosen)
    today = at.astimezone(CHINA).date()
    fresh = [
        a for a in chosen if a in standing and a not in known and is_news(session, a, None, today, policy.news_days)
    ]
    if fresh:
        _tell(session, at, policy, _Wishes(_wishes(session)), fresh, (), (), known)
    return tuple(fresh)


def correct(session: Session, approvals: Iterable[int], at: datetime) -> tuple[int, ...]:
    """Tell those who got a mail of these approvals that it was wrong: each once; returns the ids that it is about.

    What was wrong follows from the approval as it is: it was rejected, or is one with another, or a field of it is
    not what was told, or else it is several.
    """
    corrected = []
    for approval_id in approvals:
        readers = session.scalars(_mailed(approval_id).limit(1)).first()
        last = _last_items(session, [approval_id]).get(approval_id)
        known = _items_of(approval_id).where(OutboxItem.event == Event.CORRECTED)
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
    _deliver_to(session, told.id, _mailed(row.id))


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
            _deliver_to_told(session, told)
        elif row.merged_into is None or _told_itself(session, row.merged_into):
            correct(session, [row.id], at)


def _mailed(approval_id: int) -> Select[int]:
    """The subscribers to whom a mail of this approval was sent."""
    return (
        select(Delivery.subscriber_id)
        .join(Mail, Mail.id == Delivery.mail_id)
        .where(Delivery.outbox_id.in_(_items_of(approval_id).with_only_columns(OutboxItem.id)), Mail.items > 0)
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


def _last_items(session: Session, approvals: Sequence[int]) -> dict[int, OutboxItem]:
    """The newest item about each of these approvals, under its id or one that was merged into it."""
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


def _told_itself(session: Session, approval_id: int) -> bool:
    return session.scalars(select(OutboxItem.id).where(OutboxItem.approval_id == approval_id)).first() is not None


def _standing(session: Session, approvals: Sequence[int]) -> set[int]:
    """Those of these approvals that a mail may name as such."""
    found: set[int] = set()
    for start in range(0, len(approvals), CHUNK):
        chunk = approvals[start : start + CHUNK]
        found |= set(session.scalars(select(StoredApproval.id).where(StoredApproval.id.in_(chunk), tellable())))
    return found


def tellable() -> ColumnElement[bool]:
    """The approvals that a mail may name as such."""
    return and_(StoredApproval.merged_into.is_(None), StoredApproval.status.in_(TOLD))


def _items_of(approval_id: int) -> Select[OutboxItem]:
    merged = select(StoredApproval.id).where(StoredApproval.merged_into == approval_id)
    return select(OutboxItem).where((OutboxItem.approval_id == approval_id) | OutboxItem.approval_id.in_(merged))


def _add(
    session: Session,
    approval: Approval,
    event: Event,
    at: datetime,
    policy: Policy,
    key: str = "",
    changes: dict[str, Any] | None = None,
) -> OutboxItem:
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


def may_be_told() -> ColumnElement[bool]:
    """The subscribers that items are delivered to."""
    return and_(Subscriber.confirmed_at.is_not(None), Subscriber.suspended_at.is_(None))


def _wishes(session: Session) -> tuple[tuple[str, Filter], ...]:
    texts = session.scalars(select(Subscriber.filters).where(may_be_told()).distinct())
    return tuple((text, filter_of(text)) for text in texts)


def _deliver(session: Session, item_id: int, filters: Sequence[str]) -> None:
    """One delivery to each who may be told and has one of these filters, unless it has one already."""
    for start in range(0, len(filters), CHUNK):
        has = select(Delivery.subscriber_id).where(Delivery.outbox_id == item_id)
        wanted = select(literal(item_id), Subscriber.id).where(
            may_be_told(), Subscriber.filters.in_(filters[start : start + CHUNK]), Subscriber.id.not_in(has)
        )
        session.execute(insert(Delivery).from_select(["outbox_id", "subscriber_id"], wanted))


def _deliver_to_told(session: Session, item: OutboxItem) -> None:
    """One delivery to each who was told of the item's approval, or will be."""
    earlier = _items_of(item.approval_id).with_only_columns(OutboxItem.id).where(OutboxItem.id != item.id)
    _deliver_to(session, item.id, select(Delivery.subscriber_id).where(Delivery.outbox_id.in_(earlier)))


def _deliver_to(session: Session, item_id: int, readers: Select[int]) -> None:
    has = select(Delivery.subscriber_id).where(Delivery.outbox_id == item_id)
    wanted = select(literal(item_id), Subscriber.id).where(
        may_be_told(), Subscriber.id.in_(readers), Subscriber.id.not_in(has)
    )
    session.execute(insert(Delivery).from_select(["outbox_id", "subscriber_id"], wanted))

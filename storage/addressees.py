"""Who is told of an item: one delivery to each, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, insert, literal, select
from sqlalchemy.orm import Session

from storage.filters import Facets, Filter, filter_of
from storage.items import CHUNK, items_of
from storage.tables import Delivery, OutboxItem, Subscriber


@dataclass(frozen=True, slots=True)
class Wishes:
    """The filters of those who may be told now, each once, with the text it is kept as."""

    filters: tuple[tuple[str, Filter], ...]

    def of(self, seen: Facets, before: Facets | None = None) -> list[str]:
        """The filters that want this; with `before`, only those that did not want it as it was then."""
        return [
            text for text, one in self.filters if one.matches(seen) and not (before is not None and one.matches(before))
        ]


def wishes(session: Session) -> Wishes:
    """What those who may be told want."""
    texts = session.scalars(select(Subscriber.filters).where(may_be_told()).distinct())
    return Wishes(tuple((text, filter_of(text)) for text in texts))


def may_be_told() -> ColumnElement[bool]:
    """The subscribers that items are delivered to."""
    return and_(Subscriber.confirmed_at.is_not(None), Subscriber.suspended_at.is_(None))


def deliver(session: Session, item_id: int, filters: Sequence[str]) -> None:
    """One delivery to each who has one of these filters."""
    for start in range(0, len(filters), CHUNK):
        _insert(session, item_id, Subscriber.filters.in_(filters[start : start + CHUNK]))


def deliver_to_told(session: Session, item: OutboxItem) -> None:
    """One delivery to each who was told of the item's approval, or will be."""
    earlier = items_of(item.approval_id).with_only_columns(OutboxItem.id).where(OutboxItem.id != item.id)
    deliver_to(session, item.id, select(Delivery.subscriber_id).where(Delivery.outbox_id.in_(earlier)))


def deliver_to(session: Session, item_id: int, readers: Select[int]) -> None:
    """One delivery to each of these subscribers."""
    _insert(session, item_id, Subscriber.id.in_(readers))


def _insert(session: Session, item_id: int, chosen: ColumnElement[bool]) -> None:
    """One delivery to each of the chosen who may be told, unless it has one already."""
    has = select(Delivery.subscriber_id).where(Delivery.outbox_id == item_id)
    wanted = select(literal(item_id), Subscriber.id).where(may_be_told(), chosen, Subscriber.id.not_in(has))
    session.execute(insert(Delivery).from_select(["outbox_id", "subscriber_id"], wanted))

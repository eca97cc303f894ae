"""The tables of telling: readers, what is to be told, and the mails that tell it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class Subscriber(Table):
    """Who gets the digest: `address` is a mail address in lower case, or `hook:<id>`.

    `at` (HH:MM), `weekday` (0 is Monday) and `zone` say when, each as the settings do where it is null. `filters` is
    the canonical JSON of a `storage.filters.Filter`. Nothing is sent before `confirmed_at`, nor from `suspended_at` on;
    `refusals` counts the mails in a row that were refused for good. `empty`: wants a digest with nothing in it, too.
    """

    __tablename__ = "subscribers"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(String(8), default="both")
    created_at: Mapped[datetime]
    cadence: Mapped[str] = mapped_column(String(8), default="daily")
    at: Mapped[str | None] = mapped_column(String(5))
    weekday: Mapped[int | None]
    zone: Mapped[str | None]
    filters: Mapped[str] = mapped_column(default="{}", index=True)
    empty: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    refusals: Mapped[int] = mapped_column(default=0)


class Suppressed(Table):
    """A removed address, as a salted hash only: proof that it was erased, and when."""

    __tablename__ = "suppressed"

    hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class OutboxItem(Table):
    """Something to tell, written in the transaction in which it came true.

    `event` is a `storage.items.Event`; `key` tells the amendments of one approval apart. `facts` is what was true of
    the approval then, `changes` what had changed: field to [before, after].
    """

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("approval_id", "event", "key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"))
    event: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Mail(Table):
    """One mail to one subscriber: named before it is sent, so that a repeat carries the same Message-ID.

    `items` counts what it told, once it is sent.
    """

    __tablename__ = "mails"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"), index=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    error: Mapped[str | None]
    items: Mapped[int | None]


WAITING, MAILED = text("mail_id IS NULL"), text("mail_id IS NOT NULL")


class Delivery(Table):
    """One item for one subscriber, once: found by its subscriber while it waits, and by its mail from then on."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("outbox_id", "subscriber_id"),
        Index("ix_deliveries_waiting", "subscriber_id", "outbox_id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_deliveries_mailed", "mail_id", "outbox_id", sqlite_where=MAILED, postgresql_where=MAILED),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))

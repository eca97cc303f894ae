"""The tables of telling: readers, what is to be told, and the mails that tell it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class Subscriber(Table):
    """Who gets the digest. `address` is unique without regard to case."""

    __tablename__ = "subscribers"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(String(8), default="both")
    created_at: Mapped[datetime]


class Suppressed(Table):
    """A removed address, as a salted hash only: proof that it was erased, and when."""

    __tablename__ = "suppressed"

    hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class OutboxItem(Table):
    """Something to tell, written in the transaction in which it came true."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("approval_id", "event"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"))
    event: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class Mail(Table):
    """One mail to one subscriber: named before it is sent, so that a repeat carries the same Message-ID."""

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


class Delivery(Table):
    """One item for one subscriber, once."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("outbox_id", "subscriber_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"), index=True)

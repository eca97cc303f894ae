"""The tables of official lists: each edition that was seen, and its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class StoredEdition(Table):
    """One edition of one list: an attachment, a table on a page, or a file from disk, as it was at `seen_at`.

    `number` counts the editions of one list from 1; only the last one is `current`. `url` is the file's address,
    `page_url` that of the page it hangs on. `account` says what the list comes to, `changes` what it changed against
    the edition before (null for a first one).
    """

    __tablename__ = "editions"
    __table_args__ = (Index("ix_editions_source_current", "source", "current"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str]
    url: Mapped[str | None]
    page_url: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    published: Mapped[datetime | None]
    number: Mapped[int]
    current: Mapped[bool]
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"))
    rows: Mapped[int]
    adds_up: Mapped[bool]
    account: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any] | None]


class StoredRow(Table):
    """One row of an edition (`extractors.registers.rows.RegisterRow`).

    `vanished`: the list no longer prints it; it is kept, and asked about, as nobody cancelled it.
    """

    __tablename__ = "register_rows"
    __table_args__ = (UniqueConstraint("edition_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    ordinal: Mapped[int]
    vanished: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(32))
    month: Mapped[str]
    date: Mapped[str | None] = mapped_column(String(10))
    province: Mapped[str]
    company: Mapped[str]
    product: Mapped[str]
    filing_no: Mapped[str]
    scope: Mapped[str | None]
    serial: Mapped[int | None]
    role: Mapped[str | None]
    app: Mapped[str | None]
    purpose: Mapped[str | None]
    remark: Mapped[str | None]
    late: Mapped[bool]
    cancelled: Mapped[bool]
    oddities: Mapped[list[Any]]
    place: Mapped[str]

"""The tables of watching: sources and their rounds, what is to be fetched, what came, what went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class SourceState(Table):
    """What is remembered of a source between two checks; validators commit with what they stand for.

    `reason` names why the last round failed; `fresh_for` is the pause in seconds that the listing itself asks for;
    `links_sha256` changes when the listing names other links, and not with the rest of its page.
    """

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(primary_key=True)
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    listing_sha256: Mapped[str | None]
    next_check_at: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    last_ok_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]
    shadow: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None] = mapped_column(String(16))
    fresh_for: Mapped[int | None]
    links_sha256: Mapped[str | None]
    links_changed_at: Mapped[datetime | None]


class Host(Table):
    """A host that asked to be left alone until then (Retry-After outlives a restart)."""

    __tablename__ = "hosts"

    host: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[datetime]


class Run(Table):
    """One round over one source; its status is derived from these counts (DESIGN section 3).

    `reasons` counts the rejected pages by `storage.runs.Reason`; `reason` names why the round failed.
    """

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_source_id", "source", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    listed: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    fetched: Mapped[int] = mapped_column(default=0)
    not_modified: Mapped[int] = mapped_column(default=0)
    read: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    relevant: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None]


class Link(Table):
    """An article that a listing named: pending until its page is stored or given up.

    `page_url` is set for a file that hangs on a page: an official list.
    """

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    source: Mapped[str] = mapped_column(index=True)
    origin: Mapped[str]
    title: Mapped[str | None]
    published: Mapped[datetime | None]
    html: Mapped[str | None]
    page_url: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(16), default="pending", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    first_seen_at: Mapped[datetime]
    error: Mapped[str | None]


class StoredPage(Table):
    """A page as fetched: as a WARC record (`storage.warc`) while it serves as proof, else only headers and hash."""

    __tablename__ = "pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(index=True)
    final_url: Mapped[str]
    status: Mapped[int]
    headers: Mapped[list[Any]]
    sha256: Mapped[str]
    fetched_at: Mapped[datetime]
    record: Mapped[bytes | None] = mapped_column(LargeBinary)


class Quarantine(Table):
    """A page that broke a stage, with the stage's version: each new version tries it once."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str | None]
    stage: Mapped[str]
    version: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class Alarm(Table):
    """Something that the operator must know of a source; open until `cleared_at`, mailed once (`told_at`)."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "ix_alarms_open",
            "source",
            "name",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Lease(Table):
    """Who may run the service: a second instance waits for `expires_at`."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime]

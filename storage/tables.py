"""The tables. Times are aware in Python and UTC in the database; see `migrations/` for how they came about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, kept as naive UTC: the same on SQLite and PostgreSQL."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """Base of all tables; constraints are named, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime(), str: Text(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012


class SourceState(Table):
    """What is remembered of a source between two checks; validators commit with what they stand for."""

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


class Host(Table):
    """A host that asked to be left alone until then (Retry-After outlives a restart)."""

    __tablename__ = "hosts"

    host: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[datetime]


class Run(Table):
    """One round over one source; its status is derived from these counts (DESIGN section 3)."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
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
    status: Mapped[str | None]
    error: Mapped[str | None]


class Link(Table):
    """An article that a listing named: pending until its page is stored or given up."""

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    source: Mapped[str] = mapped_column(index=True)
    origin: Mapped[str]
    title: Mapped[str | None]
    published: Mapped[datetime | None]
    html: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(16), default="pending", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    first_seen_at: Mapped[datetime]
    error: Mapped[str | None]


class StoredPage(Table):
    """A page as fetched: its body (zlib) while it serves as proof, else only headers and hash."""

    __tablename__ = "pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(index=True)
    final_url: Mapped[str]
    status: Mapped[int]
    headers: Mapped[list[Any]]
    sha256: Mapped[str]
    fetched_at: Mapped[datetime]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


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


class Story(Table):
    """Articles that are copies of one text."""

    __tablename__ = "stories"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)


class StoredArticle(Table):
    """One article: by its canonical URL, else by the importer's id. The text stays while it has facts."""

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None] = mapped_column(index=True)
    url: Mapped[str | None]
    source: Mapped[str | None]
    origin: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    text_sha256: Mapped[str]
    published: Mapped[datetime | None]
    language: Mapped[str | None]
    relevant: Mapped[bool]
    edition: Mapped[int] = mapped_column(default=1)
    first_seen_at: Mapped[datetime]
    extractor: Mapped[str]
    lexicon: Mapped[str]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"))


class Company(Table):
    """A canonical organisation: `seeded` from the lexicon, `discovered` in texts, or `curated`."""

    __tablename__ = "companies"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str | None]
    origin: Mapped[str] = mapped_column(String(16))


class CompanyAlias(Table):
    """A name of a company; `key` is the name normalised, and leads to one company only."""

    __tablename__ = "company_names"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)


class StoredApproval(Table):
    """One approval, recomputed from its mentions; `merged_into` leads on from an id that was merged away.

    An id is given once and never reused: hence the autoincrement.
    """

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("kind", "number_key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    company_id: Mapped[str | None] = mapped_column(ForeignKey("companies.id"), index=True)
    product: Mapped[str | None]
    product_names: Mapped[list[Any]]
    filing_no: Mapped[str | None]
    number_key: Mapped[str | None]
    province: Mapped[str | None]
    authority: Mapped[str | None]
    approved_on: Mapped[str | None] = mapped_column(String(10), index=True)
    batch: Mapped[int | None]
    scope: Mapped[str | None]
    confidence: Mapped[float] = mapped_column(Float)
    first_seen_at: Mapped[datetime] = mapped_column(index=True)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("approvals.id"))


class StoredMention(Table):
    """What one article says of one approval (`role` approval) or of its cancellation (`role` revocation)."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("article_id", "ordinal"),
        Index("ix_mentions_product_key", "product_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    ordinal: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approvals.id"), index=True)
    company_id: Mapped[str | None] = mapped_column(ForeignKey("companies.id"), index=True)
    company_name: Mapped[str | None]
    company_names: Mapped[list[Any]]
    product: Mapped[str | None]
    product_key: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(32))
    filing_no: Mapped[str | None]
    number_key: Mapped[str | None] = mapped_column(index=True)
    date: Mapped[str | None] = mapped_column(String(10))
    batch: Mapped[int | None]
    province: Mapped[str | None]
    authority: Mapped[str | None]
    scope: Mapped[str | None]
    background: Mapped[bool]
    register: Mapped[bool]
    confidence: Mapped[float] = mapped_column(Float)
    quote: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    article: Mapped[StoredArticle] = relationship(lazy="joined", innerjoin=True)


class StoredClaim(Table):
    """A stated total, kept with its article."""

    __tablename__ = "claims"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    batch: Mapped[int | None]
    count: Mapped[int | None]
    cumulative: Mapped[int | None]
    date: Mapped[str | None] = mapped_column(String(10))


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


class Lease(Table):
    """Who may run the service: a second instance waits for `expires_at`."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime]


class Backfill(Table):
    """How far a walk back through one source's pages has come."""

    __tablename__ = "backfills"
    __table_args__ = (UniqueConstraint("source", "since", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    since: Mapped[str] = mapped_column(String(10))
    until: Mapped[str] = mapped_column(String(10))
    next_page: Mapped[int]
    listed: Mapped[int] = mapped_column(default=0)
    done: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]

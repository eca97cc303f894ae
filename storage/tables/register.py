"""The tables of the register: articles, what they say, the approvals, and what people decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.tables.base import Table


class StoredArticle(Table):
    """One article: by its canonical URL, else by the importer's id. The text stays while it has facts.

    It is loaded when asked for: mentions come with their article, and a list of 800 rows is one text.
    """

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None] = mapped_column(index=True)
    url: Mapped[str | None]
    source: Mapped[str | None]
    origin: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(deferred=True)
    text_sha256: Mapped[str]
    published: Mapped[datetime | None]
    language: Mapped[str | None]
    relevant: Mapped[bool]
    edition: Mapped[int] = mapped_column(default=1)
    first_seen_at: Mapped[datetime]
    extractor: Mapped[str]
    lexicon: Mapped[str]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"), index=True)
    sketch_id: Mapped[int | None] = mapped_column(index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"))


class Company(Table):
    """A canonical organisation: `seeded` from the lexicon, `discovered` in texts, or `curated`.

    `merged_into` leads on from one that a reviewer found to be another.
    """

    __tablename__ = "companies"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str | None]
    origin: Mapped[str] = mapped_column(String(16))
    merged_into: Mapped[str | None] = mapped_column(index=True)


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
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("approvals.id"), index=True)


class StoredMention(Table):
    """What one article says of one approval (`role` approval) or of its cancellation (`role` revocation).

    `seen_at` and `origin`: when, and how, the article first said so (null: as long as the article is known).
    """

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
    seen_at: Mapped[datetime | None]
    origin: Mapped[str | None]
    article: Mapped[StoredArticle] = relationship(lazy="joined", innerjoin=True)

    @property
    def first_seen_at(self) -> datetime:
        """When its article first said so: a later edition may say more than the first."""
        return self.seen_at or self.article.first_seen_at

    @property
    def came_by(self) -> str:
        """How it came in (`storage.records.Origin`)."""
        return self.origin or self.article.origin


class StoredClaim(Table):
    """A stated total, kept with its article.

    `place` is a province, or 全国; null where the article does not say. `at_least`: it said "more than".
    """

    __tablename__ = "claims"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    batch: Mapped[int | None]
    count: Mapped[int | None]
    cumulative: Mapped[int | None]
    date: Mapped[str | None] = mapped_column(String(10))
    place: Mapped[str | None]
    at_least: Mapped[bool] = mapped_column(default=False)


class Decision(Table):
    """What a person decided, with author, time and reason: replayed for ever, unless it is undone."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_action_subject", "action", "subject"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    author: Mapped[str]
    reason: Mapped[str]
    action: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str]
    value: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class DecidedMention(Table):
    """A mention that a decision is about (`storage.identity.decided.Anchor`), known again when its text is read anew.

    `approval_id` is the approval that it supported then; `side` tells the sides of a split apart.
    """

    __tablename__ = "decided_mentions"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    side: Mapped[int]
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    approval_id: Mapped[int | None]
    role: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    company_id: Mapped[str | None]
    product_key: Mapped[str | None]
    number_key: Mapped[str | None]
    start: Mapped[int]
    end: Mapped[int]


class Change(Table):
    """What became of an approval after it was first seen: `fields` gives each that changed as [old, new]."""

    __tablename__ = "changes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    fields: Mapped[dict[str, Any]]

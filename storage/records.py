"""The values that storage takes and gives: an article with its facts in, approvals out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from extractors.records import Article, Facts, Kind, Page


class Origin(StrEnum):
    """How an article came in. Only what a live source brings can be news; one in shadow mode tells nobody anything."""

    LIVE = "live"
    SHADOW = "shadow"
    FIRST_RUN = "first_run"
    BACKFILL = "backfill"
    IMPORT = "import"
    SEED = "seed"
    REEXTRACT = "reextract"  # a mention that a text was found to hold when it was read anew


class Action(StrEnum):
    """What a person can decide."""

    PROMOTE = "promote"
    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    REJECT = "reject"
    CONFIRM = "confirm"
    ALIAS = "alias"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as understood, ready to be stored; `extractor` names the version that read it.

    `register` marks rows read from an official list's own page, which outrank news. Without `keep` the source
    forbids archiving: facts, quote and hash are stored, text and page are not. `proof`: text and page are kept even
    without facts, as an official list hangs on them.
    """

    article: Article
    facts: Facts
    origin: Origin
    extractor: str
    seen_at: datetime.datetime
    page: Page | None = None
    register: bool = False
    keep: bool = True
    proof: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides whether an approval is told: least confidence (0..1) and greatest age in days.

    `source_kinds` maps a source's id to official, media or aggregator, for subscribers who ask for some of them.
    """

    min_confidence: float = 0.9
    news_days: int = 60
    source_kinds: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing an article came to; `news` are ids of approvals that became worth telling."""

    article_id: int
    outcome: str  # "new", "known" (nothing changed) or "edition" (same article, other text)
    approvals: tuple[int, ...] = ()
    news: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One article that supports an approval: `id` is the importer's id, else our own; `register`: an official list.

    `mention` is the id by which reviewers name it. `story` is one for copies of one text; `page_sha256` the hash of
    the page as fetched (None: no page came with it), `seen_at` when the article was first seen to say so, `confidence`
    (0..1) how sure the reading is. `revocation`: it says that the approval was cancelled. `company` is the canonical
    id of the company that it names.
    """

    id: str
    url: str | None
    title: str
    source: str | None
    published: datetime.datetime | None
    quote: str
    start: int
    end: int
    origin: Origin
    background: bool
    fields: tuple[tuple[str, Any], ...] = ()
    register: bool = False
    mention: int = 0
    story: str | None = None
    page_sha256: str | None = None
    seen_at: datetime.datetime | None = None
    confidence: float = 1.0
    revocation: bool = False
    company: str | None = None

    @property
    def shadow(self) -> bool:
        """Whether it came from a source in shadow mode, which tells nobody anything."""
        return self.origin is Origin.SHADOW


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """A canonical company with every name it is known by."""

    id: str | None
    name: str | None
    name_en: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """One AI service of one company that was filed or registered: the unit that users count."""

    id: int
    kind: Kind
    status: str
    company: CompanyRecord
    product: str | None
    product_names: tuple[str, ...]
    filing_no: str | None
    province: str | None
    authority: str | None
    approved_on: str | None
    batch: int | None
    scope: str | None
    confidence: float
    first_seen_at: datetime.datetime
    articles: tuple[Evidence, ...]

    @property
    def precision(self) -> str | None:
        """How fine `approved_on` is: year, month or day."""
        return {4: "year", 7: "month", 10: "day"}.get(len(self.approved_on or ""))

    @property
    def retyped(self) -> bool:
        """Whether all that is known of it was retyped from an official list and not yet seen on the page."""
        return bool(self.articles) and all(a.origin is Origin.SEED for a in self.articles)

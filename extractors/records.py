"""The values that stages exchange: a page, what it says, and the facts in it.

Page -> Article -> Facts. All are frozen; none knows the network, the clock or the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""The zone of every regulator, list and outlet that is read here; naive times are taken as this."""

Raw = bytes | bytearray
"""Bytes as they came, that nobody changes."""


class Kind(StrEnum):
    """The procedure under which a service was listed (DESIGN, words)."""

    GENAI_FILING = "genai_filing"
    GENAI_REGISTRATION = "genai_registration"
    DEEP_SYNTHESIS_FILING = "deep_synthesis_filing"
    ALGORITHM_FILING = "algorithm_filing"
    UNSPECIFIED = "unspecified"


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched response, as it came.

    `headers` are (lower-case name, value) pairs in the order of the reply; `body` is decoded of its
    content coding but not of its charset; `fetched_at` is aware; `sha256` is the hex digest of `body`.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    sha256: str

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name, or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says. `published` is aware or None; `id` is the importer's own, if it gave one."""

    title: str
    text: str
    id: str | None = None
    url: str | None = None
    published: datetime | None = None
    language: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company as a text names it.

    `id` is the lexicon's, None for a company not known before; `name` is the surface form in the text,
    None where only a product is named; `names` are forms in the text or aliases of that one company.
    """

    id: str | None
    name: str | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    """One statement that one service of one company was approved.

    `date` is YYYY, YYYY-MM or YYYY-MM-DD, as precise as the text; `filing_no` is as printed; `batch` an
    ordinal; `confidence` 0..1; `scope` is `on_device` for services inside a
    device; `quote` equals `text[start:end]` (Python string offsets).
    """

    company: CompanyName
    product: str | None
    kind: Kind
    quote: str
    start: int
    end: int
    filing_no: str | None = None
    date: str | None = None
    batch: int | None = None
    province: str | None = None
    authority: str | None = None
    background: bool = False
    confidence: float = 1.0
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A stated total: `count` newly approved in this round, `cumulative` so far; hedges are dropped.

    `place` is a province, 全国, or None where none is said; `at_least`: the text says "more than".
    """

    kind: Kind
    batch: int | None = None
    count: int | None = None
    cumulative: int | None = None
    date: str | None = None
    place: str | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class RevocationFact:
    """One explicit statement that a filing was cancelled."""

    company: CompanyName
    product: str | None
    kind: Kind
    quote: str
    start: int
    end: int
    filing_no: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one article says of approvals. `relevant` is a judgement for readers, never a gate."""

    relevant: bool = False
    approvals: tuple[ApprovalFact, ...] = ()
    batches: tuple[Claim, ...] = ()
    revocations: tuple[RevocationFact, ...] = ()

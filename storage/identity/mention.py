"""What identity needs to know of a mention, and what it answers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from extractors.records import Kind

Stable = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """One article's word on one approval, or on its cancellation where `revocation` is set.

    `company` is the canonical id, None where only a product is named; `product_key` and `number_key` are the
    normalised forms, `holders` those of the company's names; `told_on` is the day the article was published, `story`
    the copies it belongs to; `order` is a content-derived sort key, so that no answer depends on when a mention
    arrived. `shadow`: only a source in shadow mode says so, which nobody is told.
    """

    id: int
    company: str | None
    kind: Kind
    order: Stable
    story: str
    product: str | None = None
    product_key: str | None = None
    holders: tuple[str, ...] = ()
    filing_no: str | None = None
    number_key: str | None = None
    date: str | None = None
    batch: int | None = None
    province: str | None = None
    authority: str | None = None
    scope: str | None = None
    told_on: datetime.date | None = None
    background: bool = False
    register: bool = False
    revocation: bool = False
    shadow: bool = False
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Resolved:
    """One approval as its mentions make it; `mentions` are the ids that support it, revocations included."""

    mentions: tuple[int, ...]
    kind: Kind
    status: str
    company: str | None
    product: str | None
    product_names: tuple[str, ...]
    filing_no: str | None
    number_key: str | None
    province: str | None
    authority: str | None
    approved_on: str | None
    batch: int | None
    scope: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """Every approval of the mentions given, and the ids of mentions that wait for review."""

    approvals: tuple[Resolved, ...]
    unresolved: tuple[int, ...]

"""What the desk shows: a page of approvals, and how many are held of the totals that were stated."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from extractors.understand.names import number_key
from storage.queries import approvals_by_id, in_register
from storage.records import Approval
from storage.tables import CompanyAlias, Quarantine, StoredApproval, StoredArticle, StoredClaim, StoredMention

SHOWN = ("confirmed", "reported", "revoked")
"""The statuses that are shown unasked; `held` ones are doubtful and `rejected` ones wrong."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that an article states: `total` approvals by `date` (as precise as stated, else the article's day)."""

    total: int
    date: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many approvals of one kind are known, by status, and the newest stated total (None: none is known)."""

    kind: Kind
    counts: dict[str, int] = field(hash=False)
    stated: Stated | None

    @property
    def told(self) -> int:
        """Reported and confirmed ones: those that a stated total counts."""
        return self.counts.get("confirmed", 0) + self.counts.get("reported", 0)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, and how many approvals it found in all."""

    approvals: tuple[Approval, ...]
    total: int


def standings(session: Session) -> tuple[Standing, ...]:
    """Every kind of which approvals or stated totals are known, in the order of `Kind`."""
    counts: dict[str, dict[str, int]] = {}
    grouped = select(StoredApproval.kind, StoredApproval.status, func.count())
    grouped = grouped.where(in_register()).group_by(StoredApproval.kind, StoredApproval.status)
    for kind, status, count in session.execute(grouped):
        counts.setdefault(kind, {})[status] = count
    stated = _stated(session)
    return tuple(
        Standing(kind, counts.get(kind, {}), stated.get(kind)) for kind in Kind if kind in counts or kind in stated
    )


@dataclass(frozen=True, slots=True)
class Doubts:
    """What readers are not told, in numbers; false where there is nothing: pages put aside, mentions that wait for
    review, approvals held back."""

    quarantined: int = 0
    unresolved: int = 0
    held: int = 0

    def __bool__(self) -> bool:
        return bool(self.quarantined or self.unresolved or self.held)


def doubts(session: Session) -> Doubts:
    """What is known and not told."""
    return Doubts(
        session.scalars(select(func.count(Quarantine.id))).one(),
        session.scalars(select(func.count(StoredMention.id)).where(StoredMention.approval_id.is_(None))).one(),
        session.scalars(
            select(func.count(StoredApproval.id)).where(in_register(), StoredApproval.status == "held")
        ).one(),
    )


def per_month(session: Session) -> dict[str, int]:
    """How many told approvals each month (YYYY-MM) holds; those dated less finely, or not at all, under ""."""
    grouped = select(StoredApproval.approved_on, func.count()).where(in_register(), StoredApproval.status.in_(SHOWN))
    found: dict[str, int] = {}
    for day, count in session.execute(grouped.group_by(StoredApproval.approved_on)):
        month = day[:7] if day and len(day) >= 7 else ""
        found[month] = found.get(month, 0) + count
    return found


def _stated(session: Session) -> dict[str, Stated]:
    """The newest cumulative claim of each kind; of several for one day, the largest."""
    said = (
        select(
            StoredClaim.kind,
            StoredClaim.cumulative,
            StoredClaim.date,
            StoredArticle.published,
            StoredArticle.first_seen_at,
            StoredArticle.url,
        )
        .join(StoredArticle, StoredArticle.id == StoredClaim.article_id)
        .where(StoredClaim.cumulative.is_not(None))
    )
    newest: dict[str, Stated] = {}
    for kind, total, date, published, seen, url in session.execute(said):
        claim = Stated(total or 0, date or _day(published or seen), url)
        best = newest.get(kind)
        if best is None or (claim.date, claim.total) > (best.date, best.total):
            newest[kind] = claim
    return newest


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).date().isoformat()


def find(
    session: Session,
    *,
    text: str = "",
    kind: Kind | None = None,
    statuses: Iterable[str] = SHOWN,
    offset: int = 0,
    limit: int = 50,
) -> Found:
    """Approvals whose company, product or number contains `text`, the newest first."""
    conditions: list[ColumnElement[bool]] = [
        in_register(),
        StoredApproval.status.in_(list(statuses)),
    ]
    if kind is not None:
        conditions.append(StoredApproval.kind == kind.value)
    wanted = unicodedata.normalize("NFKC", text).strip()
    if wanted:
        conditions.append(_contains(wanted))
    total = session.scalars(select(func.count(StoredApproval.id)).where(*conditions)).one()
    ids = select(StoredApproval.id).where(*conditions).order_by(_day_of().desc(), StoredApproval.id.desc())
    return Found(tuple(approvals_by_id(session, session.scalars(ids.offset(offset).limit(limit)))), total)


def _contains(text: str) -> ColumnElement[bool]:
    named = select(CompanyAlias.company_id).where(CompanyAlias.name.icontains(text, autoescape=True))
    said = select(StoredMention.approval_id).where(
        StoredMention.approval_id.is_not(None),
        StoredMention.product.icontains(text, autoescape=True)
        | StoredMention.company_name.icontains(text, autoescape=True),
    )
    number = number_key(text) or "".join(text.lower().split())
    return or_(
        StoredApproval.company_id.in_(named),
        StoredApproval.id.in_(said),
        StoredApproval.filing_no.icontains(text, autoescape=True),
        StoredApproval.number_key.contains(number, autoescape=True),
    )


def _day_of() -> ColumnElement[str]:
    """The day of an approval; without one, the day of the earliest article that tells of it."""
    told = (
        select(func.min(func.coalesce(StoredArticle.published, StoredArticle.first_seen_at)))
        .join(StoredMention, StoredMention.article_id == StoredArticle.id)
        .where(StoredMention.approval_id == StoredApproval.id)
        .scalar_subquery()
    )
    return func.coalesce(StoredApproval.approved_on, func.substr(cast(told, String), 1, 10))


def probe(session: Session) -> None:
    """Read a little; raises SQLAlchemyError where the tables can't be read."""
    session.scalars(select(StoredApproval.id).limit(1)).first()

"""What the desk shows: a page of approvals, and how many are held of the totals that were stated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from storage.queries import STORY, approvals_by_id, companies_by_id, in_register
from storage.records import Approval, CompanyRecord
from storage.search import What, approvals_holding, companies_holding, refs, words
from storage.tables import Quarantine, StoredApproval, StoredArticle, StoredClaim, StoredMention, Story

SHOWN = ("confirmed", "reported", "revoked")
"""The statuses that are shown unasked; `held` ones are doubtful and `rejected` ones wrong."""

COUNTRY = "全国"
"""The place of a claim that says that it counts the whole country."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that an article states: `total` approvals by `date` (as precise as stated, else the article's day).

    `at_least`: it says "more than".
    """

    total: int
    date: str
    url: str | None
    at_least: bool = False


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
    """The newest cumulative claim of each kind for the whole country; of several for one day, the largest."""
    said = (
        select(
            StoredClaim.kind,
            StoredClaim.cumulative,
            StoredClaim.date,
            StoredArticle.published,
            StoredArticle.first_seen_at,
            StoredArticle.url,
            StoredClaim.at_least,
        )
        .join(StoredArticle, StoredArticle.id == StoredClaim.article_id)
        .where(StoredClaim.cumulative.is_not(None), func.coalesce(StoredClaim.place, COUNTRY) == COUNTRY)
    )
    newest: dict[str, Stated] = {}
    for kind, total, date, published, seen, url, at_least in session.execute(said):
        claim = Stated(total or 0, date or _day(published or seen), url, at_least)
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
    """Approvals that hold every word of `text` in a company, product or number, the newest first."""
    conditions: list[ColumnElement[bool]] = [
        in_register(),
        StoredApproval.status.in_(list(statuses)),
    ]
    if kind is not None:
        conditions.append(StoredApproval.kind == kind.value)
    asked = words(text)
    if text.strip() and not asked:
        return Found((), 0)
    conditions += [_holds(session, word) for word in asked]
    total = session.scalars(select(func.count(StoredApproval.id)).where(*conditions)).one()
    ids = select(StoredApproval.id).where(*conditions).order_by(_day_of().desc(), StoredApproval.id.desc())
    return Found(tuple(approvals_by_id(session, session.scalars(ids.offset(offset).limit(limit)))), total)


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that was found; `story` is the same for copies of one text."""

    id: str
    url: str | None
    title: str
    source: str | None
    published: datetime | None
    story: str | None


def find_companies(session: Session, text: str, limit: int = 10) -> tuple[CompanyRecord, ...]:
    """Companies whose names hold every word of `text`, in a fixed order."""
    return tuple(companies_by_id(session, refs(session, What.COMPANY, text, limit)))


def find_articles(session: Session, text: str, limit: int = 10) -> tuple[FoundArticle, ...]:
    """Articles that hold every word of `text` in title or text, the newest first."""
    ids = [int(ref) for ref in refs(session, What.ARTICLE, text, limit)]
    wanted = select(StoredArticle, Story.key).outerjoin(Story, Story.id == StoredArticle.story_id)
    rows = {row.id: (row, key) for row, key in session.execute(wanted.where(StoredArticle.id.in_(ids)))}
    return tuple(_found_article(*rows[id]) for id in ids if id in rows)


def _found_article(row: StoredArticle, story: str | None) -> FoundArticle:
    id = row.external_id or row.key
    return FoundArticle(id, row.url, row.title, row.source, row.published, story[:STORY] if story else None)


def _holds(session: Session, word: str) -> ColumnElement[bool]:
    """Whether the approval, or its company, is found by a folded word."""
    return or_(
        StoredApproval.id.in_(approvals_holding(session, word)),
        StoredApproval.company_id.in_(companies_holding(session, word)),
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

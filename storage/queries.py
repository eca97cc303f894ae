"""What readers ask of the register: approvals with their evidence, and the state of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from extractors.records import Kind
from storage.alarms import AlarmRecord, open_alarms
from storage.companies import shown_names
from storage.records import Approval, CompanyRecord, Evidence, Origin
from storage.runs import RunRecord, last_run
from storage.tables import (
    Company,
    CompanyAlias,
    Delivery,
    Link,
    Quarantine,
    SourceState,
    StoredApproval,
    StoredArticle,
    StoredEdition,
    StoredMention,
    StoredPage,
    StoredRow,
    Story,
    Subscriber,
)

BATCH = 500
"""Approvals loaded at a time, so that an export's memory does not grow with the register."""
QUOTE = 200
"""A quote outside the store is at most so many characters (DESIGN section 8)."""
FIELDS = ("product", "kind", "filing_no", "date", "batch", "province", "authority", "scope")
"""What a mention can say of an approval, besides its company."""
STORY = 12
"""Digits by which a story goes outside the store."""


def approvals(
    session: Session, *, kind: Kind | None = None, status: str | None = None, company: str | None = None
) -> Iterator[Approval]:
    """Every approval that fits, oldest first seen first; ones merged away are left out.

    `company` is a canonical id, or part of a name (any case).
    """
    wanted = select(StoredApproval.id).where(in_register())
    if kind is not None:
        wanted = wanted.where(StoredApproval.kind == kind.value)
    if status is not None:
        wanted = wanted.where(StoredApproval.status == status)
    if company is not None:
        named = select(CompanyAlias.company_id).where(CompanyAlias.name.icontains(company, autoescape=True))
        wanted = wanted.where((StoredApproval.company_id == company) | StoredApproval.company_id.in_(named))
    ids = list(session.scalars(wanted.order_by(StoredApproval.first_seen_at, StoredApproval.id)))
    for start in range(0, len(ids), BATCH):
        yield from _load(session, ids[start : start + BATCH])


def approvals_of(session: Session, company_id: str) -> Iterator[Approval]:
    """Every approval of exactly this company, oldest first seen first."""
    wanted = select(StoredApproval.id).where(in_register(), StoredApproval.company_id == company_id)
    return _load(session, list(session.scalars(wanted.order_by(StoredApproval.first_seen_at, StoredApproval.id))))


def approvals_by_id(session: Session, ids: Iterable[int]) -> list[Approval]:
    """These approvals in this order; unknown ids are left out."""
    return list(_load(session, list(ids)))


def approval(session: Session, approval_id: int) -> Approval | None:
    """One approval; an id that was merged away leads to its heir."""
    row = heir_of(session, approval_id)
    return None if row is None else next(_load(session, [row.id]), None)


def heir_of(session: Session, approval_id: int) -> StoredApproval | None:
    """The row of an approval, or of the one that it was merged into."""
    row = session.get(StoredApproval, approval_id)
    while row is not None and row.merged_into is not None:
        row = session.get(StoredApproval, row.merged_into)
    return row


def in_register() -> ColumnElement[bool]:
    """Not merged away, and still supported: one that was told and then lost its mentions stays as a row only."""
    supported = select(StoredMention.id).where(StoredMention.approval_id == StoredApproval.id).exists()
    return StoredApproval.merged_into.is_(None) & supported


def _load(session: Session, ids: list[int]) -> Iterator[Approval]:
    rows = {row.id: row for row in session.scalars(select(StoredApproval).where(StoredApproval.id.in_(ids)))}
    mentions: dict[int, list[StoredMention]] = {}
    found = session.scalars(select(StoredMention).where(StoredMention.approval_id.in_(ids)))
    for mention in sorted(found, key=_told):
        mentions.setdefault(mention.approval_id or 0, []).append(mention)
    companies = _companies(session, {row.company_id for row in rows.values() if row.company_id})
    proofs = _proofs(session, [mention.article for told in mentions.values() for mention in told])
    for key in ids:
        if key in rows:
            yield _approval(rows[key], companies, mentions.get(key, []), proofs)


@dataclass(frozen=True, slots=True)
class _Proofs:
    """What is known of articles beside their rows: the keys of their stories, the hashes of their pages."""

    stories: dict[int | None, str]
    pages: dict[int | None, str]


def _proofs(session: Session, articles: list[StoredArticle]) -> _Proofs:
    stories = {article.story_id for article in articles if article.story_id}
    pages = {article.page_id for article in articles if article.page_id}
    keys = session.execute(select(Story.id, Story.key).where(Story.id.in_(stories))).all()
    hashes = session.execute(select(StoredPage.id, StoredPage.sha256).where(StoredPage.id.in_(pages))).all()
    return _Proofs(dict(keys), dict(hashes))


def _told(mention: StoredMention) -> tuple[bool, str, str, int]:
    """Sort key of evidence: by the day it was published, then by what does not depend on who came first."""
    published = mention.article.published
    return published is None, str(published), mention.article.key, mention.ordinal


def companies_by_id(session: Session, ids: Iterable[str]) -> list[CompanyRecord]:
    """These companies in this order; unknown ids are left out."""
    wanted = list(ids)
    found = _companies(session, set(wanted))
    return [found[id] for id in wanted if id in found]


def _companies(session: Session, ids: set[str]) -> dict[str, CompanyRecord]:
    names: dict[str, list[str]] = {}
    aliases = select(CompanyAlias).where(CompanyAlias.company_id.in_(ids)).order_by(CompanyAlias.key)
    for alias in session.scalars(aliases):
        names.setdefault(alias.company_id, []).append(alias.name)
    rows = session.scalars(select(Company).where(Company.id.in_(ids)))
    return {row.id: _company(row, names.get(row.id, [])) for row in rows}


def _company(row: Company, names: list[str]) -> CompanyRecord:
    """A discovered company goes by the shortest of its Chinese names, whichever was seen first."""
    name, name_en = row.name, row.name_en
    if row.origin == "discovered":
        name, name_en = shown_names(names)
    return CompanyRecord(row.id, name, name_en, tuple(dict.fromkeys([name, *([name_en] if name_en else []), *names])))


def _approval(
    row: StoredApproval, companies: dict[str, CompanyRecord], mentions: list[StoredMention], proofs: _Proofs
) -> Approval:
    known = companies.get(row.company_id or "")
    said = tuple(dict.fromkeys(m.company_name for m in mentions if m.company_name))
    company = known or CompanyRecord(None, None)
    return Approval(
        id=row.id,
        kind=Kind(row.kind),
        status=row.status,
        company=CompanyRecord(company.id, company.name, company.name_en, tuple(dict.fromkeys([*company.names, *said]))),
        product=row.product,
        product_names=tuple(row.product_names),
        filing_no=row.filing_no,
        province=row.province,
        authority=row.authority,
        approved_on=row.approved_on,
        batch=row.batch,
        scope=row.scope,
        confidence=row.confidence,
        first_seen_at=row.first_seen_at,
        articles=tuple(_evidence(m, proofs) for m in mentions),
    )


def _evidence(mention: StoredMention, proofs: _Proofs) -> Evidence:
    article = mention.article
    values = [("company", mention.company_name), *((field, getattr(mention, field)) for field in FIELDS)]
    story = proofs.stories.get(article.story_id)
    return Evidence(
        id=article.external_id or article.key,
        url=article.url,
        title=article.title,
        source=article.source,
        published=article.published,
        quote=mention.quote[:QUOTE],
        start=mention.start,
        end=mention.end,
        origin=Origin(article.origin),
        background=mention.background,
        fields=tuple((name, value) for name, value in values if value is not None),
        register=mention.register,
        mention=mention.id,
        story=story[:STORY] if story else None,
        page_sha256=proofs.pages.get(article.page_id),
        seen_at=mention.first_seen_at,
        confidence=mention.confidence,
        revocation=mention.role == "revocation",
        company=mention.company_id,
    )


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What the last rounds over one source came to; in `shadow` it tells nobody anything."""

    id: str
    last_ok_at: datetime | None
    next_check_at: datetime | None
    failures: int
    error: str | None
    last_new_at: datetime | None
    shadow: bool
    last_run: RunRecord | None

    @property
    def last_status(self) -> str | None:
        """What the last round came to: ok, partial or failed."""
        return self.last_run.status if self.last_run else None


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the whole register at one moment."""

    approvals: dict[str, int]
    kinds: dict[str, int]
    articles: int
    unresolved: int
    quarantined: int
    waiting: int
    given_up: int
    subscribers: int
    untold: int
    lists: int
    open_lists: int
    sources: tuple[SourceHealth, ...]
    alarms: tuple[AlarmRecord, ...]


def overview(session: Session) -> Overview:
    """Counts by status and kind, and the health of every source that was ever checked."""
    held = in_register()
    return Overview(
        approvals=_counts(session, select(StoredApproval.status, func.count()).where(held)),
        kinds=_counts(session, select(StoredApproval.kind, func.count()).where(held)),
        articles=_count(session, select(func.count(StoredArticle.id))),
        unresolved=_count(session, select(func.count(StoredMention.id)).where(StoredMention.approval_id.is_(None))),
        quarantined=_count(session, select(func.count(Quarantine.id))),
        waiting=_count(session, select(func.count(Link.id)).where(Link.state == "pending")),
        given_up=_count(session, select(func.count(Link.id)).where(Link.state == "failed")),
        subscribers=_count(session, select(func.count(Subscriber.id))),
        untold=_count(session, select(func.count(Delivery.id)).where(Delivery.mail_id.is_(None))),
        lists=_count(session, select(func.count(StoredEdition.id)).where(StoredEdition.current)),
        open_lists=_count(session, select(func.count(StoredEdition.id)).where(_is_open())),
        sources=tuple(_health(session, row) for row in session.scalars(select(SourceState).order_by(SourceState.id))),
        alarms=tuple(open_alarms(session)),
    )


def _is_open() -> ColumnElement[bool]:
    """A list that does not add up, or has lost rows that nobody cancelled."""
    lost = select(StoredRow.id).where(StoredRow.edition_id == StoredEdition.id, StoredRow.vanished).exists()
    return StoredEdition.current & (StoredEdition.adds_up.is_(False) | lost)


def _counts(session: Session, grouped: Select[str, int]) -> dict[str, int]:
    column = grouped.selected_columns[0]
    return dict(session.execute(grouped.group_by(column).order_by(column)).all())


def _count(session: Session, query: Select[int]) -> int:
    return session.scalars(query).one()


def _health(session: Session, row: SourceState) -> SourceHealth:
    return SourceHealth(
        row.id,
        row.last_ok_at,
        row.next_check_at,
        row.failures,
        row.last_error,
        row.last_new_at,
        row.shadow,
        last_run(session, row.id),
    )

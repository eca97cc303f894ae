"""Recompute the stored approvals that some mentions touch, keeping their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from storage.decisions import promoted
from storage.identity.mention import Mention, Resolved
from storage.identity.resolve import resolve
from storage.records import Origin
from storage.tables import OutboxItem, StoredApproval, StoredMention


def recompute(session: Session, touched: Sequence[StoredMention], min_confidence: float) -> list[int]:
    """Resolve anew every mention that these can be one approval with; returns the ids of the approvals left.

    `touched` may hold mentions already deleted: their approvals are recomputed too.
    """
    if not touched:
        return []
    mentions = _related(session, touched)
    former = {m.id: m.approval_id for m in mentions if m.approval_id is not None}
    affected = {m.approval_id for m in [*touched, *mentions] if m.approval_id is not None}
    unproven = _in_shadow(session, mentions)
    resolution = resolve([_pure(m, shadow=m.article_id in unproven) for m in mentions], min_confidence)
    by_id = {m.id: m for m in mentions}
    ids = _keep_ids(resolution.approvals, by_id, _told(session, affected))
    _release_numbers(session, affected)
    rows = [
        _write(session, found, ids.get(n), [by_id[m] for m in found.mentions])
        for n, found in enumerate(resolution.approvals)
    ]
    for waiting in resolution.unresolved:
        by_id[waiting].approval_id = None
    session.flush()
    for gone in sorted(affected - {row.id for row in rows}):
        heirs = [by_id[m].approval_id for m, approval in former.items() if approval == gone]
        _retire(session, gone, next((heir for heir in heirs if heir is not None), None))
    return sorted(row.id for row in rows)


def _related(session: Session, touched: Sequence[StoredMention]) -> list[StoredMention]:
    """All mentions linked to these by company, by number, or by the product of one that names no company."""
    found: dict[int, StoredMention] = {}
    frontier = list(touched)
    companies: set[str] = set()
    numbers: set[str] = set()
    products: set[str] = set()
    orphans: set[str] = set()
    while frontier:
        companies |= {m.company_id for m in frontier if m.company_id}
        numbers |= {m.number_key for m in frontier if m.number_key}
        products |= {m.product_key for m in frontier if m.product_key}
        orphans |= {m.product_key for m in frontier if m.product_key and not m.company_id}
        near = or_(
            StoredMention.company_id.in_(companies),
            StoredMention.number_key.in_(numbers),
            StoredMention.product_key.in_(orphans),
            and_(StoredMention.company_id.is_(None), StoredMention.product_key.in_(products)),
        )
        frontier = [m for m in session.scalars(select(StoredMention).where(near)) if m.id not in found]
        found |= {m.id: m for m in frontier}
    return [found[key] for key in sorted(found)]


def _in_shadow(session: Session, mentions: Iterable[StoredMention]) -> set[int]:
    """The articles of these mentions that came from a source in shadow mode which nobody has promoted since."""
    found = {m.article_id: m.article.source for m in mentions if m.article.origin == Origin.SHADOW}
    known = promoted(session) if found else {}
    return {article for article, source in found.items() if source not in known}


def _pure(row: StoredMention, *, shadow: bool) -> Mention:
    article = row.article
    told = article.published.astimezone(CHINA).date() if article.published else None
    return Mention(
        id=row.id,
        company=row.company_id,
        kind=Kind(row.kind),
        order=(row.date or "9", str(told or "9"), article.key, f"{row.ordinal:06}"),
        story=str(article.story_id),
        product=row.product,
        product_key=row.product_key,
        filing_no=row.filing_no,
        number_key=row.number_key,
        date=row.date,
        batch=row.batch,
        province=row.province,
        authority=row.authority,
        scope=row.scope,
        told_on=told,
        background=row.background,
        register=row.register,
        revocation=row.role == "revocation",
        shadow=shadow,
        confidence=row.confidence,
    )


def _told(session: Session, approvals: Iterable[int]) -> set[int]:
    """Those of these approvals that are in the outbox."""
    return set(session.scalars(select(OutboxItem.approval_id).where(OutboxItem.approval_id.in_(list(approvals)))))


def _keep_ids(approvals: Iterable[Resolved], mentions: dict[int, StoredMention], told: set[int]) -> dict[int, int]:
    """Which approval goes on under which id: each id to the one that holds most of its mentions.

    Of several ids, one that readers were told of stays, else the one with most mentions, else the oldest.
    """
    claims: list[tuple[bool, int, int, int]] = []
    for n, found in enumerate(approvals):
        held = Counter(mentions[m].approval_id for m in found.mentions)
        claims += [(a not in told, -count, a, n) for a, count in held.items() if a is not None]
    given: dict[int, int] = {}
    for _, _, approval, n in sorted(claims):
        if n not in given and approval not in given.values():
            given[n] = approval
    return given


def _release_numbers(session: Session, approvals: Iterable[int]) -> None:
    """Numbers may move between approvals; free them first, so that uniqueness holds at every step."""
    for approval in approvals:
        session.get_one(StoredApproval, approval).number_key = None
    session.flush()


def _write(
    session: Session, found: Resolved, approval_id: int | None, mentions: Sequence[StoredMention]
) -> StoredApproval:
    row = session.get_one(StoredApproval, approval_id) if approval_id is not None else StoredApproval()
    row.kind, row.status, row.company_id = found.kind.value, found.status, found.company
    row.product, row.product_names = found.product, list(found.product_names)
    row.filing_no, row.number_key = found.filing_no, found.number_key
    row.province, row.authority, row.scope = found.province, found.authority, found.scope
    row.approved_on, row.batch, row.confidence = found.approved_on, found.batch, found.confidence
    row.first_seen_at = min(m.first_seen_at for m in mentions)
    row.merged_into = None
    session.add(row)
    session.flush()
    for mention in mentions:
        mention.approval_id = row.id
    return row


def _retire(session: Session, approval_id: int, heir: int | None) -> None:
    """Lead an id that was merged away on to its heir; one without heir goes, unless somebody was told of it."""
    led_here = select(StoredApproval).where(StoredApproval.merged_into == approval_id)
    gone = [*session.scalars(led_here), session.get_one(StoredApproval, approval_id)]
    told = _told(session, [row.id for row in gone])
    for row in gone:
        row.merged_into = heir
        if heir is None and row.id in told:
            row.status = "rejected"
    session.flush()
    for row in gone:
        if heir is None and row.id not in told:
            session.delete(row)
    session.flush()

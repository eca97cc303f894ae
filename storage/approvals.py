"""Recompute the stored approvals that some mentions touch, keeping their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from extractors.understand.names import company_key
from storage.changes import shown, write_changes
from storage.decided import Former, Replay, replay
from storage.decisions import promoted
from storage.identity.mention import Mention, Resolved
from storage.identity.resolve import resolve
from storage.records import Origin
from storage.search import Entry, What, drop, put, put_companies
from storage.tables import OutboxItem, StoredApproval, StoredMention

CHUNK = 1_000
"""Keys in one query; databases take some ten thousand."""
_LINKS: Mapping[str, Callable[[list[str]], ColumnElement[bool]]] = MappingProxyType(
    {
        "company": lambda keys: StoredMention.company_id.in_(keys),
        "number": lambda keys: StoredMention.number_key.in_(keys),
        "product": lambda keys: StoredMention.product_key.in_(keys),
        "free product": lambda keys: and_(
            StoredMention.product_key.in_(keys), or_(StoredMention.company_id.is_(None), StoredMention.register)
        ),
    }
)


def recompute(
    session: Session,
    touched: Sequence[StoredMention],
    min_confidence: float,
    at: datetime,
    former: Former = MappingProxyType({}),
) -> list[int]:
    """Resolve anew every mention that these can be one approval with.

    Returns the ids of the approvals left, and of those that went though somebody was told of them. `touched` may hold
    mentions already deleted: their approvals are recomputed too. `former` gives approvals that were merged away, by
    mention: where a mention is apart again, so is its approval. `at` dates what changes.
    """
    if not touched:
        return []
    mentions, decisions = _gather(session, touched)
    held = {m.id: m.approval_id for m in mentions if m.approval_id is not None}
    affected = {m.approval_id for m in [*touched, *mentions] if m.approval_id is not None}
    unproven = _in_shadow(session, mentions)
    pure = [_pure(m, shadow=m.article_id in unproven) for m in mentions]
    resolution = resolve(pure, min_confidence, decisions.decided)
    by_id = {m.id: m for m in mentions}
    ids = _keep_ids(session, resolution.approvals, by_id, affected, {**decisions.former, **former})
    known = {row.id: row for row in _rows(session, affected | set(ids.values()))}
    before = {id: shown(row) for id, row in known.items()}
    _release_numbers(session, known.values(), {ids[n]: one for n, one in enumerate(resolution.approvals) if n in ids})
    rows = [
        _write(session, found, ids.get(n), [by_id[m] for m in found.mentions])
        for n, found in enumerate(resolution.approvals)
    ]
    for waiting in resolution.unresolved:
        by_id[waiting].approval_id = None
    session.flush()
    _let_find(session, rows, [[by_id[m] for m in found.mentions] for found in resolution.approvals])
    drop(session, What.APPROVAL, affected - {row.id for row in rows})
    retired: set[int] = set()
    for gone in sorted(affected - {row.id for row in rows}):
        heirs = [by_id[m].approval_id for m, approval in held.items() if approval == gone]
        retired |= _retire(session, gone, next((heir for heir in heirs if heir is not None), None))
    write_changes(session, before, at)
    return sorted(retired | {row.id for row in rows})


def _gather(session: Session, touched: Sequence[StoredMention]) -> tuple[list[StoredMention], Replay]:
    """All mentions linked to these, by what they name or by what was decided, and the decisions."""
    mentions = _related(session, [*touched, *_companions(session, touched)])
    while True:
        decisions = replay(session, mentions)
        known = {m.id for m in mentions}
        linked = [m for m in decisions.mentions.values() if m.id not in known]
        if not linked:
            return mentions, decisions
        mentions = _related(session, [*mentions, *linked])


def _companions(session: Session, touched: Iterable[StoredMention]) -> Iterator[StoredMention]:
    """What is one approval with these: where a reviewer put them together, no name links them."""
    approvals = sorted({m.approval_id for m in touched if m.approval_id is not None})
    for start in range(0, len(approvals), CHUNK):
        wanted = StoredMention.approval_id.in_(approvals[start : start + CHUNK])
        yield from session.scalars(select(StoredMention).where(wanted))


def _rows(session: Session, ids: Iterable[int]) -> list[StoredApproval]:
    wanted = sorted(ids)
    found: list[StoredApproval] = []
    for start in range(0, len(wanted), CHUNK):
        found += session.scalars(select(StoredApproval).where(StoredApproval.id.in_(wanted[start : start + CHUNK])))
    return found


def _related(session: Session, touched: Sequence[StoredMention]) -> list[StoredMention]:
    """All mentions linked to these by company or number, or by product where one side can do without the company.

    Those are mentions that name none, and rows of a register: these print legal names that the news does not use.
    """
    found: dict[int, StoredMention] = {}
    asked: set[tuple[str, str]] = set()
    frontier: Sequence[StoredMention] = touched
    while frontier:
        wanted = {key for mention in frontier for key in _links(mention)} - asked
        asked |= wanted
        near = {m.id: m for m in _linked(session, wanted) if m.id not in found}
        found |= near
        frontier = list(near.values())
    return [found[key] for key in sorted(found)]


def _links(mention: StoredMention) -> Iterator[tuple[str, str]]:
    """What links a mention to others: the names of `_LINKS`, each with a key."""
    if mention.company_id:
        yield "company", mention.company_id
    if mention.number_key:
        yield "number", mention.number_key
    if mention.product_key:
        free = mention.register or not mention.company_id
        yield ("product" if free else "free product"), mention.product_key


def _linked(session: Session, wanted: set[tuple[str, str]]) -> Iterator[StoredMention]:
    for name, condition in _LINKS.items():
        keys = sorted(key for what, key in wanted if what == name)
        for start in range(0, len(keys), CHUNK):
            yield from session.scalars(select(StoredMention).where(condition(keys[start : start + CHUNK])))


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
        holders=tuple(sorted({company_key(name) for name in (row.company_name, *row.company_names) if name})),
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


def _keep_ids(
    session: Session,
    approvals: Iterable[Resolved],
    mentions: dict[int, StoredMention],
    affected: set[int],
    former: Former,
) -> dict[int, int]:
    """Which approval goes on under which id: each id to the one that holds most of its mentions.

    Of several ids, one that readers were told of stays, else the one with most mentions, else the oldest. An id
    that was merged away comes back where what it held is apart again.
    """
    once = {approval for approvals in former.values() for approval in approvals}
    revived = {row.id for row in _rows(session, once - affected) if row.merged_into in affected}
    told = _told(session, affected | revived)
    claims: list[tuple[bool, bool, int, int, int]] = []
    for n, found in enumerate(approvals):
        held = Counter(
            next((a for a in reversed(former.get(m, ())) if a in revived), mentions[m].approval_id)
            for m in found.mentions
        )
        claims += [(a in revived, a not in told, -count, a, n) for a, count in held.items() if a is not None]
    given: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, _, approval, n in sorted(claims):
        if n not in given and approval not in taken:
            given[n] = approval
            taken.add(approval)
    return given


def _release_numbers(session: Session, rows: Iterable[StoredApproval], found: Mapping[int, Resolved]) -> None:
    """Numbers may move between approvals; free those that do first, so that uniqueness holds at every step."""
    for row in rows:
        stays = found.get(row.id)
        if stays is None or (stays.kind.value, stays.number_key) != (row.kind, row.number_key):
            row.number_key = None
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
    if approval_id is None:
        session.add(row)
        session.flush()
    for mention in mentions:
        mention.approval_id = row.id
    return row


def _let_find(session: Session, rows: Sequence[StoredApproval], mentions: Sequence[Sequence[StoredMention]]) -> None:
    """Let approvals be found by what they are called and what their mentions print, companies by their names."""
    entries = []
    for row, told in zip(rows, mentions, strict=True):
        printed = (value for m in told for value in (m.company_name, m.product, m.filing_no))
        said = sorted({value for value in (*row.product_names, *printed) if value})
        entries.append(Entry(What.APPROVAL, str(row.id), tuple(said)))
    put(session, entries)
    put_companies(session, {m.company_id for told in mentions for m in told if m.company_id})


def _retire(session: Session, approval_id: int, heir: int | None) -> set[int]:
    """Lead an id that was merged away on to its heir; one without heir goes, unless somebody was told of it.

    Returns the ids that somebody was told of.
    """
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
    return told

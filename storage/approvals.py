"""Recompute the stored approvals that some mentions touch, keeping their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from extractors.understand.names import company_key
from storage.changes import shown, write_changes
from storage.decided import Former, Replay, replay
from storage.decisions import promoted
from storage.identity.mention import Mention, Resolved
from storage.identity.resolve import resolve
from storage.records import Action, Origin
from storage.search import Entry, What, drop, put
from storage.tables import Decision, OutboxItem, StoredApproval, StoredMention

Key = TypeVar("Key")

CHUNK = 1_000
"""Keys in one query; databases take some ten thousand."""
_LINKS = ("company", "number", "product", "free_product")
_NOBODY = " "
"""Stands for no key, as keys have no spaces: with an empty list SQLite would look at every row."""
# Statements that every article runs are made once: making one takes longer than it takes the database to answer.
_NAMES = (
    StoredMention.company_id.in_(bindparam("company", expanding=True)),
    StoredMention.number_key.in_(bindparam("number", expanding=True)),
    StoredMention.product_key.in_(bindparam("product", expanding=True)),
    and_(
        StoredMention.product_key.in_(bindparam("free_product", expanding=True)),
        or_(StoredMention.company_id.is_(None), StoredMention.register),
    ),
)
_NAMED = select(
    StoredMention.id,
    StoredMention.company_id,
    StoredMention.number_key,
    StoredMention.product_key,
    StoredMention.register,
)
_LINKED = _NAMED.where(or_(*_NAMES))
_LINKED_BY_REVIEW = _NAMED.where(
    or_(
        *_NAMES,
        StoredMention.approval_id.in_(
            select(StoredApproval.id).where(
                or_(
                    StoredApproval.company_id.in_(bindparam("company", expanding=True)),
                    and_(
                        StoredApproval.kind.in_([kind.value for kind in Kind]),  # the index begins with it
                        StoredApproval.number_key.in_(bindparam("number", expanding=True)),
                    ),
                )
            )
        ),
    )
)
"""The same where reviewers set fields: then an approval may be called what none of its mentions says."""
_RENAMED = select(Decision.id).where(Decision.action == Action.RENAME.value, Decision.undone_at.is_(None)).limit(1)
_MENTIONS = (
    select(StoredMention).where(StoredMention.id.in_(bindparam("ids", expanding=True))).order_by(StoredMention.id)
)
_SUPPORTING = select(StoredMention).where(StoredMention.approval_id.in_(bindparam("ids", expanding=True)))
_APPROVALS = select(StoredApproval).where(StoredApproval.id.in_(bindparam("ids", expanding=True)))
_TOLD = select(OutboxItem.approval_id).where(OutboxItem.approval_id.in_(bindparam("ids", expanding=True)))


class _Named(NamedTuple):
    """What a mention names, as far as it links it to others."""

    id: int
    company_id: str | None
    number_key: str | None
    product_key: str | None
    register: bool


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
    rows = _write_all(session, resolution.approvals, {n: known[id] for n, id in ids.items()}, by_id)
    for waiting in resolution.unresolved:
        by_id[waiting].approval_id = None
    session.flush()
    told = [[by_id[m] for m in found.mentions] for found in resolution.approvals]
    _let_find(session, _told_anew(touched, held, rows, told))
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
    for ids in _chunks(sorted({m.approval_id for m in touched if m.approval_id is not None})):
        yield from session.scalars(_SUPPORTING, {"ids": ids})


def _rows(session: Session, wanted: Iterable[int]) -> list[StoredApproval]:
    return [row for ids in _chunks(sorted(wanted)) for row in session.scalars(_APPROVALS, {"ids": ids})]


def _related(session: Session, touched: Sequence[StoredMention]) -> list[StoredMention]:
    """All mentions linked to these by company or number, or by product where one side can do without the company.

    Those are mentions that name none, and rows of a register: these print legal names that the news does not use.
    """
    linked = _LINKED if session.scalars(_RENAMED).first() is None else _LINKED_BY_REVIEW
    found: set[int] = set()
    asked: set[tuple[str, str]] = set()
    frontier: Iterable[StoredMention | _Named] = touched
    while wanted := {key for mention in frontier for key in _links(mention)} - asked:
        asked |= wanted
        frontier = [near for near in _linked(session, linked, wanted) if near.id not in found]
        found |= {near.id for near in frontier}
    return [m for ids in _chunks(sorted(found)) for m in session.scalars(_MENTIONS, {"ids": ids})]


def _links(mention: StoredMention | _Named) -> Iterator[tuple[str, str]]:
    """What links a mention to others: the names in `_LINKED`, each with a key."""
    if mention.company_id:
        yield "company", mention.company_id
    if mention.number_key:
        yield "number", mention.number_key
    if mention.product_key:
        free = mention.register or not mention.company_id
        yield ("product" if free else "free_product"), mention.product_key


def _linked(
    session: Session, linked: Select[int, str | None, str | None, str | None, bool], wanted: set[tuple[str, str]]
) -> Iterator[_Named]:
    for some in _chunks(sorted(wanted)):
        keys = {name: [key for what, key in some if what == name] or [_NOBODY] for name in _LINKS}
        yield from map(_Named._make, session.execute(linked, keys))


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


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
    return {told for ids in _chunks(sorted(approvals)) for told in session.scalars(_TOLD, {"ids": ids})}


def _keep_ids(
    session: Session,
    approvals: Sequence[Resolved],
    mentions: dict[int, StoredMention],
    affected: set[int],
    former: Former,
) -> dict[int, int]:
    """Which approval goes on under which id: each id to the one that holds most of its mentions.

    Of several ids, one that readers were told of stays, else the one with most mentions, else the oldest. An id
    that was merged away comes back where what it held is apart again; of two that hold as many mentions of one id,
    the one that had it when something was decided goes on under it.
    """
    once = {approval for approvals in former.values() for approval in approvals}
    revived = {row.id for row in _rows(session, once - affected) if row.merged_into in affected}
    shares = [
        Counter(
            next((a for a in reversed(former.get(m, ())) if a in revived), mentions[m].approval_id)
            for m in found.mentions
        )
        for found in approvals
    ]
    contested = any(len(held.keys() - {None}) > 1 for held in shares)
    told = _told(session, affected | revived) if contested else set()
    claims: list[tuple[bool, bool, int, int, bool, int]] = []
    for n, (found, held) in enumerate(zip(approvals, shares, strict=True)):
        had = {approval for m in found.mentions for approval in former.get(m, ())}
        claims += [
            (a in revived, a not in told, -count, a, a not in had, n) for a, count in held.items() if a is not None
        ]
    given: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, _, approval, _, n in sorted(claims):
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


def _write_all(
    session: Session,
    approvals: Sequence[Resolved],
    known: Mapping[int, StoredApproval],
    mentions: Mapping[int, StoredMention],
) -> list[StoredApproval]:
    """Write these approvals, `known` ones into their rows, and let their mentions lead to them."""
    rows = [known.get(n) or StoredApproval() for n in range(len(approvals))]
    for row, found in zip(rows, approvals, strict=True):
        _write(row, found, [mentions[m] for m in found.mentions])
    session.add_all(rows)
    session.flush()
    for row, found in zip(rows, approvals, strict=True):
        for id in found.mentions:
            mentions[id].approval_id = row.id
    return rows


def _write(row: StoredApproval, found: Resolved, mentions: Sequence[StoredMention]) -> None:
    row.kind, row.status, row.company_id = found.kind.value, found.status, found.company
    row.product, row.product_names = found.product, list(found.product_names)
    row.filing_no, row.number_key = found.filing_no, found.number_key
    row.province, row.authority, row.scope = found.province, found.authority, found.scope
    row.approved_on, row.batch, row.confidence = found.approved_on, found.batch, found.confidence
    row.first_seen_at = min(m.first_seen_at for m in mentions)
    row.merged_into = None


def _told_anew(
    touched: Iterable[StoredMention],
    held: Mapping[int, int],
    rows: Sequence[StoredApproval],
    told: Sequence[Sequence[StoredMention]],
) -> list[tuple[StoredApproval, Sequence[StoredMention]]]:
    """The approvals that got or lost a mention, or hold a touched one; `held` is what mentions supported before."""
    moved = {m.id for mentions in told for m in mentions if m.approval_id != held.get(m.id)}
    fresh = moved | {m.id for m in touched}
    lost = {held[id] for id in moved if id in held} | {m.approval_id for m in touched}
    found = zip(rows, told, strict=True)
    return [(row, mentions) for row, mentions in found if row.id in lost or any(m.id in fresh for m in mentions)]


def _let_find(session: Session, approvals: Iterable[tuple[StoredApproval, Sequence[StoredMention]]]) -> None:
    """Let approvals be found by what they are called and what their mentions print."""
    entries = []
    for row, told in approvals:
        printed = (value for m in told for value in (m.company_name, m.product, m.filing_no))
        said = sorted({value for value in (*row.product_names, *printed) if value})
        entries.append(Entry(What.APPROVAL, str(row.id), tuple(said)))
    put(session, entries)


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

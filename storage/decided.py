"""Decisions about mentions: what they are about, written down, and found again among the mentions of today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from extractors.understand.names import company_key
from storage.companies import heir_of
from storage.identity.decided import Anchor, Decided, known_again
from storage.records import Action
from storage.tables import Company, CompanyAlias, DecidedMention, Decision, StoredMention

CHUNK = 1_000
"""Keys in one query; databases take some ten thousand."""


Former = Mapping[int, Sequence[int]]
_STANDING = select(Decision).where(
    Decision.undone_at.is_(None),
    Decision.id.in_(
        select(DecidedMention.decision_id).where(DecidedMention.article_id.in_(bindparam("articles", expanding=True)))
    ),
)


@dataclass(frozen=True)
class Replay:
    """The standing decisions about some mentions, all mentions that they are about, and what these once supported.

    `former` gives for a mention the approvals that it supported when something was decided, the last one last.
    """

    decided: tuple[Decided, ...] = ()
    mentions: dict[int, StoredMention] = field(default_factory=dict)
    former: Former = field(default_factory=dict)


def remember(session: Session, decision_id: int, sides: Iterable[Iterable[StoredMention]]) -> None:
    """Write down which mentions a decision is about."""
    for side, mentions in enumerate(sides):
        for mention in mentions:
            row = DecidedMention(decision_id=decision_id, side=side, article_id=mention.article_id)
            row.approval_id, row.role, row.kind = mention.approval_id, mention.role, mention.kind
            row.company_id, row.product_key, row.number_key = (
                mention.company_id,
                mention.product_key,
                mention.number_key,
            )
            row.start, row.end = mention.start, mention.end
            session.add(row)
    session.flush()


def replay(session: Session, mentions: Iterable[StoredMention]) -> Replay:
    """What stands about these mentions; each decision whole, so with mentions that these share no name with."""
    ours = {m.id: m for m in mentions}
    articles = sorted({m.article_id for m in ours.values()})
    standing = {row.id: row for row in _standing(session, articles)}
    if not standing:
        return Replay()
    found = about(session, standing)
    touching = {id: sides for id, sides in found.items() if any(m.id in ours for m, _ in sides)}
    decided = tuple(_decided(session, standing[id], sides) for id, sides in sorted(touching.items()))
    known = {m.id: m for sides in touching.values() for m, _ in sides}
    return Replay(decided, known, former_of(sides for _, sides in sorted(touching.items())))


def former_of(found: Iterable[Iterable[tuple[StoredMention, DecidedMention]]]) -> dict[int, list[int]]:
    """The approvals that mentions supported when something was decided about them, in the order of the decisions."""
    former: dict[int, list[int]] = defaultdict(list)
    for sides in found:
        for mention, row in sides:
            if row.approval_id is not None:
                former[mention.id].append(row.approval_id)
    return former


def about(session: Session, decisions: Iterable[int]) -> dict[int, list[tuple[StoredMention, DecidedMention]]]:
    """The mentions of today that each of these decisions is about, with what it remembers of each."""
    rows = [row for ids in _chunks(sorted(decisions)) for row in session.scalars(_remembered(ids))]
    held: dict[int, list[StoredMention]] = defaultdict(list)
    for articles in _chunks(sorted({row.article_id for row in rows})):
        for mention in session.scalars(select(StoredMention).where(StoredMention.article_id.in_(articles))):
            held[mention.article_id].append(mention)
    found: dict[int, list[tuple[StoredMention, DecidedMention]]] = defaultdict(list)
    taken: set[tuple[int, int]] = set()
    for row in rows:
        near = {m.id: m for m in held[row.article_id]}
        id = known_again(anchor_of(row), ((m.id, anchor_of(m)) for m in near.values()))
        if id is not None and (row.decision_id, id) not in taken:
            taken.add((row.decision_id, id))
            found[row.decision_id].append((near[id], row))
    return found


def decisions_about(session: Session, approval_id: int) -> list[int]:
    """The standing decisions about the mentions of an approval, oldest first."""
    mentions = session.scalars(select(StoredMention).where(StoredMention.approval_id == approval_id))
    return [one.order for one in replay(session, mentions).decided]


def _standing(session: Session, articles: Sequence[int]) -> Iterator[Decision]:
    for chunk in _chunks(articles):
        yield from session.scalars(_STANDING, {"articles": chunk})


def _remembered(decisions: Sequence[int]) -> Select[DecidedMention]:
    return select(DecidedMention).where(DecidedMention.decision_id.in_(decisions)).order_by(DecidedMention.id)


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def anchor_of(row: DecidedMention | StoredMention) -> Anchor:
    """What a mention is known again by."""
    return Anchor(row.role, row.kind, row.company_id, row.product_key, row.number_key, row.start, row.end)


def _decided(session: Session, row: Decision, found: Iterable[tuple[StoredMention, DecidedMention]]) -> Decided:
    sides: dict[int, set[int]] = defaultdict(set)
    for mention, remembered in found:
        sides[remembered.side].add(mention.id)
    fields = tuple(sorted(_fields(session, row.value.get("fields", {})).items()))
    return Decided(row.id, Action(row.action), tuple(frozenset(sides[n]) for n in sorted(sides)), fields)


def _fields(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a rename sets; a company that was found to be another since is that one."""
    if "company" not in fields:
        return dict(fields)
    id, name = fields["company"]
    lead = session.get(CompanyAlias, company_key(name))
    known = id if session.get(Company, id) is not None else lead.company_id if lead is not None else None
    rest = {field: value for field, value in fields.items() if field != "company"}
    return rest | ({"company": heir_of(session, known)} if known else {})

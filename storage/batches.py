"""Rounds of approvals: how many each was said to have, and which are held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from storage.queries import in_register
from storage.tables import StoredApproval, StoredArticle, StoredClaim, StoredEdition, StoredMention

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one kind: a numbered batch, one official list, or what was announced on one day.

    `name` is the ordinal, the list's name or the day; `stated` are the counts that articles give it (they may
    disagree), `held` the ids of its approvals, `articles` the addresses (else titles) of what states a count.
    """

    kind: Kind
    name: str
    date: str | None
    stated: tuple[int, ...]
    held: tuple[int, ...]
    articles: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many of the largest stated count are not held."""
        return max(max(self.stated, default=0) - len(self.held), 0)


def rounds(session: Session) -> tuple[Round, ...]:
    """Every round that is known, by kind and day."""
    stated: dict[_Key, list[tuple[StoredClaim, StoredArticle]]] = defaultdict(list)
    names = {edition.article_id: edition.name for edition in session.scalars(select(StoredEdition))}
    claims = select(StoredClaim, StoredArticle).join(StoredArticle, StoredArticle.id == StoredClaim.article_id)
    for claim, article in session.execute(claims.where(StoredClaim.count.is_not(None))):
        stated[(claim.kind, names.get(article.id) or _name(claim, article))].append((claim, article))
    numbered, named = _numbered(session), _named(session)
    keys = {*stated, *numbered, *_listed(session, names)}
    found = [_round(key, stated.get(key, []), numbered, named, names) for key in keys]
    return tuple(sorted(found, key=_order))


def _order(one: Round) -> tuple[int, str, str]:
    """By kind and day; numbered rounds without a day come first, by their number."""
    day = one.date or ("" if one.name.isdigit() else one.name)
    return list(Kind).index(one.kind), day, one.name.zfill(4)


def _name(claim: StoredClaim, article: StoredArticle) -> str:
    if claim.batch is not None:
        return str(claim.batch)
    return claim.date or (article.published or article.first_seen_at).astimezone(CHINA).date().isoformat()


def _numbered(session: Session) -> dict[_Key, set[int]]:
    """The approvals of each numbered batch."""
    found: dict[_Key, set[int]] = defaultdict(set)
    rows = select(StoredApproval.kind, StoredApproval.batch, StoredApproval.id)
    for kind, batch, id in session.execute(rows.where(StoredApproval.batch.is_not(None), in_register())):
        found[(kind, str(batch))].add(id)
    return found


def _named(session: Session) -> dict[tuple[str, int], set[int]]:
    """The approvals of each kind that an article names as news."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    rows = (
        select(StoredApproval.kind, StoredMention.article_id, StoredApproval.id)
        .join(StoredMention, StoredMention.approval_id == StoredApproval.id)
        .where(StoredMention.background.is_(False), StoredMention.role == "approval")
    )
    for kind, article, id in session.execute(rows):
        found[(kind, article)].add(id)
    return found


def _listed(session: Session, names: dict[int, str]) -> Iterable[_Key]:
    """The official lists, each with the kinds in it."""
    rows = (
        select(StoredMention.article_id, StoredApproval.kind)
        .join(StoredApproval, StoredMention.approval_id == StoredApproval.id)
        .where(StoredMention.role == "approval", StoredMention.article_id.in_(select(StoredEdition.article_id)))
        .distinct()
    )
    return [(kind, names[article]) for article, kind in session.execute(rows)]


def _round(
    key: _Key,
    claims: list[tuple[StoredClaim, StoredArticle]],
    numbered: dict[_Key, set[int]],
    named: dict[tuple[str, int], set[int]],
    names: dict[int, str],
) -> Round:
    kind, name = key
    articles = {article.id for _, article in claims} | {id for id, listed in names.items() if listed == name}
    held = numbered.get(key, set()).union(*(named.get((kind, article), set()) for article in articles))
    days = sorted({claim.date for claim, _ in claims if claim.date})
    return Round(
        Kind(kind),
        name,
        days[0] if days else None,
        tuple(sorted({claim.count for claim, _ in claims if claim.count is not None})),
        tuple(sorted(held)),
        tuple(sorted({article.url or article.title for _, article in claims})),
    )

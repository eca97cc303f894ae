"""What is to be read anew: articles that another version read, what they said then, and what that came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from extractors.records import ApprovalFact, Article, Claim, Kind, Page, RevocationFact
from extractors.understand.lexicon import Lexicon
from storage.articles import read_anew
from storage.changes import shown
from storage.companies import heir_of
from storage.editions import EXTRACTOR, ROWS
from storage.lists_anew import KeptList, kept_list
from storage.pages import kept_page
from storage.queries import in_register
from storage.records import Policy, Reading
from storage.tables import StoredApproval, StoredArticle, StoredClaim, StoredMention, StoredPage

_FIELDS = ("product", "filing_no", "date", "quote", "start", "end")
_MORE = ("batch", "province", "authority", "scope", "background", "confidence")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an article to read it anew from: its page, else its text; of an official list its `edition`."""

    id: int
    article: Article
    page: Page | None
    edition: KeptList | None
    relevant: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What reading anew comes to: approvals by id, as their watched fields (storage.changes.SHOWN)."""

    added: Mapping[int, Mapping[str, Any]]
    changed: Mapping[int, Mapping[str, tuple[Any, Any]]]
    dropped: Mapping[int, Mapping[str, Any]]


def pending(
    session: Session, version: str, lexicon: str, *, since: datetime | None, again: bool
) -> tuple[list[int], int]:
    """The articles that another version of the extractor, or another lexicon, read; all with `again`.

    By id; and how many more there are of which nothing is kept.
    """
    wanted: Select[int] = select(StoredArticle.id)
    if since is not None:
        wanted = wanted.where(StoredArticle.published >= since)
    if not again:
        current = StoredArticle.extractor.in_([version, EXTRACTOR]) & (StoredArticle.lexicon == lexicon)
        wanted = wanted.where(~current)
    pages = select(StoredPage.id).where(StoredPage.record.is_not(None))
    is_kept = or_(StoredArticle.text != "", _is_list(), StoredArticle.page_id.in_(pages))
    gone = select(func.count()).select_from(wanted.where(~func.coalesce(is_kept, False)).subquery())
    return list(session.scalars(wanted.where(is_kept).order_by(StoredArticle.id))), session.scalars(gone).one()


def kept(session: Session, id: int) -> Kept | None:
    """What is kept of an article; None where neither its page nor its text is. Raises ValueError for a damaged page."""
    row = session.get_one(StoredArticle, id)
    article = Article(row.title, row.text, row.external_id, row.url, row.published, row.language, row.source)
    if row.extractor.startswith(ROWS):
        edition = kept_list(session, id)
        return Kept(id, article, None, edition, row.relevant) if edition else None
    stored = session.get(StoredPage, row.page_id) if row.page_id is not None else None
    page = kept_page(stored) if stored is not None else None
    return Kept(id, article, page, None, row.relevant) if page is not None or row.text else None


def name_of(session: Session, id: int) -> str:
    """What an article is known by, for people."""
    row = session.get_one(StoredArticle, id)
    return row.url or row.external_id or str(id)


def is_same(session: Session, id: int, reading: Reading) -> bool:
    """Whether an article says now what is stored of it."""
    row = session.get_one(StoredArticle, id)
    article, facts = reading.article, reading.facts
    if (row.title, row.text, row.published, row.relevant) != (
        article.title, article.text, article.published, facts.relevant
    ):  # fmt: skip
        return False
    wanted = select(StoredMention).where(StoredMention.article_id == id).order_by(StoredMention.ordinal)
    mentions = list(session.scalars(wanted))
    said: list[ApprovalFact | RevocationFact] = [*facts.approvals, *facts.revocations]
    if len(mentions) != len(said):
        return False
    return claims_of(session, id) == _told(facts.batches) and all(
        _same(session, mention, fact) for mention, fact in zip(mentions, said, strict=True)
    )


def claims_of(session: Session, id: int) -> set[tuple[Any, ...]]:
    """The totals that an article states, as far as the text gives them."""
    rows = session.scalars(select(StoredClaim).where(StoredClaim.article_id == id))
    return {(r.kind, r.batch, r.count, r.cumulative, r.date, r.at_least) for r in rows}


def stored_claims(session: Session, id: int) -> tuple[Claim, ...]:
    """The same as values."""
    rows = session.scalars(select(StoredClaim).where(StoredClaim.article_id == id).order_by(StoredClaim.id))
    return tuple(Claim(Kind(r.kind), r.batch, r.count, r.cumulative, r.date, r.place, r.at_least) for r in rows)


def _told(claims: Sequence[Claim]) -> set[tuple[Any, ...]]:
    return {(c.kind.value, c.batch, c.count, c.cumulative, c.date, c.at_least) for c in claims}


def _same(session: Session, mention: StoredMention, fact: ApprovalFact | RevocationFact) -> bool:
    names = _FIELDS + (_MORE if isinstance(fact, ApprovalFact) else ())
    role = "approval" if isinstance(fact, ApprovalFact) else "revocation"
    same = mention.role == role and all(getattr(mention, name) == getattr(fact, name) for name in names)
    same = same and mention.kind in (fact.kind.value, *([] if fact.kind is not Kind.UNSPECIFIED else list(Kind)))
    named = (mention.company_name, tuple(mention.company_names)) == (fact.company.name, fact.company.names)
    return same and named and (fact.company.id is None or mention.company_id == heir_of(session, fact.company.id))


def stamp(session: Session, ids: Sequence[int], version: str, lexicon: str) -> None:
    """These articles say the same to the extractor of today."""
    for condition, reader in ((~_is_list(), version), (_is_list(), EXTRACTOR)):
        known = update(StoredArticle).where(StoredArticle.id.in_(ids), condition)
        session.execute(
            known.values(extractor=reader, lexicon=lexicon), execution_options={"synchronize_session": False}
        )


def _is_list() -> ColumnElement[bool]:
    return StoredArticle.extractor.startswith(ROWS)


def difference(
    session: Session, changed: Sequence[tuple[int, Reading]], lexicon: Lexicon, policy: Policy
) -> Difference:
    """What these readings come to, tried in the caller's transaction, which is to be rolled back."""
    before = _state(session)
    for id, reading in changed:
        read_anew(session, id, reading, lexicon, policy)
    after = _state(session)
    return Difference(
        {id: now for id, now in after.items() if id not in before},
        {
            id: fields
            for id, now in after.items()
            if id in before and (fields := {n: (before[id][n], v) for n, v in now.items() if before[id][n] != v})
        },
        {id: was for id, was in before.items() if id not in after},
    )


def _state(session: Session) -> dict[int, dict[str, Any]]:
    session.flush()
    session.expire_all()
    return {row.id: shown(row) for row in session.scalars(select(StoredApproval).where(in_register()))}

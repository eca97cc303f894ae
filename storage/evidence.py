"""The pages behind approvals: which were fetched, when, with what hash, and whether they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import StoredArticle, StoredMention, StoredPage

CHUNK = 500
_PAGE = (
    StoredPage.id,
    StoredPage.url,
    StoredPage.final_url,
    StoredPage.status,
    StoredPage.fetched_at,
    StoredPage.sha256,
    StoredPage.record.is_not(None),
)
"""The fields of Proof after the first."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The page that an article of an approval was read from; `article` is its id as in `Evidence.id`.

    `kept`: the page itself is held, too. It is not where the site forbids archiving.
    """

    article: str
    id: int
    url: str
    final_url: str
    status: int
    fetched_at: datetime
    sha256: str
    kept: bool


def proofs(session: Session, approvals: Sequence[int]) -> dict[int, tuple[Proof, ...]]:
    """The pages of each of these approvals, in the order in which they were fetched."""
    wanted = (
        select(StoredMention.approval_id, StoredArticle.external_id, StoredArticle.key, *_PAGE)
        .select_from(StoredMention)
        .join(StoredArticle, StoredArticle.id == StoredMention.article_id)
        .join(StoredPage, StoredPage.id == StoredArticle.page_id)
        .distinct()
        .order_by(StoredPage.fetched_at, StoredPage.id)
    )
    found: dict[int, list[Proof]] = {}
    for start in range(0, len(approvals), CHUNK):
        some = approvals[start : start + CHUNK]
        for approval, external, key, *page in session.execute(wanted.where(StoredMention.approval_id.in_(some))).all():
            if approval is not None:
                found.setdefault(approval, []).append(Proof(external or key, *page))
    return {approval: tuple(pages) for approval, pages in found.items()}


def records(session: Session, pages: Iterable[int]) -> Iterator[bytes]:
    """The WARC records of these pages, one at a time; those that were not kept are left out."""
    for page in pages:
        record = session.scalar(select(StoredPage.record).where(StoredPage.id == page))
        if record is not None:
            yield record

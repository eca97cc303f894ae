"""Official lists read anew from the attachments that are kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from extractors.records import Article, Claim, Facts, Page
from extractors.registers.reading import RegisterReading
from extractors.registers.rows import RegisterRow, as_article
from extractors.understand.lexicon import Lexicon
from storage.editions import account_of, claims_of, dated, rows_of, write_rows
from storage.pages import kept_page
from storage.tables import StoredEdition, StoredPage, StoredRow


@dataclass(frozen=True, slots=True)
class KeptList:
    """The current edition of a list: where it was found, and its file (None: it came from disk, or is not kept)."""

    id: int
    source: str
    name: str
    page_url: str | None
    published: datetime | None
    page: Page | None


def kept_list(session: Session, article_id: int) -> KeptList | None:
    """The list that an article is; None for another article. Raises ValueError for a file damaged since."""
    row = _current(session, article_id)
    if row is None:
        return None
    stored = session.get(StoredPage, row.page_id) if row.page_id is not None else None
    page = kept_page(stored) if stored is not None else None
    return KeptList(row.id, row.source, row.name, row.page_url, row.published, page)


def list_facts(
    session: Session, kept: KeptList, article: Article, lexicon: Lexicon, claims: tuple[Claim, ...],
    read: RegisterReading | None,
) -> tuple[Article, Facts]:  # fmt: skip
    """A list as an article, with the names known today: as its file was `read` now, else as its stored rows give it."""
    held = rows_of(session, session.get_one(StoredEdition, kept.id))
    rows = [row for row, _ in held] if read is None else [*read.rows, *_vanished(held, read.rows)]
    name = article.id or article.url or kept.name
    said, facts = as_article([dated(row) for row in rows], lexicon, kept.name, article.url, name, article.published)
    if read is not None:
        claims = claims_of(read, kept.published)
    return replace(said, source=article.source, id=article.id), replace(facts, relevant=True, batches=claims)


def is_same_list(session: Session, kept: KeptList, read: RegisterReading) -> bool:
    """Whether a file says now what is stored of it: its rows, and what of them does not add up."""
    edition = session.get_one(StoredEdition, kept.id)
    held = [row for row, vanished in rows_of(session, edition) if not vanished]
    return held == list(read.rows) and edition.account == {**account_of(read), "first": edition.account["first"]}


def store_list_anew(session: Session, kept: KeptList, read: RegisterReading) -> None:
    """Put the rows and the account that were read now in the place of those that are stored."""
    edition = session.get_one(StoredEdition, kept.id)
    gone = _vanished(rows_of(session, edition), read.rows)
    session.execute(delete(StoredRow).where(StoredRow.edition_id == edition.id))
    write_rows(session, edition.id, read.rows, gone)
    edition.rows, edition.adds_up = len(read.rows), read.account.adds_up
    edition.account = {**account_of(read), "first": edition.account["first"]}


def _current(session: Session, article_id: int) -> StoredEdition | None:
    wanted = select(StoredEdition).where(StoredEdition.article_id == article_id, StoredEdition.current)
    return session.scalars(wanted).first()


def _vanished(held: Sequence[tuple[RegisterRow, bool]], printed: Sequence[RegisterRow]) -> list[RegisterRow]:
    """Rows that an earlier edition printed and this one does not."""
    return [row for row, vanished in held if vanished and row not in printed]

"""Store one edition of an official list, compare it with the one before, and let its rows confirm approvals.

A list is one attachment, one table on a page, or one file from disk; it is an article, whose text is its rows. A row
that a later edition no longer prints stays a row of the article, marked as vanished: nobody cancelled it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from extractors.read.urls import canonical_url
from extractors.records import CHINA, Claim, Kind, Page
from extractors.registers.account import Account
from extractors.registers.compare import Comparison, compare
from extractors.registers.entries import month_of
from extractors.registers.reading import VERSION, RegisterReading
from extractors.registers.rows import Oddity, RegisterRow, as_article
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import number_key
from extractors.understand.scope import place_of
from storage.articles import save
from storage.pages import keep_page
from storage.records import Origin, Policy, Reading, Stored
from storage.tables import StoredArticle, StoredEdition, StoredPage, StoredRow

IMPORTED = "import"
"""The source of lists that came from disk."""
ROWS = "register rows"
EXTRACTOR = f"{ROWS} {VERSION}"
"""What read an article that is an official list; it begins with `ROWS`, whatever the version."""
_SHOWN = ("kind", "serial", "province", "product", "company", "filing_no", "date")
_PLAIN = [f.name for f in fields(RegisterRow) if f.name not in ("kind", "list", "oddities")]


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list as it was found, and what was read in it.

    `name` is the file's, or the text of its link; `url` its own address, `page_url` that of the page it hangs on;
    `published` is that page's time.
    """

    source: str
    name: str
    sha256: str
    reading: RegisterReading
    seen_at: datetime
    origin: Origin
    url: str | None = None
    page_url: str | None = None
    published: datetime | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """The page that a list hangs on: what it says of the list."""

    title: str
    text: str
    published: datetime | None


def held(session: Session, source: str, url: str | None, name: str, sha256: str) -> StoredEdition | None:
    """The edition that is this very file: of a watched list only the current one, from disk any that was seen.

    A site may go back to what it showed before; a file that is imported again says nothing new.
    """
    wanted = select(StoredEdition).where(StoredEdition.sha256 == sha256)
    if source != IMPORTED:
        wanted = wanted.where(StoredEdition.source == source, StoredEdition.current)
        wanted = wanted.where(or_(StoredEdition.url == url, StoredEdition.name == name))
    return session.scalars(wanted.limit(1)).first()


def asked_before(session: Session, source: str, url: str) -> StoredPage | None:
    """The reply that brought the current edition at this address."""
    wanted = (
        select(StoredPage)
        .join(StoredEdition, StoredEdition.page_id == StoredPage.id)
        .where(StoredEdition.source == source, StoredEdition.url == url, StoredEdition.current)
    )
    return session.scalars(wanted.limit(1)).first()


def notice_at(session: Session, page_url: str) -> Notice | None:
    """What is stored of the page that a list hangs on."""
    wanted = select(StoredArticle).where(StoredArticle.key == canonical_url(page_url))
    row = session.scalars(wanted).first()
    return Notice(row.title, row.text, row.published) if row else None


def save_edition(session: Session, file: ListFile, lexicon: Lexicon, policy: Policy) -> Stored:
    """Store a list within the caller's transaction; the same file again changes nothing."""
    known = held(session, file.source, file.url, file.name, file.sha256)
    if known is not None:
        return Stored(known.article_id, "known")
    former = _former(session, file)
    before = rows_of(session, former) if former else ()
    changes = compare([row for row, _ in before], file.reading.rows) if former else None
    gone = changes.vanished if changes else ()
    if former is not None:
        former.current = False
        _move(session, former, file)
    stored = save(session, _reading(file, former, gone, lexicon), lexicon, policy)
    row = _write(session, file, former, stored.article_id, changes, {r for r, vanished in before if vanished})
    write_rows(session, row.id, file.reading.rows, gone)
    return stored if former is None else replace(stored, outcome="edition")


def _former(session: Session, file: ListFile) -> StoredEdition | None:
    """The edition before: the same address, or on the same page the same name with its month.

    Of lists from disk: the same name, and at least half of the numbers; two lists may have one name.
    """
    current = select(StoredEdition).where(StoredEdition.source == file.source, StoredEdition.current)
    newest = current.order_by(StoredEdition.id.desc())
    if file.source == IMPORTED:
        found = session.scalars(newest.where(StoredEdition.name == file.name))
        return next((e for e in found if _alike(session, e, file.reading.rows)), None)
    by_url = session.scalars(newest.where(StoredEdition.url == file.url).limit(1)).first()
    if by_url is not None or not month_of(file.name):
        return by_url
    same = newest.where(StoredEdition.name == file.name, StoredEdition.page_url == file.page_url)
    return session.scalars(same.limit(1)).first()


def _alike(session: Session, edition: StoredEdition, rows: Sequence[RegisterRow]) -> bool:
    ours, theirs = _numbers(rows), _numbers(row for row, _ in rows_of(session, edition))
    return len(ours & theirs) * 2 >= max(1, min(len(ours), len(theirs)))


def _numbers(rows: Iterable[RegisterRow]) -> set[str]:
    return {key for row in rows if (key := number_key(row.filing_no))}


def rows_of(session: Session, edition: StoredEdition) -> tuple[tuple[RegisterRow, bool], ...]:
    """The rows of an edition, each with whether it had vanished by then."""
    wanted = select(StoredRow).where(StoredRow.edition_id == edition.id).order_by(StoredRow.ordinal)
    return tuple((row_of(row), row.vanished) for row in session.scalars(wanted))


def row_of(row: StoredRow) -> RegisterRow:
    """A stored row as it was read."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    odd = tuple(Oddity[name] for name in row.oddities)
    return RegisterRow(kind=Kind(row.kind), list=row.month, oddities=odd, **plain)


def _move(session: Session, former: StoredEdition, file: ListFile) -> None:
    """A list that has a new address is still the same article."""
    if file.url is not None and former.url != file.url:
        article = session.get_one(StoredArticle, former.article_id)
        article.key, article.url = canonical_url(file.url), file.url
        session.flush()


def _reading(file: ListFile, former: StoredEdition | None, gone: Sequence[RegisterRow], lexicon: Lexicon) -> Reading:
    """The list as an article: what it prints, then what it printed before."""
    rows = [dated(row) for row in (*file.reading.rows, *gone)]
    name = f"list:{file.sha256[:16]}" if former is None else f"list:{former.account['first'][:16]}"
    article, facts = as_article(rows, lexicon, file.name, file.url, name, file.published)
    article = replace(article, source=file.source, id=name if file.url is None else None)
    facts = replace(facts, relevant=True, batches=claims_of(file.reading, file.published))
    return Reading(article, facts, file.origin, EXTRACTOR, file.seen_at, register=True)


def dated(row: RegisterRow) -> RegisterRow:
    """A list without a column of dates was announced in the month that names it."""
    return row if row.date or not month_of(row.list) else replace(row, date=month_of(row.list))


def claims_of(reading: RegisterReading, published: datetime | None) -> tuple[Claim, ...]:
    """The totals that a list and its notice, published then, state."""
    kinds = {row.kind for row in reading.rows}
    only = next(iter(kinds)) if len(kinds) == 1 else Kind.UNSPECIFIED
    day = published.astimezone(CHINA).date().isoformat() if published else None
    return tuple(
        Claim(
            stated.kind or only,
            count=None if stated.cumulative else stated.value,
            cumulative=stated.value if stated.cumulative else None,
            date=day,
            place=place_of(stated.words),
        )
        for stated in reading.account.stated
        if not stated.of_a_year
    )


def _write(
    session: Session,
    file: ListFile,
    former: StoredEdition | None,
    article_id: int,
    changes: Comparison | None,
    gone_before: set[RegisterRow],
) -> StoredEdition:
    page_id = keep_page(session, file.page, with_body=True) if file.page else None
    session.get_one(StoredArticle, article_id).page_id = page_id
    row = StoredEdition(
        source=file.source,
        name=file.name,
        url=file.url,
        page_url=file.page_url,
        sha256=file.sha256,
        seen_at=file.seen_at,
        published=file.published,
        number=former.number + 1 if former else 1,
        current=True,
        article_id=article_id,
        page_id=page_id,
        rows=len(file.reading.rows),
        adds_up=file.reading.account.adds_up,
        account={**account_of(file.reading), "first": former.account["first"] if former else file.sha256},
        changes=changes_of(changes, gone_before) if changes is not None else None,
    )
    session.add(row)
    session.flush()
    return row


def account_of(reading: RegisterReading) -> dict[str, Any]:
    """The account of a list as JSON: its lines for people, what does not add up, and the series with their serials."""
    account: Account = reading.account
    return {
        "lines": list(account.lines()),
        "problems": list(account.problems),
        "notes": list(reading.notes),
        "refused": [{"place": r.place, "cells": list(r.cells), "reason": r.reason} for r in reading.refused],
        "series": [
            {"kind": s.kind.value, "scope": s.scope, "cancelled": s.cancelled, "rows": s.rows, "first": s.first,
             "last": s.last}
            for s in account.series
        ],
    }  # fmt: skip


def changes_of(changes: Comparison, gone_before: set[RegisterRow]) -> dict[str, Any]:
    """What an edition changed, as JSON; a row that had vanished before is not told again."""
    return {
        "added": [_shown(row) for row in changes.added],
        "changed": [
            {**_shown(change.new), "fields": [[f.field, f.old, f.new] for f in change.fields]}
            for change in changes.changed
        ],
        "vanished": [_shown(row) for row in changes.vanished if row not in gone_before],
    }


def _shown(row: RegisterRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}


def write_rows(session: Session, edition_id: int, rows: Sequence[RegisterRow], gone: Sequence[RegisterRow]) -> None:
    """Store the rows of an edition, and those that it prints no more."""
    marked = [*((row, False) for row in rows), *((row, True) for row in gone)]
    session.add_all(
        StoredRow(
            edition_id=edition_id,
            ordinal=ordinal,
            vanished=vanished,
            kind=row.kind.value,
            month=row.list,
            oddities=[oddity.name for oddity in row.oddities],
            **{name: _storable(getattr(row, name)) for name in _PLAIN},
        )
        for ordinal, (row, vanished) in enumerate(marked)
    )
    session.flush()


def _storable(value: Any) -> Any:
    """PostgreSQL takes no NUL; the readers leave none, a csv may."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value

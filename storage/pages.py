"""Pages as fetched: kept as WARC records while they serve as proof, else only their headers and hash."""

from __future__ import annotations

from sqlalchemy.orm import Session

from extractors.read.rights import may_be_kept
from extractors.records import Page
from storage.tables import StoredPage
from storage.warc import body_of, record_of


def keep_page(session: Session, page: Page, *, with_body: bool) -> int:
    """Keep a page; without its body where it is no proof of anything, or forbids it (DESIGN section 8)."""
    row = StoredPage(
        url=page.url,
        final_url=page.final_url,
        status=page.status,
        headers=[list(pair) for pair in page.headers],
        sha256=page.sha256,
        fetched_at=page.fetched_at,
        record=record_of(page) if with_body and may_be_kept(page) else None,
    )
    session.add(row)
    session.flush()
    return row.id


def kept_page(row: StoredPage) -> Page | None:
    """The page as it was fetched; None where it was not kept. Raises ValueError for one that was damaged since."""
    if row.record is None:
        return None
    headers = tuple((str(name), str(value)) for name, value in row.headers)
    return Page(row.url, row.final_url, row.status, headers, body_of(row.record), row.fetched_at, row.sha256)

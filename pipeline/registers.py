"""Official lists on their way in: attachments, tables on pages and files, each stored as an edition.

They pass neither the prefilter nor the understanding of prose: they are read as lists, row by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from config.source import Listing, Source
from extractors.read.listing import Link
from extractors.read.page import china_day
from extractors.records import Article, Page
from extractors.registers.document import NoList
from extractors.registers.headers import kind_of_caption
from extractors.registers.reading import ListContext, RegisterReading
from pipeline.fetch import BadReply, Polite, Request
from pipeline.ingest import Broken, Ingest, fault
from storage.editions import ListFile, asked_before, held, notice_at, save_edition
from storage.frontier import Waiting, add_links, done
from storage.pages import keep_page
from storage.records import Stored

_FILE = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")
"""How office documents and PDFs begin, whatever their names say."""
_PROMISES = re.compile("注销|清单|已备案|已登记|备案信息|登记信息|备案编号")
"""A notice of such a title brings a list: without one it is a failure, not an ordinary page."""


def register_page(source: Source) -> str | None:
    """The page whose attachments this source lists; None where it lists anything else."""
    listing = source.listing
    return (listing.referer or listing.url) if listing is not None and listing.kind == "register" else None


def list_context(
    session: Session, source: Source | None, name: str, page_url: str | None, published: datetime | None
) -> ListContext:
    """What is known of a list from outside its file: by its source, its name, and the notice that it hangs on."""
    rolling = source is not None and register_page(source) is not None
    notice = notice_at(session, page_url) if page_url and not rolling else None
    kind = kind_of_caption(source.name) if source is not None and rolling else None
    published = published or (notice.published if notice else None)
    title = name if notice is None else f"{notice.title}\n{name}"
    return ListContext(kind, title, notice.text if notice else "", china_day(published))


@dataclass(frozen=True)
class Registers:
    """Reads the official lists of one source."""

    ingest: Ingest
    polite: Polite
    source: Source

    def fetch(self, link: Waiting) -> Page:
        """The file of a link: asked for from the page it hangs on, and whether it changed since."""
        url = link.url
        with self.ingest.database.read() as session:
            known = asked_before(session, self.source.id, url)
            headers = dict(known.headers) if known else {}
        asked = Request(
            url, referer=link.page_url, etag=headers.get("etag"), last_modified=headers.get("last-modified")
        )
        return self.polite.fetch(asked, spacing=self.source.politeness.spacing)

    def attachment(self, page: Page, link: Waiting) -> Stored | None:
        """Store the file that hangs on a page; None where it did not change. Raises Broken and BadReply."""
        also = self._done(link)
        if page.status == 304:
            with self.ingest.database.write() as session:
                also(session)
            return None
        if not page.body.strip() or page.body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return self._web_page(page, link, also)
        return self._list(page, link, also)

    def _web_page(self, page: Page, link: Waiting, also: Callable[[Session], None]) -> Stored:
        """A web page in place of a file may be one that calls itself xls; without a table it is an excuse."""
        try:
            return self._list(page, link, also)
        except Broken as error:
            what = "nothing" if not page.body.strip() else "a web page without a list"
            raise BadReply(
                link.url,
                f"{what} came in place of the attachment, as for a request without its page as Referer"
                f" ({link.page_url}); it is asked for again later",
            ) from error

    def notice(self, page: Page, link: Waiting, known: Article) -> Stored | None:
        """Store what a listing of notices led to: a file, a page with attachments or a table, or plain prose."""
        also = self._done(link)
        if page.body.startswith(_FILE):
            try:
                return self._list(page, link, also)
            except Broken as error:
                if not _is_prose(error, link.title):
                    raise
                self._put_by(page, also)
                return None
        attachments = self._attachments(page)
        if not attachments:
            try:
                return self._list(page, link, also)
            except Broken:
                return self.ingest.page(page, self.source, link.origin, also, known)
        also = self._with(attachments, page, link, also)
        return self.ingest.page(page, self.source, link.origin, also, known, proof=True)

    def _attachments(self, page: Page) -> tuple[Link, ...]:
        rules = Listing(kind="register", url=page.final_url)
        return self.ingest.read_listing(page, rules) if page.body.strip() else ()

    def _with(
        self, attachments: tuple[Link, ...], page: Page, link: Waiting, also: Callable[[Session], None]
    ) -> Callable[[Session], None]:
        now = self.ingest.clock()

        def both(session: Session) -> None:
            dated = [replace(found, published=found.published or link.published) for found in attachments]
            add_links(session, self.source.id, dated, link.origin, now, page_url=page.final_url)
            also(session)

        return both

    def _done(self, link: Waiting) -> Callable[[Session], None]:
        return lambda session: done(session, link.id)

    def _put_by(self, page: Page, also: Callable[[Session], None]) -> None:
        with self.ingest.database.write() as session:
            keep_page(session, page, with_body=True)
            also(session)

    def _list(self, page: Page, link: Waiting, also: Callable[[Session], None]) -> Stored:
        """Read and store a list: its rows, its account and `also` in one transaction. Raises Broken."""
        name = link.title or page.final_url.rpartition("/")[2] or page.final_url
        with self.ingest.database.read() as session:
            same = held(session, self.source.id, link.url, name, page.sha256)
            known = Stored(same.article_id, "known") if same else None
            context = list_context(session, self.source, name, link.page_url, link.published)
        if known is not None:
            with self.ingest.database.write() as session:
                also(session)
            return known
        try:
            reading = self.ingest.read_list(page.body, name, context)
            if not reading.rows and not reading.refused:
                raise Broken("register", "no row of an official list in it") from NoList()
        except Broken:
            self._keep(page, link)
            raise
        return store_list(self.ingest, self._file(page, link, name, reading), also)

    def _keep(self, page: Page, link: Waiting) -> None:
        """A file that can't be read is kept all the same: the site may not have it any more when we can."""
        if link.page_url is not None or page.body.startswith(_FILE):
            with self.ingest.database.write() as session:
                keep_page(session, page, with_body=True)

    def _file(self, page: Page, link: Waiting, name: str, reading: RegisterReading) -> ListFile:
        return ListFile(
            source=self.source.id,
            name=name,
            sha256=page.sha256,
            reading=reading,
            seen_at=self.ingest.clock(),
            origin=link.origin,
            url=link.url,
            page_url=link.page_url,
            published=link.published,
            page=page,
        )


def _is_prose(error: Broken, title: str | None) -> bool:
    """Whether a file without a list may be no more than a notice: its title promises none."""
    return isinstance(error.__cause__, NoList) and not _PROMISES.search(title or "")


def store_list(ingest: Ingest, file: ListFile, also: Callable[[Session], None] | None = None) -> Stored:
    """Store a list as an edition, and do `also` in the same transaction: it is held whole or not at all."""
    try:
        with ingest.database.write() as session:
            stored = save_edition(session, file, ingest.lexicon, ingest.policy)
            if also is not None:
                also(session)
    except (OperationalError, InterfaceError):
        raise  # the database itself is away, locked or full: no fault of this list
    except Exception as error:
        raise Broken("store", fault(error)) from error
    return stored

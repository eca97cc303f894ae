"""Reading a source's listing: its pages, its window of days, its sitemaps, through a browser where it needs one.

Both a round (`Listings.round`) and a walk back (`Listings.page`) read listings here, and only here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from config.source import Listing, Source
from extractors.read.entry import UnreadableListing
from extractors.read.listing import Link
from extractors.read.sitemap import SitemapIndex
from extractors.read.urls import canonical_url
from extractors.read.wordpress import posts_address
from extractors.records import CHINA, Page
from pipeline.due import fresh_for
from pipeline.fetch import FetchError, HttpStatus, Polite, Request, Stopped
from pipeline.fetch.browser import render
from pipeline.ingest import Ingest
from storage.frontier import Validators

PAST_THE_END = frozenset({400, 404})
"""What a listing answers to a page beyond its last (WordPress says 400)."""
NEWEST = 1_000
"""Links of a sitemap that a round looks at, where it says when each was published; a walk back sees them all."""

Window = tuple[date, date]
"""The first and the last day that a listing is asked for."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What one reading of a listing gave.

    `links` has no doubles; `validators` are for the next round; `unchanged`: the first page is what it was
    (pages behind it are looked at all the same); `problems`: why further pages could not be read;
    `fresh_for`: how long the first page asks to be left alone.
    """

    links: tuple[Link, ...]
    validators: Validators = field(default_factory=Validators)
    fetched: int = 0
    bytes: int = 0
    unchanged: bool = False
    problems: tuple[FetchError | UnreadableListing, ...] = ()
    fresh_for: timedelta | None = None


@dataclass
class Listings:
    """Reads listings; make one for each round or walk (it remembers the index of a sitemap)."""

    ingest: Ingest
    polite: Polite
    _indexes: dict[str, SitemapIndex | None] = field(default_factory=dict)

    def round(self, source: Source, known: Validators) -> Listed:
        """The newest links of a source. Raises FetchError and UnreadableListing where its first page fails."""
        listing = _listing(source)
        window = self._recent(listing) if listing.windowed else None
        asked = Validators() if window else known
        first = self._fetch(source, request(listing, None, asked, window))
        return replace(self._newest(source, first, known, window), fresh_for=fresh_for(first, listing.kind))

    def _newest(self, source: Source, first: Page, known: Validators, window: Window | None) -> Listed:
        listing = _listing(source)
        if first.status == 304 or first.sha256 == known.sha256:
            start = Listed((), known, int(first.status != 304), len(first.body), unchanged=True)
        elif listing.kind == "sitemap":
            return self._sitemaps(source, listing, first)
        else:
            start = self._listed(listing, first)
        further = range(listing.first_page + 1, listing.first_page + listing.pages) if listing.paged else ()
        return _joined(start, self._further(source, further, window))

    def page(self, source: Source, number: int, window: Window | None = None) -> Listed:
        """One page of a listing, without links beyond its end. Raises FetchError and UnreadableListing.

        Of an index of sitemaps, a page is one sitemap.
        """
        listing = _listing(source)
        if listing.kind == "sitemap":
            return self._sitemap(source, listing, number - listing.first_page)
        try:
            page = self._fetch(source, request(listing, number, Validators(), window))
        except HttpStatus as error:
            if error.status in PAST_THE_END and number > listing.first_page:
                return Listed(())
            raise
        return self._listed(listing, page)

    def _further(self, source: Source, numbers: Iterable[int], window: Window | None) -> Iterator[Listed]:
        """The pages behind the first: what fails there costs itself, not the first page's links."""
        for number in numbers:
            try:
                listed = self.page(source, number, window)
            except Stopped:
                raise
            except (FetchError, UnreadableListing) as error:
                yield Listed((), problems=(error,))
                return
            yield listed
            if not listed.links:
                return

    def _sitemaps(self, source: Source, listing: Listing, first: Page) -> Listed:
        """The newest links of a sitemap, or of the newest `pages` sitemaps of an index."""
        index = self.ingest.read_index(first)
        if index is None:
            listed = self._listed(listing, first)
            dated = all(link.published for link in listed.links)
            return replace(listed, links=listed.links[:NEWEST]) if dated else listed
        # An index that does not say when its sitemaps changed is the same for ever: it must be read each time.
        validators = _validators(first) if index.dated else Validators()
        start = Listed((), validators, 1, len(first.body))
        return _joined(start, (self._child(source, listing, address) for address in index.sitemaps[: listing.pages]))

    def _sitemap(self, source: Source, listing: Listing, at: int) -> Listed:
        if listing.url not in self._indexes:
            first = self._fetch(source, request(listing, None, Validators()))
            index = self._indexes[listing.url] = self.ingest.read_index(first)
            if index is None:
                return self._listed(listing, first) if at == 0 else Listed(())
        index = self._indexes[listing.url]
        if index is None or at >= len(index.sitemaps):
            return Listed(())
        return self._child(source, listing, index.sitemaps[at])

    def _child(self, source: Source, listing: Listing, address: str) -> Listed:
        return self._listed(listing, self._fetch(source, Request(address, referer=listing.referer)))

    def _fetch(self, source: Source, asked: Request) -> Page:
        listing = _listing(source)
        if listing.browser:
            return render(self.polite, asked, listing.items or "a[href]", spacing=source.politeness.spacing)
        return self.polite.fetch(asked, spacing=source.politeness.spacing)

    def _listed(self, listing: Listing, page: Page) -> Listed:
        links = self.ingest.read_listing(page, listing)
        return Listed(links, _validators(page), 1, len(page.body))

    def _recent(self, listing: Listing) -> Window:
        today = self.ingest.clock().astimezone(CHINA).date()
        return today - listing.window, today


def request(listing: Listing, page: int | None, known: Validators, window: Window | None = None) -> Request:
    """The request for one page of a listing; a POST sends its JSON, or the address's query as its form."""
    address = listing.address(page, *(window or ()))
    if listing.kind == "wordpress":
        address = posts_address(listing.url, listing.first_page if page is None else page)
    if listing.body is not None:
        sent = listing.body.encode()
        return Request(address, "POST", listing.referer, body=sent, content_type="application/json", operator=True)
    if listing.method == "POST":
        url, _, form = address.partition("?")
        return Request(url, "POST", listing.referer, body=form.encode(), operator=True)
    return Request(address, referer=listing.referer, etag=known.etag, last_modified=known.last_modified, operator=True)


def _listing(source: Source) -> Listing:
    if source.listing is None:
        raise UnreadableListing(f"{source.id}: the source has no [listing]; see its file's notes")
    return source.listing


def _validators(page: Page) -> Validators:
    return Validators(page.header("etag"), page.header("last-modified"), page.sha256)


def _joined(first: Listed, others: Iterable[Listed]) -> Listed:
    """One reading of several pages: the first one's validators, every link once."""
    parts = [first, *others]
    links: dict[str, Link] = {}
    for link in (link for part in parts for link in part.links):
        links.setdefault(canonical_url(link.url), link)
    return Listed(
        tuple(links.values()),
        first.validators,
        sum(part.fetched for part in parts),
        sum(part.bytes for part in parts),
        first.unchanged,
        tuple(problem for part in parts for problem in part.problems),
    )

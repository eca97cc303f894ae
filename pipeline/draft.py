"""Drafts a source from a live page: what there is to watch, tried out, with the first article as it would be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urljoin, urlsplit

from config.source import Expect, Listing, Source
from extractors.read.entry import UnreadableListing
from extractors.read.listing import Link
from extractors.read.survey import Survey, sitemaps_of, survey
from extractors.records import Page
from pipeline.fetch import FetchError, Request
from pipeline.fetch.browser import render
from pipeline.ingest import Ingest
from pipeline.listings import Listings, request
from storage.frontier import Validators

COMMON = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json")
"""Where feeds are that no page names; looked for only when the operator asks for it."""
WHOLE = 600
"""Characters from which on a feed's entries are whole articles."""
FEWEST = 3
DECLARED = 4
"""Feeds of one page that are tried."""


class NothingFound(Exception):
    """The page offers nothing to watch; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A source that can be watched in shadow, and what else there was to watch, in words."""

    source: Source
    others: tuple[str, ...]


@dataclass
class Drafter:
    """Looks for what can be watched, through the fetcher that all pages come through."""

    ingest: Ingest
    listings: Listings
    tried: list[str] = field(default_factory=list)

    def draft(self, url: str, id: str, *, kind: str | None, probe: bool, browser: bool) -> Draft:
        """The best listing behind `url` (of one `kind`, if given). Raises NothingFound and FetchError."""
        page = self._page(url, browser=browser)
        found = self._surveyed(page, browser=browser)
        working: list[tuple[Listing, tuple[Link, ...]]] = []
        for listing in self._candidates(page, found, probe=probe):
            if (kind is None or listing.kind == kind) and (links := self._links(listing, page)):
                working.append((listing, links))
        if not working:
            raise NothingFound(_nothing(url, self.tried, probe=probe, browser=browser))
        listing, links = working[0]
        others = tuple(f"{o.kind} {o.url} ({len(k)} links)" for o, k in working[1:])
        return Draft(_source(id, url, found, self._carrying(listing, page), len(links)), others)

    def _page(self, url: str, *, browser: bool) -> Page:
        asked = Request(url, operator=True)
        return render(self.listings.polite, asked, "a[href]") if browser else self.listings.polite.fetch(asked)

    def _surveyed(self, page: Page, *, browser: bool) -> Survey:
        said = page.header("content-type")
        return self.ingest.read(survey, page.body, said, page.final_url, browser=browser)

    def _candidates(self, page: Page, found: Survey, *, probe: bool) -> Iterator[Listing]:
        """Listings that may work, the most reliable first: the page itself, what it names, what may be there."""
        start = page.body[:2_000].lstrip().lower()
        if start.startswith((b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex", b"{", b"\x1f\x8b")):
            yield Listing(kind="feed", url=page.final_url)
            yield Listing(kind="sitemap", url=page.final_url)
            return
        feeds = [listing for listing in found.listings if listing.kind == "feed"]
        yield from (listing for listing in found.listings if listing.kind == "wordpress")
        yield from feeds[:DECLARED]
        yield from (listing for listing in found.listings if listing.kind == "html")
        if probe:
            yield from self._probed(page.final_url)

    def _probed(self, url: str) -> Iterator[Listing]:
        root = urljoin(url, "/")
        yield from (Listing(kind="feed", url=urljoin(root, path)) for path in COMMON)
        yield Listing(kind="wordpress", url=root)
        try:
            robots = self.listings.polite.fetch(Request(urljoin(root, "robots.txt"), operator=True))
        except FetchError:
            stated: list[str] = []
        else:
            stated = sitemaps_of(robots.body.decode("utf-8", "replace"))
        for address in [*(urljoin(root, named) for named in stated[:DECLARED]), urljoin(root, "sitemap.xml")]:
            if urlsplit(address).hostname == urlsplit(url).hostname:
                yield Listing(kind="sitemap", url=address)

    def _links(self, listing: Listing, page: Page) -> tuple[Link, ...]:
        """What a candidate lists; () where it does not work, which is written down."""
        try:
            if listing.url == page.final_url and listing.kind in ("feed", "html"):
                links = self.ingest.read_listing(page, listing)
            else:
                links = self.listings.round(_trial(listing), Validators()).links
        except (FetchError, UnreadableListing) as error:
            self.tried.append(f"{listing.kind}: {error}")
            return ()
        if len(links) < FEWEST:
            self.tried.append(f"{listing.kind} {listing.url}: {len(links)} links")
            return ()
        return links

    def _carrying(self, listing: Listing, page: Page) -> Listing:
        """A feed that carries whole articles says in which element."""
        if listing.kind != "feed":
            return listing
        if listing.url != page.final_url:
            page = self.listings.polite.fetch(request(listing, None, Validators()))
        for content in ("content", "summary"):
            told = listing.model_copy(update={"content": content})
            lengths = [len(re.sub(r"<[^>]*>", "", link.html or "")) for link in self.ingest.read_listing(page, told)]
            if lengths and median(lengths) >= WHOLE:
                return told
        return listing


def _trial(listing: Listing) -> Source:
    return Source(id="draft", name="draft", kind="media", language="zh", listing=listing)


def _source(id: str, url: str, found: Survey, listing: Listing, links: int) -> Source:
    """The draft, in shadow; it expects half the links that it showed."""
    official = (urlsplit(url).hostname or "").endswith(".gov.cn")
    return Source(
        id=id,
        name=found.name,
        kind="official" if official else "media",
        language="en" if found.language == "en" else "zh",
        shadow=True,
        homepage=url,
        notes="Drafted from the live page; check the listing, and promote the source once its finds are right.",
        listing=listing,
        expect=Expect(links=max(1, links // 2)),
    )


def _nothing(url: str, tried: list[str], *, probe: bool, browser: bool) -> str:
    said = [f"{url}: found no feed, no sitemap, and no list of articles on the page", *tried]
    if not probe:
        said.append("--probe also asks for the addresses where feeds and sitemaps usually are")
    if not browser:
        said.append("--browser reads a page that needs JavaScript")
    return "; ".join(said)

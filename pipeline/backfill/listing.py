"""Walk back through a source's own listing, from the newest page to the first one older than `since`.

Each page of the listing is one step: its links and the walk's place are stored together, then the pages of the
links are fetched one by one. Killed anywhere, the same command goes on there. Nothing found is mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from config.source import Listing, Source
from extractors.read.entry import UnreadableListing
from extractors.read.listing import Link
from extractors.records import CHINA
from pipeline.backfill.units import Estimate
from pipeline.fetch import Stopped
from pipeline.lease import Lease
from pipeline.links import read_link
from pipeline.listings import Listings, Window
from pipeline.registers import register_page
from pipeline.watch import Watch
from storage.backfills import Place, move, place
from storage.frontier import Waiting, add_links, revive, waiting
from storage.records import Origin
from storage.runs import Counts
from storage.shadow import origin_for


class NotPaged(Exception):
    """The source's listing has no pages to walk back through."""


def backfill(
    watch: Watch,
    source: Source,
    since: date,
    until: date,
    progress: Callable[[Place, Counts], None],
    *,
    origin: Origin = Origin.BACKFILL,
) -> Counts:
    """Store every article of the source published from `since` to `until` (days in China, both included).

    Raises NotPaged, and FetchError or UnreadableListing where a listing page fails: what was stored stays; Taken where
    another process reads the source.
    """
    listing = source.listing
    if listing is None or not _goes_back(listing):
        raise NotPaged(f"{source.id}: its listing has no pages; give [listing] url a {{page}} to walk back through")
    counts = Counts(source.id)
    with watch.ingest.database.read() as session:
        origin = origin_for(session, source, origin)
    listings = Listings(watch.ingest, watch.polite)
    with watch.lease(source) as lease:
        for first, last in _windows(listing, since, until):
            walk = _Walk(watch, source, listing, first, last, origin, lease, counts, listings)
            if not _walked(walk, progress):
                break
    return counts


def _goes_back(listing: Listing) -> bool:
    """Whether a listing shows more than the newest; one page of official lists has all that there are."""
    return listing.paged or listing.windowed or listing.kind in ("sitemap", "register")


def estimate(watch: Watch, source: Source, since: date, until: date) -> Estimate:
    """What the walk will cost, as far as the newest page of the listing tells. Raises as `backfill` does."""
    listing = source.listing
    if listing is None or not _goes_back(listing):
        raise NotPaged(f"{source.id}: its listing has no pages; give [listing] url a {{page}} to walk back through")
    days = (until - since).days + 1
    windows = list(_windows(listing, since, until))
    listed = Listings(watch.ingest, watch.polite).page(
        source, listing.first_page, windows[0] if listing.windowed else None
    )
    shown = len(listed.links)
    dated = [day for link in listed.links if (day := _day(link))]
    if listing.windowed:
        pages, links = len(windows), shown * len(windows)
    elif listing.paged and dated and shown:
        links = round(shown * days / ((max(dated) - min(dated)).days + 1))
        pages = -(-links // shown)
    else:
        pages, links = 1, shown
    note = f"about {pages:,} pages of its listing and {links:,} articles, by what its newest page shows"
    requests = pages + links
    return Estimate(pages, requests, None, requests * max(1.0, source.politeness.spacing), note)


def _windows(listing: Listing, since: date, until: date) -> Iterator[Window]:
    """The stretches of days that the listing is asked for, the newest first; all at once where it knows no days."""
    if not listing.windowed:
        yield since, until
        return
    last = until
    while last >= since:
        first = max(since, last - listing.window + timedelta(days=1))
        yield first, last
        last = first - timedelta(days=1)


def _walked(walk: _Walk, progress: Callable[[Place, Counts], None]) -> bool:
    """Walk to the end of the window; false where Greenlit is being stopped."""
    at = walk.begin()
    walk.read_waiting()
    while not at.done and not walk.watch.stop.is_set():
        try:
            at = walk.step(at)
        except Stopped:
            return False
        progress(at, walk.counts)
        walk.read_waiting()
        progress(at, walk.counts)
    return at.done


@dataclass(frozen=True)
class _Walk:
    """One walk over one window; `seen` are the addresses that it was shown."""

    watch: Watch
    source: Source
    listing: Listing
    since: date
    until: date
    origin: Origin
    lease: Lease
    counts: Counts
    listings: Listings
    seen: set[str] = field(default_factory=set)

    def begin(self) -> Place:
        """Where the walk stands; links that were given up get another chance."""
        ingest = self.watch.ingest
        with ingest.database.write() as session:
            revive(session, self.source.id, ingest.clock())
            return place(session, self.source.id, self.since, self.until, self.listing.first_page)

    def step(self, at: Place) -> Place:
        """Take one page of the listing: its links and the walk's new place, in one transaction."""
        self.lease.renew()
        links = self._page(at.next_page)
        days = [_day(link) for link in links]
        inside = [k for k, day in zip(links, days, strict=True) if day is None or self.since <= day <= self.until]
        single = self.listing.kind == "register" or (self.listing.windowed and not self.listing.paged)
        over = self._is_last(links, days) or single
        after = replace(at, next_page=at.next_page + 1, listed=at.listed + len(inside), done=over)
        now = self.watch.ingest.clock()
        with self.watch.ingest.database.write() as session:
            page_url, lists = register_page(self.source), self.watch.lists
            self.counts.new += add_links(
                session, self.source.id, inside, self.origin, now, page_url=page_url, lists=lists
            )
            move(session, self.source.id, self.since, self.until, after, now)
        self.counts.listed += len(inside)
        return after

    def _is_last(self, links: Sequence[Link], days: Sequence[date | None]) -> bool:
        """Whether nothing older is to come: all that the page dates is older than the window (pinned items may
        head a newer one), or it shows nothing unseen, as listings do that answer any number with their last page.
        """
        unseen = {link.url for link in links} - self.seen
        self.seen.update(unseen)
        return not unseen or (any(days) and all(day < self.since for day in days if day))

    def _page(self, number: int) -> Sequence[Link]:
        """The links of one page of the listing, () beyond its end."""
        window = (self.since, self.until) if self.listing.windowed else None
        listed = self.listings.page(self.source, number, window)
        self.counts.fetched += listed.fetched
        self.counts.bytes += listed.bytes
        if not listed.links and number == self.listing.first_page and not window:
            raise UnreadableListing(f"{self.source.id}: the listing's first page shows no link: has it changed?")
        return listed.links

    def read_waiting(self) -> None:
        """Fetch the pages of the links that wait, and what hangs on them."""
        seen: set[int] = set()
        while links := self._waiting(seen):
            for link in links:
                if self.watch.stop.is_set():
                    return
                self.lease.renew()
                seen.add(link.id)
                read_link(self.watch.ingest, self.watch.polite, self.source, link, self.counts)

    def _waiting(self, seen: set[int]) -> list[Waiting]:
        ingest = self.watch.ingest
        with ingest.database.read() as session:
            links = waiting(session, self.source.id, ingest.clock())
        return [link for link in links if link.origin is self.origin and link.id not in seen]


def _day(link: Link) -> date | None:
    return link.published.astimezone(CHINA).date() if link.published else None

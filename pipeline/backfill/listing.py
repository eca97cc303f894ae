"""Walk back through a source's own paged listing, from the newest page to the first one older than `since`.

Each page of the listing is one step: its links and the walk's place are stored together, then the pages of the
links are fetched one by one. Killed anywhere, the same command goes on there. Nothing found is mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from config.source import Listing, Source
from extractors.read.entry import UnreadableListing
from extractors.read.listing import Link
from extractors.records import CHINA
from pipeline.fetch import HttpStatus, Stopped
from pipeline.lease import Lease
from pipeline.watch import Watch, listing_request, read_link
from storage.backfills import Place, move, place
from storage.frontier import Validators, add_links, revive, waiting
from storage.records import Origin
from storage.runs import Counts

PAST_THE_END = frozenset({400, 404})
"""What a listing answers to a page beyond its last (WordPress says 400)."""


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
    if source.listing is None or not source.listing.paged:
        raise NotPaged(f"{source.id}: its listing has no pages; give [listing] url a {{page}} to walk back through")
    with watch.lease(source) as lease:
        walk = _Walk(watch, source, source.listing, since, until, origin, lease, Counts(source.id))
        at = walk.begin()
        walk.read_waiting()
        while not at.done and not watch.stop.is_set():
            try:
                at = walk.step(at)
            except Stopped:
                break
            progress(at, walk.counts)
            walk.read_waiting()
            progress(at, walk.counts)
    return walk.counts


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
        over = self._is_last(links, days)
        after = replace(at, next_page=at.next_page + 1, listed=at.listed + len(inside), done=over)
        now = self.watch.ingest.clock()
        with self.watch.ingest.database.write() as session:
            self.counts.new += add_links(session, self.source.id, inside, self.origin, now)
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
        request = listing_request(self.listing, number, Validators())
        try:
            page = self.watch.polite.fetch(request, spacing=self.source.politeness.spacing)
        except HttpStatus as error:
            if error.status in PAST_THE_END and number > self.listing.first_page:
                return ()
            raise
        self.counts.fetched += 1
        self.counts.bytes += len(page.body)
        links = self.watch.ingest.read_listing(page, self.listing)
        if not links and number == self.listing.first_page:
            raise UnreadableListing(f"{self.source.id}: the listing's first page shows no link: has it changed?")
        return links

    def read_waiting(self) -> None:
        """Fetch the pages of the links that wait."""
        ingest = self.watch.ingest
        with ingest.database.read() as session:
            links = [k for k in waiting(session, self.source.id, ingest.clock()) if k.origin is self.origin]
        for link in links:
            if self.watch.stop.is_set():
                return
            self.lease.renew()
            read_link(ingest, self.watch.polite, self.source, link, self.counts)


def _day(link: Link) -> date | None:
    return link.published.astimezone(CHINA).date() if link.published else None

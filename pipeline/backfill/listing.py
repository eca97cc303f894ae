"""Walk back through a source's own paged listing, from the newest page to the first one older than `since`.

Each page of the listing is one step: its links and the walk's place are stored together, then the pages of the
links are fetched one by one. Killed anywhere, the same command goes on there. Nothing found is mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from config.source import Listing, Source
from extractors.read.entry import UnreadableListing
from extractors.read.listing import Link, read_listing
from extractors.records import CHINA
from pipeline.fetch import HttpStatus
from pipeline.watch import Watch, listing_request, read_link
from storage.backfills import Place, move, place
from storage.frontier import Validators, add_links, waiting
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

    Raises NotPaged, and FetchError or UnreadableListing where a listing page fails: what was stored stays.
    """
    listing = source.listing
    if listing is None or not listing.paged:
        raise NotPaged(f"{source.id}: its listing has no pages; give [listing] url a {{page}} to walk back through")
    counts = Counts(source.id)
    with watch.ingest.database.read() as session:
        at = place(session, source.id, since, until, listing.first_page)
    _read_waiting(watch, source, origin, counts)
    while not at.done and not watch.stop.is_set():
        at = _step(watch, source, listing, (since, until), at, origin, counts)
        progress(at, counts)
        _read_waiting(watch, source, origin, counts)
        progress(at, counts)
    return counts


def _step(
    watch: Watch, source: Source, listing: Listing, window: tuple[date, date], at: Place, origin: Origin, counts: Counts
) -> Place:
    links = _page(watch, source, listing, at.next_page, counts)
    since, until = window
    days = [_day(link) for link in links]
    inside = [link for link, day in zip(links, days, strict=True) if day is None or since <= day <= until]
    # A page is the last one when all that it dates is older than the window: pinned items may head a newer one.
    over = not links or (any(days) and all(day < since for day in days if day))
    after = replace(at, next_page=at.next_page + 1, listed=at.listed + len(inside), done=over)
    now = watch.ingest.clock()
    with watch.ingest.database.write() as session:
        counts.new += add_links(session, source.id, inside, origin, now)
        move(session, source.id, since, until, after, now)
    counts.listed += len(inside)
    return after


def _page(watch: Watch, source: Source, listing: Listing, number: int, counts: Counts) -> Sequence[Link]:
    """The links of one page of the listing, () beyond its end."""
    try:
        page = watch.polite.fetch(listing_request(listing, number, Validators()), spacing=source.politeness.spacing)
    except HttpStatus as error:
        if error.status in PAST_THE_END and number > listing.first_page:
            return ()
        raise
    counts.fetched += 1
    counts.bytes += len(page.body)
    links = read_listing(page.body, page.header("content-type"), page.final_url, listing)
    if not links and number == listing.first_page:
        raise UnreadableListing(f"{source.id}: the first page of the listing shows no link: has the page changed?")
    return links


def _day(link: Link) -> date | None:
    return link.published.astimezone(CHINA).date() if link.published else None


def _read_waiting(watch: Watch, source: Source, origin: Origin, counts: Counts) -> None:
    with watch.ingest.database.read() as session:
        links = [w for w in waiting(session, source.id, watch.ingest.clock()) if w.origin is origin]
    for link in links:
        if watch.stop.is_set():
            return
        read_link(watch.ingest, watch.polite, source, link, counts)

"""One round over one source: its listing, then the pages of the links that wait.

The listing's links are stored in one transaction with its validators, each page in one with its facts, its
outbox rows and its link's state: killed anywhere, the next round goes on where this one stood.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from config.source import Source
from extractors.read.entry import UnreadableListing
from extractors.read.listing import Link
from extractors.records import Article
from pipeline.clean import one_line
from pipeline.fetch import BadReply, FetchError, Held, HttpStatus, Polite, Request, Stopped
from pipeline.ingest import STAGES, Broken, Ingest
from pipeline.lease import Lease, Taken
from pipeline.listings import Listed, Listings
from storage.frontier import (
    Waiting,
    add_links,
    done,
    last_listing,
    next_check,
    postpone,
    quarantine,
    release,
    state_of,
    waiting,
)
from storage.records import Origin, Stored
from storage.runs import Counts, record

RETRY = timedelta(minutes=15)
"""The first pause before a page is asked for again; it doubles with each try."""
LONGEST_RETRY = timedelta(days=1)
JITTER = 0.2
"""The share by which a pause after a failure is drawn out at random, so that failing hosts are not hit in step."""
WORKERS = 8
"""Sources read at a time; politeness is kept for each host, so more only helps with many hosts."""


@dataclass(frozen=True)
class Watch:
    """Rounds over sources. `announce` treats even a first run's finds as news (the demo's and --announce's)."""

    ingest: Ingest
    polite: Polite
    stop: threading.Event
    announce: bool = False
    chance: Callable[[], float] = random.random

    def round(
        self,
        sources: list[Source],
        progress: Callable[[Counts], None] = lambda counts: None,
        *,
        quarantined: bool = False,
    ) -> list[Counts]:
        """Check these sources once, several at a time; the result is in their order."""

        def one(source: Source) -> Counts:
            counts = self.check(source, quarantined=quarantined)
            progress(counts)
            return counts

        with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="round") as pool:
            return list(pool.map(one, sources))

    def check(self, source: Source, *, quarantined: bool = False) -> Counts:
        """Check one source; whatever goes wrong is in the counts, and in the run's row.

        A stop is no failure: what was not begun stays due.
        """
        counts = Counts(source.id)
        try:
            with self.lease(source) as lease:
                self._check(source, counts, lease, quarantined=quarantined)
        except Taken as error:
            counts.listing_error = f"{source.id}: {error}"
        return counts

    def lease(self, source: Source) -> Lease:
        """The lease on a source: two readers at once would ask its host twice."""
        return Lease(self.ingest.database, self.ingest.clock, f"source {source.id}", "reads this source")

    def _check(self, source: Source, counts: Counts, lease: Lease, *, quarantined: bool) -> None:
        started = self.ingest.clock()
        retry_after = timedelta(0)
        try:
            self._list(source, counts)
        except Stopped:
            return
        except SQLAlchemyError:
            raise  # the database is away: there is nowhere to write this down
        except Exception as error:  # one source never stops the others
            known = isinstance(error, FetchError | UnreadableListing)
            counts.listing_error = str(error) if known else one_line(f"{source.id}: {type(error).__name__}: {error}")
            retry_after = _pause(error, started)
        self._read_pages(source, counts, lease, quarantined=quarantined)
        self._finish(source, counts, started, retry_after)

    def _list(self, source: Source, counts: Counts) -> None:
        with self.ingest.database.read() as session:
            known, first = last_listing(session, source.id)
        listed = Listings(self.ingest, self.polite).round(source, known)
        counts.bytes += listed.bytes
        counts.fetched += listed.fetched
        counts.not_modified += listed.unchanged
        counts.listed = len(listed.links)
        counts.rejected += len(listed.problems)
        counts.problems.extend(map(str, listed.problems))
        if not listed.unchanged:
            _refuse_short(source, listed.links)
        self._keep_links(source, listed, first=first, counts=counts)

    def _keep_links(self, source: Source, listed: Listed, *, first: bool, counts: Counts) -> None:
        origin = Origin.FIRST_RUN if first and not self.announce else Origin.LIVE
        now = self.ingest.clock()
        with self.ingest.database.write() as session:
            counts.new = add_links(session, source.id, listed.links, origin, now)
            row = state_of(session, source.id)
            row.etag, row.last_modified = listed.validators.etag, listed.validators.last_modified
            row.listing_sha256 = listed.validators.sha256
            if counts.new:
                row.last_new_at = now

    def _read_pages(self, source: Source, counts: Counts, lease: Lease, *, quarantined: bool) -> None:
        now = self.ingest.clock()
        with self.ingest.database.write() as session:
            release(session, source.id, STAGES, now, every=quarantined)
        with self.ingest.database.read() as session:
            links = waiting(session, source.id, now)
        for link in links:
            if self.stop.is_set():
                return
            lease.renew()
            read_link(self.ingest, self.polite, source, link, counts)

    def _finish(self, source: Source, counts: Counts, started: datetime, retry_after: timedelta) -> None:
        now = self.ingest.clock()
        with self.ingest.database.write() as session:
            row = state_of(session, source.id)
            row.failures = row.failures + 1 if counts.status == "failed" else 0
            row.last_error = counts.error
            if counts.status != "failed":
                row.last_ok_at = now
            wait = next_check(source.interval, row.failures)
            jitter = 1 + JITTER * self.chance() if row.failures else 1.0
            row.next_check_at = now + max(wait * jitter, retry_after)
            record(session, counts, started, now)


def read_link(ingest: Ingest, polite: Polite, source: Source, link: Waiting, counts: Counts) -> None:
    """Fetch and store the page of one link; a failure postpones it or puts it aside, and is counted."""
    now = ingest.clock()
    try:
        stored = _store_link(ingest, polite, source, link, counts)
    except Stopped:
        return
    except FetchError as error:
        counts.rejected += 1
        counts.problems.append(str(error))
        pause = max(min(RETRY * (1 << min(link.attempts, 10)), LONGEST_RETRY), _pause(error, now))
        with ingest.database.write() as session:
            postpone(session, link, str(error), now + pause, refused=_refused(error))
    except Broken as error:
        counts.rejected += 1
        counts.problems.append(f"{link.url}: {error}")
        with ingest.database.write() as session:
            quarantine(session, link, error.stage, STAGES[error.stage], error.reason, now)
    else:
        counts.read += 1
        counts.relevant += bool(stored and stored.approvals)
        counts.approvals += len(stored.approvals) if stored else 0
        counts.news += len(stored.news) if stored else 0


def _store_link(ingest: Ingest, polite: Polite, source: Source, link: Waiting, counts: Counts) -> Stored | None:
    if link.html is not None:
        article = ingest.read_listed(Link(link.url, link.title, link.published, link.html), source)
        return ingest.article(article, link.origin, lambda session: done(session, link.id))
    page = polite.fetch(page_request(source, link.url), spacing=source.politeness.spacing)
    counts.fetched += 1
    counts.bytes += len(page.body)
    known = Article(link.title or "", "", published=link.published)
    return ingest.page(page, source, link.origin, lambda session: done(session, link.id), known)


def page_request(source: Source, url: str) -> Request:
    """The request for one article: it comes from the source's listing."""
    listing = source.listing
    return Request(url, referer=(listing.referer or listing.address()) if listing else None)


def _refuse_short(source: Source, links: tuple[Link, ...]) -> None:
    """A reply with too few links is a failure, not an empty success."""
    if len(links) < source.expect.links:
        raise UnreadableListing(
            f"{source.id}: the listing shows {len(links)} links, at least {source.expect.links} are expected:"
            " has the page changed? see `greenlit sources check`"
        )


def _refused(error: FetchError) -> bool:
    """Whether the page itself is at fault, not its host's day: such a page is given up in the end."""
    if isinstance(error, HttpStatus):
        return error.status < 500 and error.status not in (408, 425, 429)
    return isinstance(error, BadReply)


def _pause(error: Exception, now: datetime) -> timedelta:
    """The pause that the host asked for, zero where it named none."""
    if isinstance(error, HttpStatus) and error.retry_after is not None:
        return error.retry_after
    return max(error.until - now, timedelta(0)) if isinstance(error, Held) else timedelta(0)

"""One round over one source: its listing, then the pages of the links that wait.

The listing's links are stored in one transaction with its validators, each page in one with its facts, its
outbox rows and its link's state: killed anywhere, the next round goes on where this one stood.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from config.source import Source
from extractors.read.entry import EmptyListing
from extractors.records import CHINA
from pipeline.clean import one_line
from pipeline.due import next_check
from pipeline.fetch import Polite, Stopped
from pipeline.health import Vitals, alarms_of
from pipeline.ingest import STAGES, Ingest
from pipeline.lease import Lease, Taken
from pipeline.links import pause_of, read_link
from pipeline.listings import Listed, Listings
from pipeline.reasons import is_known, reason_of
from pipeline.registers import register_page
from pipeline.rhythm import Calendar, china_calendar
from storage.alarms import settle
from storage.frontier import (
    Waiting,
    add_links,
    ask_again,
    items,
    last_listing,
    release,
    remember_listing,
    remember_round,
    remember_wish,
    state_of,
    waiting,
)
from storage.records import Origin
from storage.runs import Counts, Reason, record
from storage.shadow import origin_for
from storage.tables import SourceState

WORKERS = 8
"""Sources read at a time; politeness is kept for each host, so more only helps with many hosts."""
PAGES = timedelta(minutes=10)
"""How long a round reads the pages of one source; what is left stays due. A list of 50,000 pages, or a host that lets
each one time out, must not keep the other sources from being looked at."""


@dataclass(frozen=True)
class Watch:
    """Rounds over sources. `announce` treats even a first run's finds as news (the demo's and --announce's).

    `zone` is that of quiet hours, `calendar` that of the sources' silences, `lists` the ids of all sources that read
    official lists.
    """

    ingest: Ingest
    polite: Polite
    stop: threading.Event
    announce: bool = False
    zone: ZoneInfo = CHINA
    calendar: Calendar = field(default_factory=china_calendar)
    chance: Callable[[], float] = random.random
    lists: frozenset[str] = frozenset()

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
        counts = Counts(source.id, limit=source.expect.rejected)
        try:
            with self.lease(source) as lease:
                self._check(source, counts, lease, quarantined=quarantined)
        except Taken as error:
            counts.fail(Reason.BUSY, f"{source.id}: {error}")
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
            said = str(error) if is_known(error) else one_line(f"{source.id}: {type(error).__name__}: {error}")
            counts.fail(reason_of(error), said)
            retry_after = pause_of(error, started)
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
        for problem in listed.problems:
            counts.reject(reason_of(problem), str(problem), fresh=False)
        short = None if listed.unchanged else _short(source, listed)
        if short and not listed.links:
            raise EmptyListing(short)
        if short:
            counts.fail(Reason.FEW_LINKS, short)
        self._keep_links(source, listed, first=first, counts=counts, whole=short is None)

    def _keep_links(self, source: Source, listed: Listed, *, first: bool, counts: Counts, whole: bool) -> None:
        """Remember the links, and what stands for them only where the listing is `whole`: else it is asked again."""
        now = self.ingest.clock()
        with self.ingest.database.write() as session:
            origin = origin_for(session, source, Origin.FIRST_RUN if first and not self.announce else Origin.LIVE)
            page_url = register_page(source)
            counts.new = add_links(session, source.id, listed.links, origin, now, page_url=page_url, lists=self.lists)
            changed = page_url is not None and not listed.unchanged
            ask_again(session, source.id, listed.links, origin, now, changed=changed)
            row = state_of(session, source.id)
            if counts.new:
                row.last_new_at = now
            if whole:
                remember_listing(row, listed.validators, listed.links, now, unchanged=listed.unchanged)
                remember_wish(row, listed.fresh_for, unchanged=listed.unchanged)

    def _read_pages(self, source: Source, counts: Counts, lease: Lease, *, quarantined: bool) -> None:
        now = self.ingest.clock()
        with self.ingest.database.write() as session:
            release(session, source.id, STAGES, now, every=quarantined)
        seen: set[int] = set()
        while links := self._waiting(source, now, seen):  # a page may bring attachments
            for at, link in enumerate(links):
                if self.stop.is_set():
                    return
                if self.ingest.clock() >= now + PAGES:
                    counts.left = len(links) - at
                    return
                lease.renew()
                seen.add(link.id)
                read_link(self.ingest, self.polite, source, link, counts)

    def _waiting(self, source: Source, now: datetime, seen: set[int]) -> list[Waiting]:
        with self.ingest.database.read() as session:
            return [link for link in waiting(session, source.id, now) if link.id not in seen]

    def _finish(self, source: Source, counts: Counts, started: datetime, retry_after: timedelta) -> None:
        """Write down what the round came to, what is wrong with its source, and when the next one is."""
        now = self.ingest.clock()
        counts.seconds = (now - started).total_seconds()
        with self.ingest.database.read() as session:
            found = items(session, source.id)
        with self.ingest.database.write() as session:
            row = state_of(session, source.id)
            row.shadow = origin_for(session, source, Origin.LIVE) is Origin.SHADOW
            remember_round(row, counts, now)
            row.next_check_at = self._next_check(source, row, now, retry_after, left=counts.left > 0)
            record(session, counts, started, now)
            vitals = Vitals(row.failures, row.last_error, row.last_new_at, row.links_changed_at, found)
            settle(session, source.id, alarms_of(vitals, source.expect, self.calendar, now), now)

    def _next_check(
        self, source: Source, row: SourceState, now: datetime, retry_after: timedelta, *, left: bool
    ) -> datetime:
        return next_check(
            now,
            min(source.interval, PAGES) if left else source.interval,
            zone=self.zone,
            failures=row.failures,
            fresh_for=timedelta(seconds=row.fresh_for) if row.fresh_for else None,
            retry_after=retry_after,
            quiet=source.quiet,
            chance=self.chance(),
        )


def _short(source: Source, listed: Listed) -> str | None:
    """What is to be said of a listing with too few links: it is a failure, not an empty success."""
    if len(listed.links) >= source.expect.links:
        return None
    return (
        f"{source.id}: the listing shows {len(listed.links)} links, at least {source.expect.links} are expected:"
        " has the page changed? see `greenlit sources check`"
    )

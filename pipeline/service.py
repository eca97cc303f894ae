"""The service: a scheduler that wakes it, and what is due, which is always a query.

APScheduler only wakes. Due sources, the digest and the lease are looked up in the database at each waking, so a
suspended machine or a restart loses nothing: what was missed is due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from config.settings import Settings
from config.source import Source
from pipeline.assembly import Assembly
from pipeline.clean import one_line
from pipeline.due import is_quiet
from pipeline.lease import SERVICE, Lease, Taken
from storage.alarms import OF_SOURCES, clear_unwatched, open_alarms
from storage.frontier import due
from storage.runs import Counts
from storage.wishes import Schedule

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

WAKE = timedelta(seconds=15)
"""How often the service looks for what is due."""


class Service:
    """Greenlit as a background service: within a `with`, `start` it and `wait` until somebody stops it."""

    def __init__(self, parts: Assembly, say: Callable[[str], None]) -> None:
        self.parts = parts
        self._say = say
        self._lease = Lease(parts.database, parts.clock, SERVICE, "serves this database")
        self.heartbeat: datetime | None = None
        self._scheduler: BackgroundScheduler | None = None

    def __enter__(self) -> Self:
        """Be the one that serves this database. Raises Taken."""
        self._lease.renew()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the job in hand finish its page, stop waking, give the lease back."""
        self.parts.stop.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
        self._lease.__exit__(kind, error, trace)

    def start(self) -> None:
        """Begin to wake."""
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a waking skipped while one works is no news
        scheduler = BackgroundScheduler(
            timezone=self.parts.settings.timezone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        now = self.parts.clock()
        for job in (self._keep_lease, self.fetch_due, self.send_due, self.tell_due):
            wake = partial(self._survive, job)
            scheduler.add_job(wake, "interval", seconds=WAKE.total_seconds(), id=job.__name__, next_run_time=now)
        scheduler.start()
        self._scheduler = scheduler

    def wait(self) -> None:
        """Until somebody sets the stop event."""
        while not self.parts.stop.wait(1.0):
            pass

    def _survive(self, job: Callable[[], object]) -> None:
        """One waking that fails is one line; the next one tries again, as what is due stays due."""
        try:
            job()
        except Exception as error:
            self._say(one_line(f"{job.__name__.strip('_')} failed: {type(error).__name__}: {error}", 300))

    def fetch_due(self) -> list[Counts]:
        """Check the sources that are due."""
        now, zone = self.parts.clock(), self.parts.settings.zone
        enabled = (s for s in self.parts.sources.sources.values() if s.enabled)
        sources = [s for s in enabled if not is_quiet(now, s.quiet, zone)]
        with self.parts.database.read() as session:
            ready = due(session, [s.id for s in sources], now)
        by_id: dict[str, Source] = {s.id: s for s in sources}
        if not ready or self.parts.stop.is_set():
            return []
        return self.parts.watch().round([by_id[id] for id in ready], lambda counts: self._say(counts_line(counts)))

    def send_due(self) -> None:
        """Send the digests whose time has come: to each subscriber what was found before the last time of its wish."""
        settings = self.parts.settings
        hooks = self.parts.hooks
        if (settings.smtp_host is None and not hooks.hooks) or self.parts.stop.is_set():
            return
        from pipeline.digest.send import send_digest

        report = send_digest(
            self.parts.database,
            settings,
            self.parts.clock,
            hooks=hooks,
            boundary=partial(_boundary, self.parts.clock(), settings),
            sources=self.parts.sources.sources,
            stopped=self.parts.stop.is_set,
        )
        if report.sent or report.failed:
            self._say(report.summary)

    def tell_due(self) -> None:
        """Tell the operator of new alarms, and end those of sources that are watched no more."""
        from pipeline.alarms import tell_operator, watch_files

        files = self.parts.sources
        watch_files(self.parts.database, files.problems, self.parts.clock)
        watched = [s.id for s in files.sources.values() if s.enabled]
        watched += [Path(problem.path).stem for problem in files.problems]
        with self.parts.database.read() as session:
            known = [alarm for alarm in open_alarms(session) if alarm.name in OF_SOURCES]
        gone = any(alarm.source not in watched for alarm in known)
        if gone:
            with self.parts.database.write() as session:
                clear_unwatched(session, watched, self.parts.clock())
        told = tell_operator(self.parts.database, self.parts.settings, self.parts.clock)
        if told:
            self._say(f"the operator was told of {told} alarms")

    def _keep_lease(self) -> None:
        try:
            self._lease.renew()
        except Taken as error:
            self._say(f"stopping: {error}")
            self.parts.stop.set()
        self.heartbeat = self.parts.clock()


def _boundary(now: datetime, settings: Settings, schedule: Schedule) -> datetime:
    return schedule.boundary(now, settings.digest_at, settings.zone)


def counts_line(counts: Counts) -> str:
    """One line on one round, for people and logs."""
    line = (
        f"{counts.source}: {counts.status}; {_listed(counts)}, {counts.new} new, {counts.read} read,"
        f" {counts.relevant} relevant, {counts.approvals} approvals, {counts.news} news, {counts.rejected} rejected"
    )
    line += f" ({counts.why})" if counts.rejected else ""
    line += f", {counts.left} left for the next round" if counts.left else ""
    return f"{line}; {counts.error}" if counts.error else line


def _listed(counts: Counts) -> str:
    unchanged = counts.not_modified and not counts.listed and not counts.listing_error
    return "listing unchanged" if unchanged else f"{counts.listed} listed"

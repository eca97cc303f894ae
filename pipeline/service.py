"""The service: a scheduler that wakes it, and what is due, which is always a query.

APScheduler only wakes. Due sources, the digest and the lease are looked up in the database at each waking, so a
suspended machine or a restart loses nothing: what was missed is due.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.source import Source
from pipeline.assembly import Assembly
from storage import leases
from storage.frontier import due
from storage.runs import Counts

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger("greenlit")
WAKE = timedelta(seconds=15)
"""How often the service looks for what is due."""


class LeaseTaken(Exception):
    """Another instance serves this database."""


class Service:
    """Greenlit as a background service: `take_lease`, `start`, `wait` until somebody stops it, `close`."""

    def __init__(self, parts: Assembly, say: Callable[[str], None]) -> None:
        self.parts = parts
        self._say = say
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._lost = threading.Event()
        self.heartbeat: datetime | None = None
        self._scheduler: BackgroundScheduler | None = None

    def take_lease(self) -> None:
        """Be the one that serves this database. Raises LeaseTaken."""
        with self.parts.database.write() as session:
            leases.bury(session, leases.SERVICE, _is_dead)
        self._renew()

    def start(self) -> None:
        """Begin to wake."""
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a waking skipped while one works is no news
        scheduler = BackgroundScheduler(
            timezone=self.parts.settings.timezone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        now = self.parts.clock()
        for job in (self._renew_or_stop, self.fetch_due, self.send_due):
            wake = partial(self._survive, job)
            scheduler.add_job(wake, "interval", seconds=WAKE.total_seconds(), id=job.__name__, next_run_time=now)
        scheduler.start()
        self._scheduler = scheduler

    def wait(self) -> None:
        """Until somebody sets the stop event."""
        while not self.parts.stop.wait(1.0):
            pass

    def close(self) -> None:
        """Let the job in hand finish its page, stop waking, give the lease back."""
        self.parts.stop.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
        if not self._lost.is_set():
            with self.parts.database.write() as session:
                leases.give_back(session, leases.SERVICE, self._holder)

    def _survive(self, job: Callable[[], object]) -> None:
        """One waking that fails is one line; the next one tries again, as what is due stays due."""
        try:
            job()
        except Exception as error:
            self._say(f"{job.__name__.strip('_')} failed: {type(error).__name__}: {' '.join(str(error).split())}")

    def fetch_due(self) -> list[Counts]:
        """Check the sources that are due."""
        sources = [s for s in self.parts.sources.sources.values() if s.enabled]
        with self.parts.database.read() as session:
            ready = due(session, [s.id for s in sources], self.parts.clock())
        by_id: dict[str, Source] = {s.id: s for s in sources}
        if not ready or self.parts.stop.is_set():
            return []
        return self.parts.watch().round([by_id[id] for id in ready], lambda counts: self._say(counts_line(counts)))

    def send_due(self) -> None:
        """Send the digest whose time has come: all that was found before the last digest time."""
        settings = self.parts.settings
        if settings.smtp_host is None or self.parts.stop.is_set():
            return
        from pipeline.digest.send import send_digest

        boundary = last_digest_time(self.parts.clock(), settings.digest_at, settings.zone)
        report = send_digest(self.parts.database, settings, self.parts.clock, found_before=boundary)
        if report.sent or report.failed:
            self._say(report.summary)

    def _renew(self) -> None:
        now = self.parts.clock()
        with self.parts.database.write() as session:
            other = leases.take(session, leases.SERVICE, self._holder, now)
        if other is not None:
            until = other.expires_at.astimezone(self.parts.settings.zone)
            raise LeaseTaken(
                f"{other.holder} serves this database already (its lease runs until {until:%H:%M:%S} unless renewed);"
                " stop it, or give this one another GREENLIT_DATABASE_URL"
            )
        self.heartbeat = now

    def _renew_or_stop(self) -> None:
        try:
            self._renew()
        except LeaseTaken as error:
            log.error("%s", error)
            self._lost.set()
            self.parts.stop.set()


def _is_dead(holder: str) -> bool:
    """Whether a lease's holder was a process of this machine that is no more, so that nobody waits for a ghost."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return int(pid) == os.getpid()


def last_digest_time(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """The last moment at or before `now` at which a digest was due; `at` is HH:MM in `zone`."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), time.fromisoformat(at), zone)
    return today if today <= local else datetime.combine(local.date() - timedelta(days=1), time.fromisoformat(at), zone)


def counts_line(counts: Counts) -> str:
    """One line on one round, for people and logs."""
    line = (
        f"{counts.source}: {counts.status}; {counts.listed} listed, {counts.new} new, {counts.read} read,"
        f" {counts.relevant} relevant, {counts.approvals} approvals, {counts.news} news, {counts.rejected} rejected"
    )
    return f"{line}; {counts.error}" if counts.error else line

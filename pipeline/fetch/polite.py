"""Fetching with manners: robots.txt, one request at a time for each host, pauses, and few tries.

The pause that a host asks for (Retry-After) is kept in a store that the caller gives, so that it outlives a restart.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from extractors.records import Page
from pipeline.fetch.client import Client, Gate
from pipeline.fetch.errors import FetchError, Held, HttpStatus, Stopped, Unreachable
from pipeline.fetch.request import Request
from pipeline.fetch.robots import Robots

FLOOR = 1.0
"""Seconds between two requests to one host, at least; only tests and the demo go below."""

PATIENCE = timedelta(seconds=60)
"""The longest wait for a host inside one round; beyond it the fetch is `Held` and the round goes on."""

BACKOFFS = (2.0, 8.0)
"""Seconds before the second and the third try; each is varied by half, so that clients do not march in step."""

TOO_MANY = timedelta(minutes=5)
"""The pause after a 429 that names none."""


class HostTimes(Protocol):
    """Where the pauses of hosts are kept between runs. All times are aware."""

    def not_before(self, host: str) -> datetime | None:
        """When the host may be asked again; None where it may at any time."""

    def hold(self, host: str, until: datetime) -> None:
        """Don't ask the host before `until`."""


@dataclass(slots=True)
class _Host:
    """One host's turn: who holds the lock asks; `free_at` is in seconds of the monotonic clock.

    `paged` once a page was asked for: until then only robots.txt was, after which nobody waits for ever.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float | None = None
    paged: bool = False


class Polite:
    """A client with manners. Safe to share between threads: they queue for each host, not for each other."""

    def __init__(
        self,
        client: Client,
        times: HostTimes,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
        floor: float = FLOOR,
        patience: timedelta = PATIENCE,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """`sleep` returns true where it was cut short (as `Event.wait` does): then `fetch` raises Stopped.

        So it does, before any request, once `stopped` says so. `chance` gives 0..1; `floor` is the least spacing
        in seconds, whatever a source says.
        """
        self._client = client
        self._times = times
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._floor = floor
        self._patience = patience
        self._stopped = stopped
        self._robots = Robots(self._read_robots, clock)
        self._guard = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def fetch(self, request: Request, *, spacing: float = FLOOR) -> Page:
        """The page, asked for when robots.txt and the host allow it, at most three times.

        `spacing` is the least time, in seconds, since the last request to the same host; the longest of it,
        the floor and the site's crawl-delay counts; one that is longer than our patience is kept across restarts.
        Raises FetchError: Stopped where Greenlit is being stopped.
        """

        @contextmanager
        def gate(hop: Request) -> Iterator[None]:
            delay = self._robots.permit(hop.url, operator=hop.operator)
            with self._turn(hop.url, max(spacing, delay)):
                yield

        return self._persist(request, gate)

    def _read_robots(self, request: Request) -> Page:
        return self._persist(request, lambda hop: self._turn(hop.url, self._floor, page=False))

    def _persist(self, request: Request, gate: Gate) -> Page:
        for backoff in BACKOFFS:
            try:
                return self._client.fetch(request, gate=gate)
            except (Unreachable, HttpStatus) as error:
                if request.method != "GET" or not self._passing(error):
                    raise
            self._pause(request.url, backoff * (0.5 + self._chance()))
        return self._client.fetch(request, gate=gate)

    def _passing(self, error: FetchError) -> bool:
        """Whether the same request may do better in a moment."""
        if isinstance(error, HttpStatus):
            pause = error.retry_after or timedelta()
            return error.status in (502, 503) and pause <= self._patience
        return isinstance(error, Unreachable) and error.again

    @contextmanager
    def _turn(self, url: str, spacing: float, *, page: bool = True) -> Iterator[None]:
        """Around one request to the host of `url`: alone, after its pause; what it asks for is kept."""
        name = urlsplit(url).hostname or ""
        with self._guard:
            host = self._hosts.setdefault(name, _Host())
        with host.lock:
            self._wait(url, name, host, max(spacing, self._floor))
            try:
                yield
            except HttpStatus as error:
                self._note(name, error)
                raise
            finally:
                host.free_at, host.paged = self._monotonic(), host.paged or page
                if page and spacing > self._patience.total_seconds():
                    self._hold(name, timedelta(seconds=spacing))

    def _wait(self, url: str, name: str, host: _Host, spacing: float) -> None:
        if self._stopped():
            raise Stopped(url)
        now = self._clock()
        if not host.paged:
            spacing = min(spacing, self._patience.total_seconds())
        wait = 0.0 if host.free_at is None else host.free_at + spacing - self._monotonic()
        held = self._times.not_before(name)
        if held is not None:
            wait = max(wait, (held - now).total_seconds())
        if wait > self._patience.total_seconds():
            raise Held(url, now + timedelta(seconds=wait))
        if wait > 0:
            self._pause(url, wait)

    def _pause(self, url: str, seconds: float) -> None:
        if self._sleep(seconds) or self._stopped():
            raise Stopped(url)

    def _note(self, host: str, error: HttpStatus) -> None:
        pause = error.retry_after or (TOO_MANY if error.status == 429 else None)
        if pause:
            self._hold(host, pause)

    def _hold(self, host: str, pause: timedelta) -> None:
        """Remember a pause, unless a longer one is known."""
        until, known = self._clock() + pause, self._times.not_before(host)
        if known is None or known < until:
            self._times.hold(host, until)

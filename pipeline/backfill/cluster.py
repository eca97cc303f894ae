"""Units worked on by many machines: Dask distributed (extra `cluster`) hands them out, PostgreSQL holds what is found.

Each worker puts a Greenlit of its own together. One that dies loses its unit's last stretch; the scheduler gives the
unit to another. When the scheduler itself dies, the same command goes on where the units stand.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from pipeline.backfill.pool import TICK, Hands
from pipeline.clean import one_line

if TYPE_CHECKING:
    from pipeline.assembly import Assembly

RETRIES = 2
"""How often a unit whose worker died is given to another."""
AHEAD = 2
"""Units that the scheduler holds for each worker, so that none waits for us."""
GONE = "the scheduler has gone: start it, and run the same command again to go on"
PATIENCE = 10.0
"""Seconds to reach the scheduler."""
NO_WORKER = 60.0
"""Seconds until it has a worker."""
_ADDRESS = re.compile(r"[a-z]+://[^/\s]+:\d+")
_LOGGERS = ("distributed", "distributed.client")
"""Those of Dask that tell every lost connection with its traceback: we say it in a line."""


class Missing(Exception):
    """The cluster can't be used as it is; the message says why, and what to do."""


class Cluster:
    """The workers of a Dask scheduler."""

    def __init__(self, client: Any, at_once: int) -> None:
        self._client = client
        self._at_once = at_once
        self._futures: dict[int, Any] = {}
        self.lost: dict[int, str] = {}

    @property
    def free(self) -> int:
        with self._reached():
            workers = len(self._client.scheduler_info(n_workers=-1).get("workers", ()))
        return max(min(self._at_once, AHEAD * workers) - len(self._futures), 0)

    @property
    def busy(self) -> frozenset[int]:
        return frozenset(self._futures)

    def take(self, unit: int) -> None:
        from pipeline.backfill.cluster_worker import work_there

        with self._reached():
            self._futures[unit] = self._client.submit(work_there, unit, pure=False, retries=RETRIES, key=f"unit-{unit}")

    def rest(self) -> None:
        with self._reached():
            time.sleep(TICK)
        for unit, future in list(self._futures.items()):
            if future.done():
                del self._futures[unit]
                if future.status == "error":
                    self.lost[unit] = one_line(f"unit {unit}: {future.exception()!r}", 300)

    def let_go(self) -> None:
        with self._reached():
            self._client.cancel(list(self._futures.values()))
        self._futures.clear()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raises Missing where the scheduler goes meanwhile: Dask may raise, or answer with what it knew before."""
        from distributed.client import ClosedClientError

        try:
            yield
        except (OSError, TimeoutError, ValueError, ClosedClientError) as error:
            raise Missing(GONE) from error
        if self._client.status != "running":
            raise Missing(GONE)


@contextmanager
def cluster(parts: Assembly, address: str, at_once: int) -> Iterator[Hands]:
    """The workers of the scheduler at `address` (tcp://host:8786). Raises Missing."""
    if not _ADDRESS.fullmatch(address):
        raise Missing(f"--scheduler {address}: give its address as tcp://host:8786")
    if find_spec("distributed") is None:
        raise Missing("--scheduler needs Dask: install Greenlit with its extra, pip install 'greenlit[cluster]'")
    refuse_sqlite(parts.settings)
    from distributed import Client

    from pipeline.backfill.cluster_worker import Plugin

    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise Missing(f"{address}: no Dask scheduler answers there: {one_line(str(error), 200)}") from error
    with _quiet(), client:
        _await_worker(client, address)
        client.register_plugin(Plugin(parts.outfit))
        yield Cluster(client, at_once)


def _await_worker(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=NO_WORKER)
    except TimeoutError as error:
        raise Missing(f"{address}: the scheduler has no worker: `dask worker {address} --nthreads 1`") from error


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = {logging.getLogger(name): logging.getLogger(name).level for name in _LOGGERS}
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in loggers.items():
            logger.setLevel(level)


def refuse_sqlite(settings: Settings) -> None:
    """Raises Missing where the results would go into a file of one machine."""
    if settings.database.startswith("sqlite"):
        raise Missing(
            "many machines need one database: set GREENLIT_DATABASE_URL to a PostgreSQL (or use --workers here)"
        )

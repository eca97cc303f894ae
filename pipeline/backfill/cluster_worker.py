"""What runs on the workers of a Dask cluster; it is imported only where Dask is installed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin, get_worker

from pipeline.backfill.pool import Outfit, work_on

if TYPE_CHECKING:
    from pipeline.assembly import Assembly

NAME = "greenlit"


class Plugin(WorkerPlugin):  # type: ignore[misc]
    """What stays on a worker: a Greenlit of its own. One unit at a time, however many threads the worker has.

    It is put together with the first unit: Dask may hand out one before `setup` has ended.
    """

    name = NAME

    def __init__(self, outfit: Outfit) -> None:
        self._outfit = outfit
        self._lock = Lock()
        self._parts: Assembly | None = None

    def __reduce__(self) -> tuple[type[Plugin], tuple[Outfit]]:
        return Plugin, (self._outfit,)

    def work(self, unit: int) -> None:
        """Work on one unit."""
        with self._lock:
            if self._parts is None:
                self._parts = self._outfit.parts()
            work_on(self._parts, unit)

    def teardown(self, worker: Any) -> None:
        """Called by Dask when the worker ends, or another backfill begins."""
        if self._parts is not None:
            self._parts.stop.set()
            self._parts.close()


def work_there(unit: int) -> None:
    """Work on one unit, on a worker."""
    get_worker().plugins[NAME].work(unit)

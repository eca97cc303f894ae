"""What runs on the workers of a Dask cluster; it is imported only where Dask is installed."""

from __future__ import annotations

from threading import Lock
from typing import Any

from distributed import WorkerPlugin, get_worker

from pipeline.backfill.pool import Outfit, work_on

NAME = "greenlit"


class Plugin(WorkerPlugin):  # type: ignore[misc]
    """What stays on a worker: a Greenlit of its own. One unit at a time, however many threads the worker has."""

    name = NAME

    def __init__(self, outfit: Outfit) -> None:
        self._outfit = outfit

    def setup(self, worker: Any) -> None:
        """Called by Dask when the worker starts, or first hears of this plugin."""
        self.lock = Lock()
        self.parts = self._outfit.parts()

    def teardown(self, worker: Any) -> None:
        """Called by Dask when the worker ends."""
        self.parts.stop.set()
        self.parts.close()


def work_there(unit: int) -> None:
    """Work on one unit, on a worker."""
    plugin = get_worker().plugins[NAME]
    with plugin.lock:
        work_on(plugin.parts, unit)

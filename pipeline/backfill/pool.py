"""Who works on the units of a job: this process, or several on this machine (on many: `pipeline.backfill.cluster`).

A worker gets one unit at a time, and stores what it finds itself. One that dies loses no more than its unit's last
stretch: another is started in its place.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import TYPE_CHECKING, Any, Protocol

from config.companies import CompanyEntry
from config.settings import Settings
from pipeline.backfill.units import Tools, work_off
from pipeline.backfill.ways import way_of
from pipeline.clean import one_line
from storage.backfills import get_job, get_unit

if TYPE_CHECKING:
    from pipeline.assembly import Assembly

_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from pipeline.backfill.pool import serve; serve(int(sys.argv[1]))"
DEATHS = 3
"""Workers that may die of one unit; then it is left for another run."""
TICK = 1.0
"""Seconds between two looks at how things stand."""


class Hands(Protocol):
    """Who works on units."""

    @property
    def free(self) -> int:
        """How many more units can be taken on now."""

    @property
    def busy(self) -> frozenset[int]:
        """The units that are in hand."""

    @property
    def lost(self) -> Mapping[int, str]:
        """The units that were given up for this run, and why."""

    def take(self, unit: int) -> None:
        """Begin with a unit."""

    def rest(self) -> None:
        """Wait until something ended, or a moment has passed."""

    def let_go(self) -> None:
        """Ask for a stop after the stretch in hand."""


@dataclass(frozen=True)
class Outfit:
    """All that a worker needs to put a Greenlit together, on this machine or another one."""

    settings: Settings
    companies: tuple[CompanyEntry, ...]
    floor: float

    def parts(self) -> Assembly:
        """A Greenlit of the worker's own."""
        from pipeline.assembly import Assembly

        return Assembly(self.settings, known=self.companies, floor=self.floor)


def work_on(parts: Assembly, id: int) -> None:
    """Work on one unit, wherever it stands."""
    with parts.database.read() as session:
        unit = get_unit(session, id)
        job = get_job(session, unit.job)
    if not unit.done:
        work_off(Tools.of(parts), way_of(job.way, job.terms), unit)


class Alone:
    """This process, one unit after the other."""

    def __init__(self, parts: Assembly) -> None:
        self._parts = parts
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="backfill")
        self._unit: tuple[int, Future[None]] | None = None
        self.lost: dict[int, str] = {}

    @property
    def free(self) -> int:
        return int(self._unit is None)

    @property
    def busy(self) -> frozenset[int]:
        return frozenset(() if self._unit is None else (self._unit[0],))

    def take(self, unit: int) -> None:
        self._unit = unit, self._thread.submit(work_on, self._parts, unit)

    def rest(self) -> None:
        if self._unit is None:
            self._parts.stop.wait(TICK)
            return
        with suppress(TimeoutError):
            self._unit[1].result(TICK)
        if self._unit[1].done():
            self._unit = None

    def let_go(self) -> None:
        self._parts.stop.set()

    def close(self) -> None:
        """Wait for the stretch in hand."""
        if self._unit is not None:
            self._parts.stop.set()
        self._thread.shutdown()


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection[Any, Any]
    unit: int | None = None


class Processes:
    """Several processes of this machine."""

    def __init__(self, outfit: Outfit, count: int) -> None:
        self._outfit = outfit
        self._workers = [_started(outfit) for _ in range(count)]
        self._deaths: dict[int, int] = {}
        self.lost: dict[int, str] = {}

    @property
    def free(self) -> int:
        return sum(worker.unit is None for worker in self._workers)

    @property
    def busy(self) -> frozenset[int]:
        return frozenset(worker.unit for worker in self._workers if worker.unit is not None)

    def take(self, unit: int) -> None:
        worker = next(worker for worker in self._workers if worker.unit is None)
        worker.unit = unit
        worker.connection.send(unit)

    def rest(self) -> None:
        ready = wait([worker.connection for worker in self._workers], TICK)
        for at, worker in enumerate(self._workers):
            if worker.connection in ready and not self._heard(worker):
                self._mourn(worker)
                self._workers[at] = _started(self._outfit)

    def _heard(self, worker: _Worker) -> bool:
        """What a worker says of its unit; false where it died."""
        try:
            failure = worker.connection.recv()
        except (EOFError, OSError):
            return False
        if failure is not None and worker.unit is not None:
            self.lost[worker.unit] = failure
        worker.unit = None
        return True

    def _mourn(self, worker: _Worker) -> None:
        worker.connection.close()
        worker.process.wait()
        if worker.unit is not None:
            deaths = self._deaths[worker.unit] = self._deaths.get(worker.unit, 0) + 1
            if deaths >= DEATHS:
                self.lost[worker.unit] = f"{deaths} workers died of it"

    def let_go(self) -> None:
        for worker in self._workers:
            worker.process.terminate()

    def close(self) -> None:
        """End all workers, after their stretch in hand."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.wait()


def _started(outfit: Outfit) -> _Worker:
    """A worker: our own interpreter and code, as in `pipeline.worker` (multiprocessing would run the command again)."""
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _BOOT, str(theirs.fileno()), *sys.path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            process_group=0,  # Ctrl-C is the parent's to answer
        )
    ours.send(outfit)
    return _Worker(process, ours)


def serve(descriptor: int) -> None:
    """A worker's whole life: units until the parent hangs up, or asks it to stop."""
    connection = Connection(descriptor)
    outfit: Outfit = connection.recv()
    with closing(outfit.parts()) as parts:
        signal.signal(signal.SIGTERM, lambda *_: parts.stop.set())
        while True:
            try:
                unit = connection.recv()
            except EOFError:
                return
            try:
                work_on(parts, unit)
            except Exception as error:  # the database is away, say: the parent must hear of it
                connection.send(one_line(f"{type(error).__name__}: {error}", 300))
            else:
                connection.send(None)


@contextmanager
def hands(parts: Assembly, count: int) -> Iterator[Hands]:
    """One process is this one; more are started."""
    with closing(Alone(parts) if count <= 1 else Processes(parts.outfit, count)) as workers:
        yield workers

"""A backfill from its first request to its report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.backfill.pool import Hands
from pipeline.backfill.units import Estimate, Nothing, Tools, Way
from pipeline.lease import Lease
from storage.backfills import (
    Job,
    Progress,
    Spec,
    Trouble,
    Unit,
    add_units,
    job_of,
    open_units,
    planned,
    progress,
    troubles,
)

if TYPE_CHECKING:
    from pipeline.assembly import Assembly

PATIENCE = timedelta(minutes=10)
"""How long a run waits for a unit that may not be tried before."""
AHEAD = 200
"""Units that are looked at for the next one to begin with."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    job: Job
    progress: Progress
    troubles: tuple[Trouble, ...]
    before: int
    """Units that were done when the run began."""
    lost: Mapping[int, str]


def plan(parts: Assembly, way: Way) -> Job:
    """Record the units that the way begins with, all or none.

    Raises Nothing where there are none; FetchError, UnreadableListing, OSError.
    """
    now = parts.clock()
    with parts.database.write() as session:
        job = job_of(session, way.name, way.key, way.terms, now)
    if job.planned and way.fixed:
        return job
    specs = _units(way, Tools.of(parts))
    with parts.database.write() as session:
        add_units(session, job.id, specs, now)
        planned(session, job)
    return job


def estimate(parts: Assembly, way: Way) -> Estimate:
    """What the way will cost; nothing is recorded. Raises as `plan` does."""
    tools = Tools.of(parts)
    return way.estimate(tools, _units(way, tools))


def _units(way: Way, tools: Tools) -> list[Spec]:
    specs = list(way.units(tools))
    if not specs:
        raise Nothing(f"{way.name} {way.key}: there is nothing to read")
    return specs


def run(
    parts: Assembly,
    way: Way,
    hands: Callable[[int], AbstractContextManager[Hands]],
    told: Callable[[Progress], None],
    limit: int | None = None,
    patience: timedelta = PATIENCE,
) -> Outcome:
    """Work off the units of a way, at most `limit` of them; `told` hears how far it is after each.

    A unit that may be tried again within `patience` is waited for; any other that failed is left for another run.

    Raises Taken where another process works on the same, and what `plan` raises.
    """
    lease = Lease(parts.database, parts.clock, f"backfill {way.name} {way.key}", "works on this backfill")
    with lease:
        job = plan(parts, way)
        with parts.database.read() as session:
            before = progress(session, job.id).done
        with hands(way.at_once) as workers:
            _Run(parts, job, workers, told, lease, limit, patience).go()
            lost = dict(workers.lost)
        with parts.database.read() as session:
            outcome = Outcome(job, progress(session, job.id), tuple(troubles(session, job.id)), before, lost)
    if outcome.progress.done == outcome.progress.units:
        shutil.rmtree(Tools.of(parts).folder / f"job-{job.id}", ignore_errors=True)
    return outcome


@dataclass
class _Run:
    parts: Assembly
    job: Job
    workers: Hands
    told: Callable[[Progress], None]
    lease: Lease
    limit: int | None
    patience: timedelta
    begun: int = 0
    tried: set[int] = field(default_factory=set)

    def go(self) -> None:
        """Hand out units until none is left, or none may be tried soon."""
        asked = False
        while True:
            if self.parts.stop.is_set():
                if not self.workers.busy:
                    return
                if not asked:
                    self.workers.let_go()
                asked = True
            elif not self._hand_out() and not self.workers.busy:
                return
            self.workers.rest()
            self.lease.renew()
            self._tell()

    def _hand_out(self) -> bool:
        """Begin with as many units as there are free hands; false where there is nothing more to wait for."""
        if self.limit is not None and self.begun >= self.limit:
            return False
        now = self.parts.clock()
        with self.parts.database.read() as session:
            open_ = open_units(session, self.job.id, AHEAD + len(self.workers.lost) + len(self.tried))
        taken = self.workers.busy | self.workers.lost.keys()
        waiting = [unit for unit in open_ if unit.id not in taken]
        for unit in (unit for unit in waiting if self._is_due(unit, now)):
            if not self.workers.free or (self.limit is not None and self.begun >= self.limit):
                break
            self.workers.take(unit.id)
            self.begun += 1
            self.tried.add(unit.id)
        return any(self._is_due(unit, now + self.patience) for unit in waiting)

    def _is_due(self, unit: Unit, at: datetime) -> bool:
        """Whether a unit may be tried then; one that failed, and that waiting does not mend, once in a run."""
        if unit.next_try_at is not None:
            return unit.next_try_at <= at
        return unit.error is None or unit.id not in self.tried

    def _tell(self) -> None:
        with self.parts.database.read() as session:
            self.told(progress(session, self.job.id))

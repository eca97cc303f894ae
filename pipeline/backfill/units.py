"""The engine of every backfill: units are worked off stretch by stretch, each stored with the unit's new place.

Killed anywhere, a unit goes on from the last place that was stored; nothing is stored twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from extractors.read.entry import UnreadableListing
from pipeline.backfill.archives import Archives
from pipeline.backfill.sieve import Gathered, Sieve
from pipeline.clean import one_line
from pipeline.fetch import BadReply, FetchError, Held, HttpStatus, Polite, Refused, Stopped
from pipeline.ingest import Ingest, fault
from storage.articles import save
from storage.backfills import Overtaken, Spec, Unit, add_units, advance, postpone, refuse_overtaken
from storage.runs import Reason
from storage.tables import StoredApproval

if TYPE_CHECKING:
    from pipeline.assembly import Assembly

RETRY = timedelta(minutes=1)
"""The first pause of a unit that could not go on; it doubles each time."""
LONGEST_RETRY = timedelta(hours=1)
PASSING = (408, 425, 429)
"""Statuses below 500 that say no more than: not now."""
MOST_READINGS = 100
MOST_BYTES = 20_000_000
"""What is held in memory of a unit before it is stored: readings, and bytes of their pages."""


@dataclass(frozen=True)
class Tools:
    """What ways work with; `folder` is for downloads."""

    ingest: Ingest
    sieve: Sieve
    polite: Polite
    archives: Archives
    stop: threading.Event
    folder: Path

    @classmethod
    def of(cls, parts: Assembly) -> Tools:
        """Those of a Greenlit."""
        folder = parts.settings.data_dir / "archives"
        return cls(parts.ingest, parts.sieve, parts.polite, parts.archives, parts.stop, folder)

    def folder_of(self, unit: Unit) -> Path:
        """Where downloads of a unit's job lie; it is removed when the job is done."""
        return self.folder / f"job-{unit.job}"

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time, aware."""
        return self.ingest.clock


@dataclass(frozen=True)
class Batch:
    """A stretch of a unit: what was found up to `place`, and units that came to light (`more`)."""

    place: int
    found: Gathered = field(default_factory=Gathered)
    done: bool = False
    more: Sequence[Spec] = ()
    size: int | None = None


@dataclass(frozen=True)
class Estimate:
    """What a way will cost, as far as that is known before; seconds are those that politeness takes."""

    units: int
    requests: int
    bytes: int | None
    seconds: float | None
    note: str = ""


class Nothing(Exception):
    """A way has no units: the message says what is empty."""


class Way(Protocol):
    """One way back. It is made from its terms in every process that works on it."""

    name: ClassVar[str]
    at_once: ClassVar[int]
    """How many of its units may be worked on at once."""
    fixed: ClassVar[bool]
    """Whether the units that it begins with can't become more; files in a folder can."""

    @property
    def key(self) -> str:
        """What was asked for, in one line: the same when the same is asked for again."""

    @property
    def terms(self) -> dict[str, object]:
        """All that the way is made of, as JSON."""

    def units(self, tools: Tools) -> Iterable[Spec]:
        """The units that it begins with. Raises FetchError, UnreadableListing, OSError."""

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """The stretches of a unit from its place on. Raises FetchError, UnreadableListing, OSError."""

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """What it will cost."""


def work_off(tools: Tools, way: Way, unit: Unit) -> None:
    """Work on a unit until it is done, can't go on, or Greenlit is being stopped."""
    try:
        for batch in way.work(tools, unit):
            unit = commit(tools.ingest, unit, batch)
            if tools.stop.is_set():
                return
    except (Overtaken, Stopped):
        return
    except (FetchError, UnreadableListing, OSError) as error:
        now = tools.clock()
        with tools.ingest.database.write() as session:
            postpone(session, unit, one_line(str(error), 300), _next_try(error, unit.attempts, now), now)


def _next_try(error: Exception, attempts: int, now: datetime) -> datetime | None:
    """When the unit may be tried again; None where waiting mends nothing: another run may."""
    final = is_final(error) if isinstance(error, FetchError) else isinstance(error, OSError)
    return None if final else now + _pause(error, attempts, now)


def is_final(error: FetchError) -> bool:
    """Whether the same request would fail tomorrow, too."""
    if isinstance(error, HttpStatus):
        return error.status < 500 and error.status not in PASSING
    return isinstance(error, BadReply | Refused)


def _pause(error: Exception, attempts: int, now: datetime) -> timedelta:
    pause = min(RETRY * (1 << min(attempts, 10)), LONGEST_RETRY)
    if isinstance(error, Held):
        return max(pause, error.until - now)
    if isinstance(error, HttpStatus) and error.retry_after:
        return max(pause, error.retry_after)
    return pause


def commit(ingest: Ingest, unit: Unit, batch: Batch) -> Unit:
    """Store a stretch and move the unit, in one transaction. Raises Overtaken."""
    now = ingest.clock()
    with ingest.database.write() as session:
        refuse_overtaken(session, unit)
        _store(session, ingest, batch.found)
        add_units(session, unit.job, batch.more, now)
        return advance(session, unit, batch.place, batch.found.tally, batch.found.problems, now, batch.done, batch.size)


def _store(session: Session, ingest: Ingest, found: Gathered) -> None:
    """Store the readings, and count what they came to; one that can't be stored costs itself."""
    newest = session.scalar(select(func.max(StoredApproval.id))) or 0
    touched: set[int] = set()
    for reading in found.readings:
        try:
            with session.begin_nested():
                stored = save(session, reading, ingest.lexicon, ingest.policy)
        except (OperationalError, InterfaceError):
            raise  # the database itself is away, locked or full
        except Exception as error:
            found.reject(Reason.STORE.value, f"{reading.article.url}: {fault(error)}")
            continue
        found.tally.relevant += 1
        found.tally.known += stored.outcome == "known"
        touched.update(stored.approvals)
    fresh = sum(approval > newest for approval in touched)
    found.tally.new += fresh
    found.tally.merged += len(touched) - fresh

"""What a backfill shows: its cost before, its progress, its report, and the calendar of what is covered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import Exit, Failure, console, print_json, put, say

if TYPE_CHECKING:
    from pipeline.assembly import Assembly
    from pipeline.backfill.pool import Hands
    from pipeline.backfill.run import Outcome
    from pipeline.backfill.units import Way
    from storage.backfills import Progress, Tally

SHOWN = 20
"""Problems that a report names; `--json` gives all that are kept."""
QUIET = 10.0
"""Seconds between two lines of progress in a pipe."""


def print_estimate(parts: Assembly, way: Way, *, as_json: bool) -> None:
    """What a way back will cost; nothing is stored."""
    from pipeline.backfill.run import estimate

    with _clear():
        found = estimate(parts, way)
    if as_json:
        print_json(asdict(found))
        return
    size = f", {_size(found.bytes)}" if found.bytes else ""
    pauses = f", {_span(found.seconds)} of pauses" if found.seconds else ""
    asked = f"{_count(found.units, 'unit')}, {_count(found.requests, 'request')}"
    put(f"{asked}{size}{pauses}{f'; {found.note}' if found.note else ''}")


def run_way(
    parts: Assembly,
    way: Way,
    hands: Callable[[int], AbstractContextManager[Hands]],
    limit: int | None,
    *,
    as_json: bool,
) -> Exit:
    """Run a backfill with its progress, print its report; returns the exit code."""
    from pipeline.backfill.run import run

    with _clear(), _progress(way) as told:
        outcome = run(parts, way, hands, told, limit)
    if as_json:
        print_json(_fields(outcome))
    else:
        _print(outcome)
    if parts.stop.is_set():
        return Exit.INTERRUPTED
    whole = outcome.progress.done == outcome.progress.units and not outcome.progress.tally.rejected
    return Exit.DONE if whole else Exit.PART


@contextmanager
def _clear() -> Iterator[None]:
    """What goes wrong outside of the units, in words."""
    from extractors.read.entry import UnreadableListing
    from pipeline.backfill.cluster import Missing
    from pipeline.backfill.units import Nothing
    from pipeline.fetch import FetchError

    try:
        yield
    except Missing as error:
        raise Failure(str(error)) from error
    except Nothing as error:
        raise Failure(str(error), Exit.USAGE) from error
    except (FetchError, UnreadableListing) as error:
        raise Failure(f"{error}; run the same command again to go on") from error


def _fields(outcome: Outcome) -> dict[str, Any]:
    progress = outcome.progress
    return {
        "way": outcome.job.way,
        "asked": outcome.job.key,
        "units": progress.units,
        "done": progress.done,
        "done_before": outcome.before,
        **asdict(progress.tally),
        "rejected": progress.tally.rejected,
        "troubles": [asdict(trouble) for trouble in outcome.troubles],
        "lost": list(outcome.lost.values()),
    }


def _print(outcome: Outcome) -> None:
    progress, tally = outcome.progress, outcome.progress.tally
    earlier = f", {outcome.before:,} of them by earlier runs: all are counted here" if outcome.before else ""
    put(f"{outcome.job.way} {outcome.job.key}: {progress.done:,} of {_count(progress.units, 'unit')} done{earlier}")
    put(f"  {_count(tally.requests, 'request')}, {_size(tally.bytes)}, {_pages(tally)}")
    put(f"  {_count(tally.candidates, 'candidate')}, {tally.relevant:,} relevant ({tally.known:,} known before)")
    put(f"  {_count(tally.new, 'approval')} new, {tally.merged:,} merged into known ones")
    reasons = ", ".join(f"{name} {count:,}" for name, count in sorted(tally.reasons.items(), key=lambda r: (-r[1], r)))
    put(f"  {tally.rejected:,} rejected{f': {reasons}' if reasons else ''}")
    words = [line for trouble in outcome.troubles for line in (*filter(None, (_waits(trouble),)), *trouble.problems)]
    for line in [*words, *outcome.lost.values()][:SHOWN]:
        put(f"  - {line}")
    if progress.done < progress.units:
        left = progress.units - progress.done
        put(f"{_count(left, 'unit')} {'is' if left == 1 else 'are'} not done: the same command goes on there")


def _waits(trouble: Any) -> str | None:
    return f"{trouble.unit}: {trouble.error}" if trouble.error else None


def _pages(tally: Tally) -> str:
    return _count(tally.pages, "page") + (f" ({tally.skipped:,} of other hosts)" if tally.skipped else "")


@contextmanager
def _progress(way: Way) -> Iterator[Callable[[Progress], None]]:
    """A bar with figures on a terminal, a line now and then in a pipe."""
    errors = console(error=True)
    line = _Line(way.name, time.monotonic)
    if not errors.is_terminal:
        yield line.print
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    words = TextColumn("{task.description}", table_column=Column(ratio=1, overflow="fold"))
    with Bar(BarColumn(bar_width=20), words, console=errors, transient=True, expand=True) as bar:
        task = bar.add_task(way.name, total=1.0)
        yield lambda at: bar.update(task, completed=at.share or 0.0, description=line.text(at))


class _Line:
    """One line of progress: rate, share, candidates, hits and the time left."""

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        self._name = name
        self._monotonic = monotonic
        self._first: tuple[float, Progress] | None = None
        self._printed = -QUIET
        self._said = ""

    def text(self, at: Progress) -> str:
        """The line."""
        now = self._monotonic()
        if self._first is None:
            self._first = now, at
        began, first = self._first
        spent = now - began
        pages = at.tally.pages - first.tally.pages
        rate = f", {pages / spent:,.0f} pages/s" if spent > 1 and pages else ""
        moved = (at.share or 0.0) - (first.share or 0.0)
        rest = 1 - (at.share or 0.0)
        left = f", {_span(spent / moved * rest)} left" if moved > 0.001 and spent > 1 and rest > 0 else ""
        failing = f", {at.failing} failing" if at.failing else ""
        return (
            f"{at.done:,}/{_count(at.units, 'unit')} ({at.share or 0:.0%}){failing}{rate}; {at.tally.pages:,} pages,"
            f" {at.tally.candidates:,} candidates, {at.tally.relevant:,} relevant{left}"
        )

    def print(self, at: Progress) -> None:
        """The line, where the last one is old enough, or all is done."""
        text, now = self.text(at), self._monotonic()
        due = now - self._printed >= QUIET or at.done == at.units
        if due and text != self._said:
            self._printed, self._said = now, text
            say(f"{self._name}: {text}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(count: int) -> str:
    """Bytes as people say them."""
    return f"{count / 1e9:,.2f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"


def print_status(parts: Assembly, *, as_json: bool) -> None:
    """What is covered, by source and day."""
    from pipeline.backfill.calendar import lines
    from storage.coverage import coverage, dateless

    with parts.database.read() as session:
        found, undated = coverage(session), dateless(session)
    if as_json:
        print_json([*map(asdict, found), *map(asdict, undated)])
        return
    for line in lines(found):
        put(line)
    for one in undated:
        put(f"{one.name}: {one.done:,} of {_count(one.units, 'unit')} done, of no certain day")
        for reason in one.reasons[:SHOWN]:
            put(f"  ? {reason}")
    if not found and not undated:
        put("no backfill was begun; see `greenlit backfill --help`")

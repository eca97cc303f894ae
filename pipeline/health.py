"""Which alarms a source is due, from what is known of it. Pure: the clock, the rhythm and the rows come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.source import Expect
from extractors.records import CHINA
from pipeline.rhythm import Calendar, learn, silent_from
from storage.alarms import AlarmName
from storage.frontier import Item
from storage.records import Origin

FAILURES = 3
"""So many rounds that fail in a row are an alarm: the pauses between them have grown to two hours by then."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What is known of a source.

    `items` are its links, `last_new_at` the round that found the newest; `links_changed_at` is when its listing last
    named other links than before, in whatever order; `failures` in a row, with the `error` of the last.
    """

    failures: int
    error: str | None
    last_new_at: datetime | None
    links_changed_at: datetime | None
    items: Sequence[Item]


def alarms_of(vitals: Vitals, expect: Expect, calendar: Calendar, now: datetime) -> dict[AlarmName, str]:
    """The alarms that are true now, in words; at most one, as one trouble is one alarm.

    A source that fails says nothing new: only that it fails is told.
    """
    if vitals.failures >= FAILURES:
        return {AlarmName.FAILING: f"failed {vitals.failures} times in a row: {vitals.error}"}
    moments, last = times_of(vitals.items)
    if last is None:
        return {}
    rhythm = learn((moment.astimezone(CHINA).date() for moment in moments), calendar)
    stated = "longest_silence" in expect.model_fields_set
    since = silent_from(last, rhythm, expect.longest_silence, stated=stated)
    if now <= since:
        return {}
    words = f"no new item since {last.astimezone(CHINA):%Y-%m-%d %H:%M}, expected by {since.astimezone(CHINA):%m-%d}"
    if _frozen(vitals):
        return {AlarmName.FROZEN: f"{words}; its listing names the same links all the time: has the page moved?"}
    return {AlarmName.SILENT: f"{words}; its listing changes, but shows nothing new: does it show the newest first?"}


def times_of(items: Iterable[Item]) -> tuple[list[datetime], datetime | None]:
    """When each item appeared, and when the last one did (None: there is none).

    What a source had before we came, or what a walk back found, appeared when it was published; what a round found
    appeared then, as old as it may claim to be. A date in the future is none.
    """
    everything = list(items)
    arrival = min((item.first_seen_at for item in everything), default=None)
    moments, last = [], []
    for item in everything:
        stated = item.published if item.published and item.published <= item.first_seen_at else None
        if stated or item.origin is not Origin.BACKFILL:
            moments.append(stated or item.first_seen_at)
            found_live = item.first_seen_at != arrival and item.origin is not Origin.BACKFILL
            last.append(item.first_seen_at if found_live else moments[-1])
    return moments, max(last, default=None)


def _frozen(vitals: Vitals) -> bool:
    if vitals.links_changed_at is None or vitals.last_new_at is None:
        return False
    return vitals.links_changed_at <= vitals.last_new_at

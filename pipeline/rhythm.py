"""How a source usually publishes, learned from its own past, and when its silence is longer than that.

Time is measured in the days on which this source would have published: a weekend, or the week of the Spring
Festival, is a long time for nobody who never works then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from threading import Lock

from extractors.records import CHINA

DAY = timedelta(days=1)
HOLIDAY = 7
"""The class of a public holiday; those of other days are their weekdays, 0 for Monday."""
MEMORY = timedelta(days=120)
"""How far back a rhythm is learned: long enough for slow sources, short enough to follow a source that changes."""
LEAST_DAYS = 7
LEAST_SPAN = timedelta(days=10)
"""Days with items, and the time from the first to the last of them, below which nothing is known."""
USUAL = 0.95
"""The share of all gaps that are usual."""
TIMES = 2.0
"""So many usual gaps are a silence. Where items come at random, the usual gap is three mean ones, and one gap in e^6,
some four hundred, is longer than twice that; where few gaps are known, it is more: one in a hundred in a simulation
of a source with one item a week.
"""
HORIZON = timedelta(days=400)

Calendar = Callable[[date], int]
"""The class of a day: its weekday, or HOLIDAY."""


def china_calendar() -> Calendar:
    """Mainland China's: public holidays, and the weekends worked for them, which count as Wednesdays."""
    import holidays

    china, lock = holidays.country_holidays("CN"), Lock()

    def class_of(day: date) -> int:
        with lock:  # a year is worked out when it is first asked for
            if day in china:
                return HOLIDAY
            return 2 if day in china.weekend_workdays else day.weekday()

    return class_of


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`pace` says for each class of day (weekdays, holiday) on which share of such days the source publishes.

    `usual` is the gap that USUAL of its gaps do not exceed, in days on which it would have published; None where
    too little is known.
    """

    calendar: Calendar
    pace: tuple[float, ...]
    usual: float | None

    def after(self, start: datetime, amount: float) -> datetime:
        """The moment at which `amount` such days have passed since `start`."""
        return moment_after(start, amount, lambda day: self.pace[self.calendar(day)])


def learn(days: Iterable[date], calendar: Calendar) -> Rhythm:
    """The rhythm of a source that published on these days (China's); only the MEMORY before the last one counts.

    Days with items are counted, not items: a list of forty names that comes once a month has a rhythm of months.
    """
    seen = sorted(set(days))
    seen = [day for day in seen if seen[-1] - day <= MEMORY]
    if len(seen) < LEAST_DAYS or seen[-1] - seen[0] < LEAST_SPAN:
        return Rhythm(calendar, (1.0,) * 8, None)
    pace = _pace(seen, calendar)
    gaps = sorted(sum(pace[calendar(day)] for day in _between(a, b)) for a, b in pairwise(seen))
    return Rhythm(calendar, pace, max(1.0, gaps[ceil(USUAL * len(gaps)) - 1]))


def silent_from(last: datetime, rhythm: Rhythm, longest: timedelta, *, stated: bool = True) -> datetime:
    """The moment from which a source without an item since `last` is silent.

    Two bounds could ring: twice the usual gap, and the `longest` silence that the source's file allows, in which
    public holidays do not count. The stricter one does, as the file's is right where a source was learned at a bad
    time. But neither rings within the usual gap, whatever the file says: an alarm that rings in ordinary weeks
    teaches people to ignore it. And where the file says nothing (`stated` is false), `longest` is a default that
    knows less of a source than its own past: then it counts only until the rhythm is learned.
    """
    allowed = moment_after(last, longest / DAY, lambda day: float(rhythm.calendar(day) != HOLIDAY))
    if rhythm.usual is None:
        return allowed
    learned = rhythm.after(last, TIMES * rhythm.usual)
    return max(min(learned, allowed), rhythm.after(last, rhythm.usual)) if stated else learned


def moment_after(start: datetime, amount: float, pace: Callable[[date], float]) -> datetime:
    """The moment at which `amount` days have passed since `start`, where each day (China's) passes at its own pace.

    HORIZON after `start` where they never do.
    """
    at, left = start.astimezone(CHINA), amount
    while at - start < HORIZON:
        midnight = datetime.combine(at.date() + DAY, time(), CHINA)
        speed = pace(at.date())
        here = (midnight - at) / DAY * speed
        if here >= left and speed > 0:
            return (at + DAY * (left / speed)).astimezone(start.tzinfo)
        left -= here
        at = midnight
    return start + HORIZON


def _between(first: date, last: date) -> Iterable[date]:
    """The days after `first`, up to `last`."""
    return (first + DAY * n for n in range(1, (last - first).days + 1))


def _pace(seen: Sequence[date], calendar: Calendar) -> tuple[float, ...]:
    """The share of days of each class with items; where few were seen, drawn to the share of days like them.

    Holidays are like weekends until the source shows otherwise.
    """
    all_days = Counter(calendar(day) for day in [seen[0], *_between(seen[0], seen[-1])])
    active = Counter(calendar(day) for day in seen)

    def share(classes: Collection[int], prior: float, weight: float) -> float:
        return (sum(active[c] for c in classes) + weight * prior) / (sum(all_days[c] for c in classes) + weight)

    work = share(range(5), 1.0, 0.5)
    rest = share((5, 6), work, 0.5)
    weekdays = [share((n,), work if n < 5 else rest, 2.0) for n in range(7)]
    return (*weekdays, share((HOLIDAY,), rest, 7.0))

"""When a source is looked at next: as often as it is worth, and never more often than it asks for."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from extractors.read.ttl import feed_ttl
from extractors.records import Page

LONGEST = timedelta(days=1)
"""The longest pause after failures; then the source is tried once more."""
LONGEST_TTL = timedelta(hours=6)
"""The longest wish of a feed that is kept: some say "daily" by default, and our readers' news would be a day old."""
LONGEST_MAX_AGE = timedelta(hours=1)
"""The longest max-age that is kept: it tells caches what may be shown again, often alike for all files of a site."""
JITTER = 0.1
"""The share by which a pause is drawn out at random, so that sources are not asked in step."""
MORNING = timedelta(minutes=10)
"""The time over which the checks that waited for the end of quiet hours are spread."""
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def next_check(
    now: datetime,
    interval: timedelta,
    *,
    zone: ZoneInfo,
    failures: int = 0,
    fresh_for: timedelta | None = None,
    retry_after: timedelta = timedelta(0),
    quiet: str | None = None,
    chance: float = 0.0,
) -> datetime:
    """The moment of the next check.

    The longest of the source's `interval`, `fresh_for` (what its listing asks for) and `retry_after` (what its host
    asked for); the pause doubles with each of the `failures` in a row, up to a day. Outside the `quiet` hours
    ("23:00-06:00" in `zone`). `chance` is 0..1.
    """
    wait = max(interval, fresh_for or timedelta(0))
    wait = min(wait * (1 << min(failures, 10)), max(wait, LONGEST))
    return after_quiet(now + max(wait * (1 + JITTER * chance), retry_after), quiet, zone, chance)


def is_quiet(moment: datetime, quiet: str | None, zone: ZoneInfo) -> bool:
    """Whether the moment lies in the quiet hours: from their start, up to but without their end."""
    if quiet is None:
        return False
    start, end = _hours(quiet)
    at = moment.astimezone(zone).time()
    return start <= at < end if start < end else at >= start or at < end


def after_quiet(moment: datetime, quiet: str | None, zone: ZoneInfo, chance: float = 0.0) -> datetime:
    """The moment itself, or where it lies in the quiet hours a moment in the `MORNING` after them."""
    if quiet is None or not is_quiet(moment, quiet, zone):
        return moment
    _, end = _hours(quiet)
    local = moment.astimezone(zone)
    over = datetime.combine(local.date(), end, zone)
    if over <= local:
        over = datetime.combine(local.date() + timedelta(days=1), end, zone)
    return over.astimezone(moment.tzinfo) + MORNING * chance


def _hours(quiet: str) -> tuple[time, time]:
    start, _, end = quiet.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def fresh_for(page: Page, kind: str) -> timedelta | None:
    """How long a listing's reply asks to be left alone, within our bounds; None where it says nothing.

    Cache-Control's max-age less the reply's Age (RFC 9111, 4.2), and what a feed's own elements say.
    """
    asked = [_max_age(page)]
    ttl = feed_ttl(page.body) if kind == "feed" else None
    asked.append(min(ttl, LONGEST_TTL) if ttl else None)
    return max((wish for wish in asked if wish), default=None)


def _max_age(page: Page) -> timedelta | None:
    found = _MAX_AGE.search(page.header("cache-control") or "")
    if not found:
        return None
    age = (page.header("age") or "").strip()
    left = int(found[1]) - (int(age[:9]) if age.isascii() and age.isdigit() else 0)
    return min(timedelta(seconds=max(left, 0)), LONGEST_MAX_AGE)

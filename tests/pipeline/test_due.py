"""When the next check is: the longest of what is asked for, drawn out a little, outside quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import CHINA, Page
from pipeline.due import JITTER, LONGEST, LONGEST_MAX_AGE, LONGEST_TTL, after_quiet, fresh_for, is_quiet, next_check

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
HALF_HOUR, HOUR = timedelta(minutes=30), timedelta(hours=1)
CLOCK = st.times().map(lambda t: t.strftime("%H:%M"))
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
ZONES = st.sampled_from([CHINA, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")])


def waited(**options: object) -> timedelta:
    return next_check(NOON, HALF_HOUR, zone=CHINA, **options) - NOON


def test_without_any_wish_it_is_the_sources_own_interval() -> None:
    assert waited() == HALF_HOUR


def test_the_longest_wish_counts() -> None:
    assert waited(fresh_for=HOUR) == HOUR
    assert waited(fresh_for=timedelta(minutes=5)) == HALF_HOUR
    assert waited(fresh_for=HOUR, retry_after=3 * HOUR) == 3 * HOUR
    assert waited(fresh_for=HOUR, retry_after=timedelta(minutes=1)) == HOUR


def test_each_failure_in_a_row_doubles_the_pause_up_to_a_day() -> None:
    waits = [waited(failures=n) for n in range(12)]
    assert waits[:4] == [HALF_HOUR, HOUR, 2 * HOUR, 4 * HOUR]
    assert (waits[-1], waits[-2]) == (LONGEST, LONGEST)


def test_a_source_that_is_checked_weekly_is_not_checked_daily_because_it_fails() -> None:
    assert next_check(NOON, timedelta(days=7), zone=CHINA, failures=3) == NOON + timedelta(days=7)


@given(chance=st.floats(0, 1), failures=st.integers(0, 50))
def test_chance_only_draws_out(chance: float, failures: int) -> None:
    least = waited(failures=failures)
    assert least <= waited(failures=failures, chance=chance) <= least * (1 + JITTER)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("22:59", False), ("23:00", True), ("00:00", True), ("05:59", True), ("06:00", False), ("12:00", False)],
)
def test_quiet_hours_over_midnight_in_the_zone(at: str, quiet: bool) -> None:
    hour, minute = map(int, at.split(":"))
    assert is_quiet(datetime(2026, 3, 10, hour, minute, tzinfo=CHINA), "23:00-06:00", CHINA) is quiet


def test_a_check_in_quiet_hours_waits_for_the_morning() -> None:
    late = datetime(2026, 3, 10, 22, 50, tzinfo=CHINA)
    assert next_check(late, HALF_HOUR, zone=CHINA, quiet="23:00-06:00") == datetime(2026, 3, 11, 6, tzinfo=CHINA)
    early = datetime(2026, 3, 10, 3, tzinfo=CHINA)
    assert after_quiet(early, "01:00-05:30", CHINA) == datetime(2026, 3, 10, 5, 30, tzinfo=CHINA)


@given(MOMENTS, CLOCK, CLOCK, ZONES, st.floats(0, 1))
def test_after_quiet_is_never_before_the_moment_nor_a_day_behind_it(
    moment: datetime, start: str, end: str, zone: ZoneInfo, chance: float
) -> None:
    if start == end:
        return
    after = after_quiet(moment, f"{start}-{end}", zone, chance)
    assert moment <= after <= moment + timedelta(hours=25, minutes=10)
    if not is_quiet(moment, f"{start}-{end}", zone):
        assert after == moment


@given(MOMENTS, CLOCK, CLOCK)
def test_after_quiet_is_not_quiet(moment: datetime, start: str, end: str) -> None:
    if start != end:
        assert not is_quiet(after_quiet(moment, f"{start}-{end}", CHINA), f"{start}-{end}", CHINA)


def page(body: bytes = b"", **headers: str) -> Page:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Page("https://a.example/", "https://a.example/", 200, named, body, NOON, "")


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("max-age=600", timedelta(minutes=10)),
        ("public, max-age=1800, must-revalidate", HALF_HOUR),
        ("MAX-AGE = 60", timedelta(minutes=1)),
        ('max-age="60"', timedelta(minutes=1)),
        ("max-age=31536000", LONGEST_MAX_AGE),
        ("max-age=0", None),
        ("s-maxage=600", None),
        ("no-cache", None),
        ("max-age=soon", None),
        ("max-age=-1", None),
    ],
)
def test_cache_control_within_an_hour(header: str, asked: timedelta | None) -> None:
    assert fresh_for(page(cache_control=header), "html") == asked


def test_the_age_of_a_cached_reply_counts() -> None:
    assert fresh_for(page(cache_control="max-age=600", age="540"), "html") == timedelta(minutes=1)
    assert fresh_for(page(cache_control="max-age=600", age="9999"), "html") is None
    assert fresh_for(page(cache_control="max-age=600", age="old"), "html") == timedelta(minutes=10)


def test_a_feeds_ttl_counts_for_feeds_and_has_a_bound() -> None:
    body = b"<rss><channel><ttl>180</ttl></channel></rss>"
    assert fresh_for(page(body, cache_control="max-age=600"), "feed") == 3 * HOUR
    assert fresh_for(page(body), "html") is None
    assert fresh_for(page(b"<rss><channel><ttl>10080</ttl></channel></rss>"), "feed") == LONGEST_TTL

"""A source's rhythm, learned from the days on which it published, and when its silence is longer than usual."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import CHINA
from pipeline.rhythm import HOLIDAY, HORIZON, LEAST_DAYS, Rhythm, china_calendar, learn, moment_after, silent_from

DAY = timedelta(days=1)
TWO_WEEKS = timedelta(days=14)
CALENDAR = china_calendar()
DAYS = st.integers(0, 500).map(lambda n: date(2025, 1, 1) + n * DAY)


def days_of(first: date, count: int, *weekdays: int, holidays: bool = False) -> list[date]:
    """The days of these weekdays among `count` days; without public holidays, and with the weekends worked for them."""
    every = (first + n * DAY for n in range(count))
    return [d for d in every if CALENDAR(d) in weekdays or (holidays and CALENDAR(d) == HOLIDAY)]


def plain(day: date) -> int:
    return day.weekday()


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)


def silent(days: list[date], longest: timedelta = TWO_WEEKS, calendar=CALENDAR) -> date:
    return silent_from(noon(days[-1]), learn(days, calendar), longest).astimezone(CHINA).date()


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-02-16", HOLIDAY),  # Spring Festival
        ("2026-02-14", 2),  # the Saturday worked for it
        ("2026-10-01", HOLIDAY),
        ("2025-02-08", 2),
        ("2026-03-10", 1),
        ("2026-03-14", 5),
    ],
)
def test_the_calendar_knows_holidays_and_the_weekends_worked_for_them(day: str, kind: int) -> None:
    assert CALENDAR(date.fromisoformat(day)) == kind


def test_too_little_is_known_of_a_new_source() -> None:
    assert learn([], CALENDAR).usual is None
    assert learn([date(2026, 3, 2)] * 50, CALENDAR).usual is None
    assert learn(days_of(date(2026, 3, 2), 7, *range(7)), CALENDAR).usual is None
    assert learn(days_of(date(2026, 3, 2), 21, *range(5)), CALENDAR).usual is not None


def test_until_then_its_file_says_what_is_too_long() -> None:
    assert silent([date(2026, 3, 2)], timedelta(days=5)) == date(2026, 3, 7)


def test_a_daily_source_is_silent_after_two_days() -> None:
    days = [date(2026, 3, 1) + n * DAY for n in range(60)]
    assert silent(days, calendar=plain) == days[-1] + 2 * DAY


def test_a_source_that_rests_at_weekends_may_rest_at_the_next_one() -> None:
    days = days_of(date(2026, 6, 22), 60, *range(5))
    friday = max(d for d in days if d.weekday() == 4)
    days = [d for d in days if d <= friday]
    assert friday + 4 * DAY <= silent(days) <= friday + 5 * DAY


def test_a_weekly_source_is_not_silent_after_six_days() -> None:
    days = [date(2026, 3, 5) + n * 7 * DAY for n in range(12)]
    assert days[-1] + 12 * DAY <= silent(days, timedelta(days=60), plain) <= days[-1] + 16 * DAY


def test_the_spring_festival_is_no_silence_for_who_never_works_then() -> None:
    days = days_of(date(2025, 11, 3), 104, *range(5))
    last = max(d for d in days if d <= date(2026, 2, 13))
    days = [d for d in days if d <= last]
    assert silent(days) >= date(2026, 2, 24)
    assert silent([last], timedelta(days=3)) >= date(2026, 2, 20)  # not even where only its file is known


def test_but_the_same_days_are_for_who_worked_on_every_holiday() -> None:
    days = days_of(date(2025, 9, 20), 146, *range(7), holidays=True)
    assert days[-1] == date(2026, 2, 12)
    assert silent(days) <= date(2026, 2, 17)


def test_forty_items_on_one_day_are_one_sign_of_life() -> None:
    lists = [date(2026, 3, 2) + n * 30 * DAY for n in range(5)]
    few = learn(lists * 40, plain)
    assert few.usual is None
    dense = learn([date(2026, 3, 2) + n * 14 * DAY for n in range(9) for _ in range(40)], plain)
    assert dense.after(noon(date(2026, 7, 1)), dense.usual or 0) >= noon(date(2026, 7, 12))


def test_one_outage_of_many_gaps_changes_nothing() -> None:
    days = [date(2026, 1, 1) + n * DAY for n in range(100)]
    broken = [d for d in days if not date(2026, 2, 1) <= d < date(2026, 2, 15)]
    assert silent(broken, calendar=plain) <= days[-1] + 3 * DAY


def test_the_stricter_bound_counts_but_none_within_the_usual_gap() -> None:
    weekly = learn([date(2026, 3, 5) + n * 7 * DAY for n in range(12)], plain)
    last = noon(date(2026, 5, 21))
    usual = weekly.after(last, weekly.usual or 0)
    assert silent_from(last, weekly, timedelta(days=10)) == last + timedelta(days=10)
    assert silent_from(last, weekly, timedelta(days=90)) == weekly.after(last, 2 * (weekly.usual or 0))
    assert silent_from(last, weekly, timedelta(hours=1)) == usual > last + timedelta(days=5)


@given(st.lists(DAYS, min_size=LEAST_DAYS, max_size=80), st.integers(1, 60))
def test_the_alarm_is_never_within_the_usual_gap_nor_later_than_both_bounds(days: list[date], longest: int) -> None:
    rhythm = learn(days, CALENDAR)
    last = noon(max(days))
    since = silent_from(last, rhythm, longest * DAY)
    allowed = moment_after(last, longest, lambda day: float(CALENDAR(day) != HOLIDAY))
    assert since > last
    if rhythm.usual is None:
        assert since == allowed
        return
    assert all(0 <= share <= 1 for share in rhythm.pace)
    assert since >= rhythm.after(last, rhythm.usual)
    assert since <= max(allowed, rhythm.after(last, rhythm.usual))


@given(st.lists(DAYS, min_size=LEAST_DAYS, max_size=60), st.randoms())
def test_the_rhythm_does_not_depend_on_the_order_nor_on_repeats(days: list[date], random) -> None:
    shuffled = days * 2
    random.shuffle(shuffled)
    once, again = learn(days, CALENDAR), learn(shuffled, CALENDAR)
    assert (once.pace, once.usual) == (again.pace, again.usual)


@given(st.floats(0, 50), st.floats(0, 50), st.integers(0, 10**6))
def test_moments_add_up_and_never_go_back(a: float, b: float, minutes: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    rhythm = Rhythm(CALENDAR, (1.0, 0.5, 1.0, 0.25, 1.0, 0.1, 0.0, 0.3), 1.0)
    whole, parts = rhythm.after(start, a + b), rhythm.after(rhythm.after(start, a), b)
    assert start <= rhythm.after(start, a) <= whole
    assert abs(whole - parts) < timedelta(seconds=1) or b < 1e-6


def test_a_source_that_never_publishes_has_a_horizon() -> None:
    assert moment_after(noon(date(2026, 3, 2)), 1, lambda day: 0.0) == noon(date(2026, 3, 2)) + HORIZON

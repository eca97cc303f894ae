"""Which alarm a source is due: failing, silent or frozen, from plain values and a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from config.source import Expect
from pipeline.health import FAILURES, Vitals, alarms_of, times_of
from pipeline.rhythm import china_calendar
from storage.alarms import AlarmName
from storage.frontier import Item
from storage.records import Origin

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CALENDAR = china_calendar()
WEEK = Expect(longest_silence=timedelta(days=7))


def found(at: datetime, published: datetime | None = None, origin: Origin = Origin.LIVE) -> Item:
    return Item(at, published, origin)


def a_daily_source(**changes: object) -> Vitals:
    """Sixty days with an item each; the listing changed with the last of them."""
    items = tuple(found(NOON - n * DAY) for n in range(60))
    values = {"failures": 0, "error": None, "last_new_at": NOON, "links_changed_at": NOON, "items": items}
    return Vitals(**{**values, **changes})


def alarms(vitals: Vitals, now: datetime, expect: Expect = WEEK) -> list[AlarmName]:
    return list(alarms_of(vitals, expect, CALENDAR, now))


def test_a_source_that_publishes_as_usual_is_well() -> None:
    assert alarms(a_daily_source(), NOON + DAY) == []


def test_silence_longer_than_usual_is_an_alarm_that_says_since_when() -> None:
    changing = a_daily_source(links_changed_at=NOON + 4 * DAY)
    said = alarms_of(changing, WEEK, CALENDAR, NOON + 5 * DAY)
    assert list(said) == [AlarmName.SILENT]
    assert "no new item since 2026-03-10 12:00" in said[AlarmName.SILENT]


def test_a_default_that_nobody_stated_is_no_bound_for_a_source_whose_rhythm_is_known() -> None:
    fortnightly = a_daily_source(items=tuple(found(NOON - n * 14 * DAY) for n in range(8)))
    assert alarms(fortnightly, NOON + 18 * DAY, Expect(longest_silence=timedelta(days=14))) == [AlarmName.FROZEN]
    assert alarms(fortnightly, NOON + 18 * DAY, Expect()) == []
    assert alarms(fortnightly, NOON + 60 * DAY, Expect()) == [AlarmName.FROZEN]


def test_f40_a_listing_that_stays_the_same_all_that_time_is_a_frozen_page() -> None:
    assert alarms(a_daily_source(), NOON + 5 * DAY) == [AlarmName.FROZEN]
    assert alarms(a_daily_source(links_changed_at=None), NOON + 5 * DAY) == [AlarmName.SILENT]


def test_failures_in_a_row_are_an_alarm_with_the_last_error() -> None:
    assert alarms(a_daily_source(failures=FAILURES - 1, error="503"), NOON) == []
    said = alarms_of(a_daily_source(failures=FAILURES, error="503"), WEEK, CALENDAR, NOON)
    assert said == {AlarmName.FAILING: "failed 3 times in a row: 503"}


def test_one_trouble_is_one_alarm() -> None:
    assert alarms(a_daily_source(failures=9, error="x"), NOON + 90 * DAY) == [AlarmName.FAILING]


def test_a_source_without_any_item_is_not_silent_but_fails_or_is_new() -> None:
    assert alarms(a_daily_source(items=(), last_new_at=None), NOON + 90 * DAY) == []


def test_a_feed_that_was_dead_before_we_came_is_seen_at_once() -> None:
    old = tuple(found(NOON, NOON - 400 * DAY - n * DAY, Origin.FIRST_RUN) for n in range(20))
    assert alarms(a_daily_source(items=old), NOON + HOUR) == [AlarmName.FROZEN]


def test_f43_a_back_dated_item_that_a_round_found_is_a_sign_of_life() -> None:
    before = tuple(found(NOON - 30 * DAY, NOON - 40 * DAY) for _ in range(5))
    late = found(NOON, NOON - 300 * DAY)
    assert times_of([*before, late])[1] == NOON
    assert alarms(a_daily_source(items=(*before, late)), NOON + 3 * DAY) == []


def test_what_a_walk_back_found_is_no_sign_of_life_but_teaches_the_rhythm() -> None:
    history = [found(NOON, NOON - 100 * DAY - n * DAY, Origin.BACKFILL) for n in range(50)]
    undated = found(NOON, None, Origin.BACKFILL)
    moments, last = times_of([*history, undated])
    assert (len(moments), last) == (50, NOON - 100 * DAY)


def test_a_date_in_the_future_is_none() -> None:
    assert times_of([found(NOON, NOON + 900 * DAY)]) == ([NOON], NOON)


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.one_of(st.none(), st.integers(0, 20_000)), st.sampled_from(list(Origin)))
    )
)
def test_no_item_is_later_than_it_was_seen(rows: list[tuple[int, int | None, Origin]]) -> None:
    items = [Item(NOON + s * HOUR, None if p is None else NOON + (p - 5_000) * HOUR, origin) for s, p, origin in rows]
    moments, last = times_of(items)
    newest = max((item.first_seen_at for item in items), default=None)
    assert all(moment <= newest for moment in moments)
    assert (last is None) == (not moments)
    assert last is None or max(moments) <= last <= newest


@given(st.integers(0, 2_000), st.integers(1, 500))
def test_silence_does_not_end_by_waiting(hours: int, more: int) -> None:
    vitals = a_daily_source()
    if alarms(vitals, NOON + hours * HOUR):
        assert alarms(vitals, NOON + (hours + more) * HOUR)

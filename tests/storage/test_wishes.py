"""When a digest is due: in its own zone, on days that have 23 or 25 hours, too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.filters import Filter, WishProblem, filter_from, filter_of
from storage.wishes import Schedule

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def at(*parts, zone=UTC):
    return datetime(*parts, tzinfo=zone)


@pytest.mark.parametrize(
    ("schedule", "now", "due"),
    [
        (Schedule("daily"), at(2026, 3, 5, 0, 30), at(2026, 3, 5, 0, 30)),
        (Schedule("daily"), at(2026, 3, 5, 0, 29), at(2026, 3, 4, 0, 30)),
        (Schedule("daily", "18:00", None, "Europe/Berlin"), at(2026, 3, 5, 17, 0), at(2026, 3, 5, 17, 0)),
        (Schedule("weekly", "09:00", 0), at(2026, 3, 5, 4), at(2026, 3, 2, 1)),
        (Schedule("weekly", "09:00", 3), at(2026, 3, 5, 0, 59), at(2026, 2, 26, 1)),
        (Schedule("hourly"), at(2026, 3, 5, 4, 59, 59), at(2026, 3, 5, 4)),
        (Schedule("hourly", zone="Asia/Kathmandu"), at(2026, 3, 5, 4, 20), at(2026, 3, 5, 4, 15)),
        (Schedule("at_once"), at(2026, 3, 5, 4, 20), at(2026, 3, 5, 4, 20)),
        # 02:30 does not exist on the day that Berlin sets its clocks forward, and comes twice when it sets them back.
        (Schedule("daily", "02:30", None, "Europe/Berlin"), at(2026, 3, 29, 12), at(2026, 3, 29, 1, 30)),
        (Schedule("daily", "02:30", None, "Europe/Berlin"), at(2026, 10, 25, 1, 45), at(2026, 10, 25, 0, 30)),
    ],
    ids=lambda value: value.isoformat() if isinstance(value, datetime) else None,
)
def test_the_last_time_that_a_digest_was_due(schedule, now, due):
    assert schedule.boundary(now, "08:30", SHANGHAI) == due


MOMENTS = st.integers(0, 366 * 24 * 60).map(lambda minutes: at(2026, 1, 1) + timedelta(minutes=minutes))


@given(
    st.sampled_from(["hourly", "daily", "weekly"]),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
    st.integers(0, 23),
    MOMENTS,
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_due_times_never_go_back_and_are_never_far(cadence, zone, hour, now, later):
    schedule = Schedule(cadence, f"{hour:02}:30", 2, zone)
    first, second = (schedule.boundary(moment, "08:30", SHANGHAI) for moment in (now, now + later))
    assert first <= now
    assert first <= second
    longest = {"hourly": timedelta(hours=2), "daily": timedelta(hours=26), "weekly": timedelta(days=7, hours=2)}
    assert now - first <= longest[cadence]


@pytest.mark.parametrize(
    "wrong",
    [("yearly",), ("daily", "8:30"), ("daily", "24:00"), ("weekly", None, 7), ("daily", None, None, "Mars/Base")],
)
def test_what_is_no_time_is_refused(wrong):
    with pytest.raises(WishProblem):
        Schedule(*wrong)


def test_a_filter_is_one_text_whatever_its_order_and_comes_back():
    one = filter_from({"kind": ["genai_filing", "genai_registration"], "province": "北京"})
    other = Filter(kind=("genai_registration", "genai_filing", "genai_filing"), province=("北京",))
    assert one.text == other.text
    assert filter_of(one.text).text == one.text
    assert filter_of("{}") == Filter()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"kind": "genai"}, "genai_filing"),
        ({"colour": "red"}, "province"),
        ({"confidence": 2}, "from 0 to 1"),
        ({"confidence": "much"}, "number"),
        ({"status": "rejected"}, "confirmed"),
        ({"keyword": [1]}, "text"),
        ({"source_kind": "blog"}, "official"),
    ],
    ids=lambda value: str(value),
)
def test_a_filter_that_can_not_be_is_refused_with_what_may(said, names):
    with pytest.raises(WishProblem, match=names):
        filter_from(said)

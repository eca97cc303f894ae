"""Retry-After in all its forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import retry_after

NOW = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("0", timedelta()),
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("86401", DAY),
        ("9" * 5000, DAY),
        ("Thu, 29 Feb 2024 12:05:00 GMT", timedelta(minutes=5)),
        ("Thu, 29 Feb 2024 20:05:00 +0800", timedelta(minutes=5)),
        ("Thu, 29 Feb 2024 12:05:00 -0000", timedelta(minutes=5)),
        ("Thursday, 29-Feb-24 12:05:00 GMT", timedelta(minutes=5)),
        ("Thu, 29 Feb 2024 11:00:00 GMT", timedelta()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ("Fri, 31 Dec 9999 23:59:59 -1200", DAY),
        ("Mon, 01 Jan 0001 00:00:00 +1200", timedelta()),
    ],
)
def test_what_can_be_read_is_a_pause_of_a_day_at_most(value: str, pause: timedelta) -> None:
    assert retry_after(value, NOW) == pause


@pytest.mark.parametrize(
    "value", [None, "", "-5", "1.5", "soon", "１２０", "120, 240", "Thu, 99 Feb 2024 12:05:00 GMT"]
)
def test_what_can_not_be_read_is_none(value: str | None) -> None:
    assert retry_after(value, NOW) is None


@given(st.text())
def test_any_text_is_none_or_a_pause_of_a_day_at_most(value: str) -> None:
    pause = retry_after(value, NOW)
    assert pause is None or timedelta() <= pause <= DAY


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(0, 86_400))  # noqa: DTZ001
def test_a_date_comes_back_as_the_time_until_it(naive: datetime, seconds: int) -> None:
    now = naive.replace(microsecond=0, tzinfo=UTC)
    pause = timedelta(seconds=seconds)

    assert retry_after(format_datetime(now + pause, usegmt=True), now) == pause

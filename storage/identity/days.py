"""Dates of three precisions (YYYY, YYYY-MM, YYYY-MM-DD) as spans of days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

RHYTHM = timedelta(days=62)
"""The registers' rhythm: lists come about every two months, so mentions further apart speak of two rounds."""


def span(text: str) -> tuple[date, date]:
    """First and last day that a date of any precision covers."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return date(parts[0], 1, 1), date(parts[0], 12, 31)
    if len(parts) == 2:
        return date(parts[0], parts[1], 1), date(parts[0], parts[1], monthrange(parts[0], parts[1])[1])
    day = date(parts[0], parts[1], parts[2])
    return day, day


def distance(one: tuple[date, date], other: tuple[date, date]) -> timedelta:
    """Days between two spans; zero where they overlap."""
    return max(one[0] - other[1], other[0] - one[1], timedelta(0))

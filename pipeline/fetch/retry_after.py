"""The pause that a server asks for in Retry-After (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=24)
"""A longer pause is a mistake or malice; after a day we ask once more."""


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The pause, from 0 to 24 hours, that a header value asks for; None where it can't be read.

    `value` is seconds or an HTTP date; `now` is aware.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:10]), 10**6)), LONGEST)
    try:
        date = parsedate_to_datetime(text[:64])
        pause = date.replace(tzinfo=date.tzinfo or UTC) - now
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(pause, timedelta()), LONGEST)

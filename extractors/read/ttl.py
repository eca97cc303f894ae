"""How long a feed asks its readers to wait: `<ttl>` of RSS 2.0, `sy:updatePeriod` of RSS's syndication module."""

from __future__ import annotations

import re
from datetime import timedelta

HEAD = 50_000
"""Bytes of a feed in which its own elements stand; its entries follow."""
_ENTRIES = re.compile(rb"<(?:item|entry)[\s>]")
_TTL = re.compile(rb"<ttl>\s*(\d{1,7})\s*</ttl>")
_PERIOD = re.compile(rb"<sy:updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\s*</sy:updatePeriod>", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<sy:updateFrequency>\s*(\d{1,4})\s*</sy:updateFrequency>", re.IGNORECASE)
_PERIODS = {
    b"hourly": timedelta(hours=1),
    b"daily": timedelta(days=1),
    b"weekly": timedelta(days=7),
    b"monthly": timedelta(days=30),
    b"yearly": timedelta(days=365),
}


def feed_ttl(body: bytes) -> timedelta | None:
    """The longest pause that the feed's own elements ask for, as stated; None where they ask for none."""
    head = _ENTRIES.split(body[:HEAD], maxsplit=1)[0]
    asked = []
    ttl, period, frequency = _TTL.search(head), _PERIOD.search(head), _FREQUENCY.search(head)
    if ttl:
        asked.append(timedelta(minutes=int(ttl[1])))
    if period:
        asked.append(_PERIODS[period[1].lower()] / max(1, int(frequency[1]) if frequency else 1))
    return max(asked, default=None)

"""The pause that a feed asks for in its own elements."""

from datetime import timedelta

import pytest

from extractors.read.ttl import feed_ttl

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("channel", "asked"),
    [
        ("<ttl>60</ttl>", HOUR),
        ("<ttl> 90\n</ttl>", 1.5 * HOUR),
        ("<sy:updatePeriod>\n hourly </sy:updatePeriod>", HOUR),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 6 * HOUR),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", HOUR),
        ("<ttl>120</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 2 * HOUR),
        ("<ttl>soon</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>99999999999999</ttl>", None),
        ("<sy:updatePeriod>now and then</sy:updatePeriod>", None),
        ("<title>ttl 60</title>", None),
    ],
)
def test_what_a_feed_asks_for(channel: str, asked: timedelta | None) -> None:
    assert feed_ttl(f"<rss><channel>{channel}<item><title>x</title></item></channel></rss>".encode()) == asked


def test_what_an_entry_says_is_not_the_feeds_wish() -> None:
    assert feed_ttl(b"<rss><channel><item><ttl>60</ttl></item></channel></rss>") is None

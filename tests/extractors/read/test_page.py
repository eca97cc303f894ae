"""A fetched page and its listing: which of them knows when it was published."""

from datetime import UTC, datetime

import pytest

from config.source import Listing, Source
from extractors.read.page import exact_time, read_page
from extractors.records import CHINA, Page

LISTED = datetime(2026, 3, 9, 15, 42, tzinfo=CHINA)
FETCHED = datetime(2026, 3, 10, 4, tzinfo=UTC)


def page(time: str) -> Page:
    text = "示例公司的大模型于日前通过生成式人工智能服务备案，可以向公众提供服务。" * 3
    body = f"<html><h1>通过备案</h1><time datetime='{time}'></time><p>{text}</p></html>".encode()
    return Page("https://a.example/1", "https://a.example/1", 200, (), body, FETCHED, "")


@pytest.mark.parametrize(
    ("stated", "listed", "published"),
    [
        ("2026-03-09", LISTED, LISTED),
        ("2026-03-09 08:15", LISTED, datetime(2026, 3, 9, 8, 15, tzinfo=CHINA)),
        ("2026-03-08", LISTED, datetime(2026, 3, 8, tzinfo=CHINA)),
        ("2026-03-09", LISTED.astimezone(UTC), LISTED),
        ("2026-03-09", None, datetime(2026, 3, 9, tzinfo=CHINA)),
        ("2027-03-09", LISTED, LISTED),
        ("2027-03-09", None, None),
    ],
)
def test_the_page_knows_best_but_for_the_minute_of_a_bare_day(stated, listed, published):
    assert read_page(page(stated), published=listed).published == published


def test_without_a_page_that_says_it_the_listing_does():
    assert exact_time(None, LISTED) == LISTED


def test_an_article_is_known_by_the_address_that_its_sites_rule_gives():
    listing = Listing(kind="feed", url="https://a.example/feed", trailing_slash="always")
    source = Source(id="a", name="a", kind="media", language="zh", listing=listing)
    assert read_page(page("2026-03-09"), source).url == "https://a.example/1/"
    assert read_page(page("2026-03-09")).url == "https://a.example/1"

"""Any bytes at all: decoded, parsed and read, they give an article, links, or one of two named errors."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.source import ArticleRules, Listing, Source
from extractors.read.charset import decode
from extractors.read.entry import UnreadableListing
from extractors.read.guard import UnreadablePage
from extractors.read.listing import read_listing
from extractors.read.page import read_page
from extractors.read.sitemap import sitemap_index
from extractors.records import Page

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
URL = "https://news.example/2026/0305/1.html"
PIECES = (
    *("<html>", "<body>", "<div id=body>", "</div>", "<p>", "</p>", "<table><tr><td>", "</td></tr></table>", "<br>"),
    *("<title>", "</title>", "<h1>", "</h1>", "<script>", "</script>", "<style>", "<!--", "-->", "<![CDATA[", "]]>"),
    *("<svg><template>", "<select><option>", "<a href='", "'>", '<time datetime="', '">', "<b><p></b>", "</body>", "<meta charset="),
    *("gbk", "utf-16", '<meta name=pubdate content="', "2026-03-05 09:00", "2025年2月30日", "&#0;", "&#xD800;", "&amp", "&#x1F600;"),
    *("<?xml version='1.0'?>", "<rss version='2.0'><channel>", "<item>", "<link>", "</link>", "</item>", "<pubDate>", "</channel></rss>"),
    *("<urlset>", "<url><loc>", "</loc></url></urlset>", "<!DOCTYPE x [", "<!ENTITY x SYSTEM 'file:///'>", "]>", "&x;"),
    *('{"items": [', '{"url": "', '", "title": null}', "]}", "callback(", ");", "\\ud800", "[" * 50, "1e999"),
    *("https://news.example/1.html", "javascript:alert(1)", "//[", "示例公司的大模型通过备案", "\x00", "\ufffd", "\u202e", " ", "\n"),
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)
CHARSETS = st.sampled_from(["utf-8", "gb18030", "big5hkscs", "utf-16", "utf-8-sig"])
CODED = st.builds(lambda text, charset: text.encode(charset, "replace"), TEXTS, CHARSETS)
BODIES = CODED | st.binary(max_size=300) | st.builds(lambda one, two: one + two[1:], CODED, st.binary(max_size=20))
TYPES = (
    st.none()
    | st.sampled_from(["text/html; charset=gb2312", "text/xml; charset=utf-7", "application/json"])
    | st.text(max_size=30)
)
SELECTORS = ArticleRules(title=("h1",), body=("#body", "td"), published=("time",), drop=("script", "b"), min_length=0)
SOURCE = Source(
    id="fuzz", name="fuzz", kind="media", language="zh", interval="1h",
    listing=Listing(kind="feed", url="https://news.example/"), article=SELECTORS,
)  # fmt: skip
LISTINGS = (
    Listing(kind="feed", url=URL, content="summary"),
    Listing(kind="html", url=URL, items="a, div", title="b", published="time"),
    Listing(kind="json", url=URL, items="items", link="url", title="title", content="html"),
    Listing(kind="sitemap", url=URL),
    Listing(kind="wordpress", url="https://news.example/"),
    Listing(kind="register", url=URL),
)
WITHOUT_HURRY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(BODIES, TYPES)
@WITHOUT_HURRY
def test_any_page_is_read_or_refused_by_name(body: bytes, content_type: str | None) -> None:
    headers = (("content-type", content_type),) if content_type is not None else ()
    page = Page(URL, URL, 200, headers, body, NOW, "")
    for source in (None, SOURCE):
        try:
            article = read_page(page, source)
        except UnreadablePage as error:
            assert str(error)
            continue
        for text in (article.title, article.text):
            text.encode()
            assert "\0" not in text
        assert "\n\n" not in article.text and article.text == article.text.strip()
        assert article.published is None or article.published.tzinfo


@pytest.mark.parametrize("rules", LISTINGS, ids=lambda rules: rules.kind)
@given(body=BODIES | BODIES.map(gzip.compress), content_type=TYPES)
@WITHOUT_HURRY
def test_any_listing_is_read_or_refused_by_name(rules: Listing, body: bytes, content_type: str | None) -> None:
    try:
        links = read_listing(body, content_type, URL, rules)
    except UnreadableListing as error:
        assert str(error)
        return
    for link in links:
        assert link.url.startswith(("http://", "https://"))
        (link.url + (link.title or "") + (link.html or "")).encode()
        assert "\0" not in (link.title or "") + (link.html or "")


@given(BODIES | BODIES.map(gzip.compress), TYPES)
@WITHOUT_HURRY
def test_any_index_of_sitemaps_is_read_or_refused_by_name(body: bytes, content_type: str | None) -> None:
    try:
        index = sitemap_index(body, content_type, URL)
    except UnreadableListing as error:
        assert str(error)
        return
    assert index is None or all(address.startswith(("http://", "https://")) for address in index.sitemaps)


@given(BODIES, TYPES)
def test_decoding_names_what_it_lost(body: bytes, content_type: str | None) -> None:
    decoded = decode(body, content_type)
    assert decoded.replaced == decoded.text.count("\ufffd")

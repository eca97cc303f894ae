"""Times as listings and pages write them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from extractors.read.dates import parse_time, published_time
from extractors.records import CHINA


def iso(time: datetime | None) -> str | None:
    return time and time.isoformat()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Fri, 09 Jan 2026 07:30:00 GMT", "2026-01-09T15:30:00+08:00"),
        ("Fri, 09 Jan 2026 15:30:00 +0800", "2026-01-09T15:30:00+08:00"),
        ("Fri, 09 Jan 2026 15:30:00", "2026-01-09T15:30:00+08:00"),
        ("2026-01-09T15:30:00+08:00", "2026-01-09T15:30:00+08:00"),
        ("2026-01-09T07:30:00.123Z", "2026-01-09T15:30:00+08:00"),
        ("2026-01-09T15:30:00", "2026-01-09T15:30:00+08:00"),
        ("2026-01-09T02:30:00-05:00", "2026-01-09T15:30:00+08:00"),
        ("2026-03-28 09:24:38 +0800", "2026-03-28T09:24:38+08:00"),
        ("2026-01-09 15:30:00.0", "2026-01-09T15:30:00+08:00"),
        ("2026-01-09-15:30:00", "2026-01-09T15:30:00+08:00"),
        ("2026-01-09", "2026-01-09T00:00:00+08:00"),
        ("20260109", "2026-01-09T00:00:00+08:00"),
        ("2026/1/9 15:30", "2026-01-09T15:30:00+08:00"),
        ("2026年1月9日 09:30", "2026-01-09T09:30:00+08:00"),
        ("2026年01月09日（星期五）15时30分", "2026-01-09T15:30:00+08:00"),
        ("2026年1月9日 下午3:30", "2026-01-09T15:30:00+08:00"),
        ("２０２６年１月９日", "2026-01-09T00:00:00+08:00"),
        ("发布时间：2026-01-09 15:30 来源：示例", "2026-01-09T15:30:00+08:00"),
        ("Jan 9, 2026", "2026-01-09T00:00:00+08:00"),
        ("January 9, 2026 at 3:30 PM", "2026-01-09T15:30:00+08:00"),
        ("9 Jan 2026", "2026-01-09T00:00:00+08:00"),
        ("1767943800", "2026-01-09T15:30:00+08:00"),
        ("1767943800000", "2026-01-09T15:30:00+08:00"),
    ],
)
def test_times_that_are_read(text, time):
    assert iso(parse_time(text)) == time


@pytest.mark.parametrize(
    "text",
    ["", "昨天", "2025年2月30日", "20256-01-09", "2026-13-01", "3月5日", "1026-01-09", "9999-01-01", "12:30", "2026"],
)
def test_what_is_no_time_of_an_article(text):
    assert parse_time(text) is None


@given(
    st.text(max_size=60) | st.from_regex(r"\d{1,5}[-/年]\d{1,3}[-/月]\d{1,3}日? ?\d{1,3}:\d{1,3}(:\d\d)? ?[+-]?\d{0,4}")
)
def test_any_text_gives_a_time_in_china_or_none(text):
    time = parse_time(text)
    assert time is None or (time.tzinfo is CHINA and 1990 <= time.year <= 2100)


def published(html: str, url: str | None = None, *selectors: str) -> str | None:
    return iso(published_time(LexborHTMLParser(html), html, url, selectors))


META = '<meta property="article:published_time" content="2026-01-08T10:00:00+08:00">'
JSON_LD = '<script type="application/ld+json">{"@graph": [{"datePublished": "2026-01-07T10:00:00+08:00"}]}</script>'


def test_the_sources_selector_comes_first():
    html = f'{META}{JSON_LD}<span id="t">2026年01月09日 15:30</span>'
    assert published(html, None, "#none", "#t") == "2026-01-09T15:30:00+08:00"


def test_a_time_that_a_script_is_told_comes_before_the_words():
    span = '<span class="t" data-id="1700000000" data-article-publish-time="1767943800">3分钟前</span>'
    assert published(f"<html><body>{span}</body></html>", None, "span.t") == "2026-01-09T15:30:00+08:00"


def test_a_selector_that_holds_no_time_gives_way():
    assert published(f'{META}<span id="t">刚刚</span>', None, "#t") == "2026-01-08T10:00:00+08:00"


def test_json_ld_before_meta_before_time():
    clock = '<time datetime="2026-01-06">6</time>'
    assert published(f"{META}{JSON_LD}{clock}") == "2026-01-07T10:00:00+08:00"
    assert published(f"{META}{clock}") == "2026-01-08T10:00:00+08:00"
    assert published(clock) == "2026-01-06T00:00:00+08:00"


def test_broken_json_ld_still_says_its_date():
    html = '<script type="application/ld+json">{"datePublished": "2026-01-07 10:00", "x": }</script>'
    assert published(html) == "2026-01-07T10:00:00+08:00"


def test_the_date_after_the_heading_wins_over_the_one_before_it():
    html = "<p>今天是2026年5月1日</p><h1>示例公告</h1><p>2026年01月09日 15:30　来源：示例</p><p>2020年1月1日起施行</p>"
    assert published(html) == "2026-01-09T15:30:00+08:00"


def test_an_english_date_near_the_heading_is_found_too():
    page = "<body><h1>Sample</h1><p>Published: Jan. 9, 2026 3:30 PM</p><p>Founded on May 1, 2020.</p></body>"
    assert published(page) == "2026-01-09T15:30:00+08:00"


def test_an_impossible_date_is_passed_over():
    assert published("<h1>示例</h1><p>2025年2月30日</p><p>2025年3月1日</p>") == "2025-03-01T00:00:00+08:00"


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/2026-01/09/c_1.htm",
        "https://a.example/2026/01/09/x/",
        "https://a.example/20260109/1.html",
        "https://a.example/t20260109_1.html",
        "https://a.example/rain/a/20260109A060RN00",
    ],
)
def test_the_day_in_the_address_is_the_last_of_what_is_stated(url):
    assert published("<h1>示例</h1><p>正文</p>", url) == "2026-01-09T00:00:00+08:00"


def test_a_number_in_the_address_is_no_day():
    assert published("<h1>示例</h1><p>正文</p>", "https://a.example/20261399/detail-20251.html") is None


@pytest.mark.parametrize(
    "left",
    [
        "<!--enpcontent--><p>正文</p><!--/enpcontent--><!--enpproperty <articleid>1</articleid><date>2026-01-09 15:30:00:671</date><author>某</author>/enpproperty-->",
        '<script>var a = 1; var ct = "1767943800"; var b = 2;</script>',
        '<script>!function(){e(t,"1767943800",0,document.getElementById("publish_time"))}()</script>',
    ],
)
def test_what_a_publishing_system_leaves_in_the_page_is_its_time(left):
    page = f"<h1>晨星大模型完成备案</h1><p>2020-02-02 旧闻</p>{left}"
    assert published(page) == "2026-01-09T15:30:00+08:00"

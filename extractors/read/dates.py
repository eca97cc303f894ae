"""When something was published: listing dates, and the time that an article page states."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import chain

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extractors.read.text import node_text
from extractors.records import CHINA

_FIRST, _LAST = 1990, 2099
_DAY = r"(?<!\d)(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*日?"
_CLOCK = (
    r"(?:(?:-|[\sT,，|（(]*)(?:星期[一二三四五六日天])?[\s)）]*(?P<half>上午|下午|晚上|AM|PM)?\s*"
    r"(?P<hour>\d{1,2})\s*[:：时]\s*(?P<minute>\d{2})(?!\d)(?:\s*[:：分]\s*(?P<second>\d{2})(?!\d)(?:[.,]\d+)?)?"
    r"(?:\s*(?P<zone>Z\b|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)
_MOMENT = re.compile(_DAY + _CLOCK, re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(
    rf"\b(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)"
    r"(?:,?\s+(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})\s*(?P<half>AM|PM)?)?",
    re.IGNORECASE,
)
_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_CHINESE_RFC822 = re.compile(
    rf"(?:(?:星期|周).,?\s*)?(?P<day>\d{{1,2}})\s+(?P<month>\d{{1,2}}|{'|'.join(reversed(_NUMERALS))})月\s+(?P<year>\d{{4}})"
)
_URL_DAY = re.compile(r"[/_-]t?(?P<year>20\d{2})[/-]?(?P<month>\d{2})[/-]?(?P<day>\d{2})(?:[/_.A-Z-]|$)")
_META = (
    *("article:published_time", "og:published_time", "og:article:published_time", "datepublished", "pubdate"),
    *("publishdate", "publish_time", "publish-date", "date", "dc.date", "dc.date.issued", "dcterms.date"),
    *("parsely-pub-date", "sailthru.date", "apub:time", "weibo:article:create_at", "bytedance:published_time"),
)
_NEAR_TITLE = 3_000
_LEFT_BEHIND = (
    # The publishing system of most Chinese newspapers writes its record of the article into the page.
    ("<!--enpproperty", re.compile(r"<!--enpproperty\b[^-]{0,300}<date>([^<]{8,30})</date>")),
    # WeChat shows the time by a script, and its page holds no other.
    ("ct", re.compile(r"""ct(?<!\wct)\s*=\s*["'](\d{10})["']\s*;""")),
    ("publish_time", re.compile(r"""["'](\d{10})["'],\d,document\.getElementById\(["']publish_time["']\)""")),
)
"""What no page without these letters has, and how it is written."""


def parse_time(text: str) -> datetime | None:
    """A time as listings and pages write it; aware, and in Asia/Shanghai where no zone is given.

    Reads RFC 822, ISO 8601, 2026-01-09 15:30, 2026年1月9日 下午3:30, Jan 9, 2026 and Unix seconds or
    milliseconds. None for anything else, for days that don't exist and for years outside 1990-2099.
    """
    text = unicodedata.normalize("NFKC", text).strip()[:200]
    if re.fullmatch(r"\d{10}(?:\d{3})?", text):
        return _sane(datetime.fromtimestamp(int(text[:10]), CHINA))
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = _MOMENT.search(text) or _ENGLISH.search(text)
    text = _CHINESE_RFC822.sub(_in_english, text)
    return _from_match(found) if found else _rfc822(text) or _rfc822(f"{text} 00:00")


def _in_english(found: re.Match[str]) -> str:
    """`28 三月 2026`, as a Chinese locale writes RFC 822, in its proper words."""
    number = found["month"]
    month = int(number) if number.isdigit() else _NUMERALS.index(number) + 1
    return f"{found['day']} {_MONTHS[month - 1]} {found['year']}" if 1 <= month <= 12 else found[0]


def published_time(
    tree: LexborHTMLParser, html: str, url: str | None = None, selectors: tuple[str, ...] = ()
) -> datetime | None:
    """When the page says that it was published: the first of these that gives a real time.

    The source's own selectors, JSON-LD, meta tags, <time>, what the publishing system left in a comment or a
    script, a date near the top of the text, the day in the URL, and what htmldate makes of the rest.
    """
    for text in chain(_stated(tree, selectors), _left_behind(html)):
        time = parse_time(text)
        if time:
            return time
    return _near_title(tree) or url_day(url) or _guessed(html)


def _stated(tree: LexborHTMLParser, selectors: tuple[str, ...]) -> Iterator[str]:
    for selector in selectors:
        for node in tree.css(selector)[:3]:
            attributes = node.attributes
            yield from (
                value or "" for name, value in attributes.items() if name.startswith("data-") and "time" in name
            )
            yield attributes.get("datetime") or attributes.get("content") or node_text(node)
    yield from _json_ld(tree)
    metas = [(_meta_name(node), node.attributes.get("content")) for node in tree.css("meta[content]")]
    for wanted in _META:
        yield from (content for name, content in metas if name == wanted and content)
    for node in tree.css("time[datetime]")[:1]:
        yield node.attributes.get("datetime") or ""


def _left_behind(html: str) -> Iterator[str]:
    for sign, pattern in _LEFT_BEHIND:
        found = pattern.search(html) if sign in html else None
        if found:
            yield found[1]


def _meta_name(node: LexborNode) -> str:
    attributes = node.attributes
    return (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()


def _json_ld(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css('script[type="application/ld+json"]'):
        source = node.text()
        try:
            stack = [json.loads(source, strict=False)]
        except (ValueError, RecursionError):
            yield from re.findall(r'"datePublished"\s*:\s*"([^"]{8,40})"', source)
            continue
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                stack.extend(reversed(list(value.values())))
                if isinstance(value.get("datePublished"), str):
                    yield value["datePublished"]


def _near_title(tree: LexborHTMLParser) -> datetime | None:
    text = node_text(tree.body)
    heading = tree.css_first("h1")
    title = node_text(heading).split("\n")[0] if heading else ""
    start = max(text.find(title), 0) if title else 0
    end = start + _NEAR_TITLE
    moments = [*_MOMENT.finditer(text, start, end), *_ENGLISH.finditer(text, start, end)]
    for found in sorted(moments, key=re.Match.start):
        time = _from_match(found)
        if time:
            return time
    return None


def url_day(url: str | None) -> datetime | None:
    """The day that an address carries, as news sites' do."""
    found = _URL_DAY.search(url or "")
    return _from_match(found) if found else None


def _guessed(html: str) -> datetime | None:
    from htmldate import find_date

    try:
        found = find_date(html, extensive_search=False, original_date=True, max_date=f"{_LAST}-12-31")
    except Exception:  # a third party's code on a hostile page: whatever it raises, it found no date
        return None
    return parse_time(found) if found else None


def _from_match(found: re.Match[str]) -> datetime | None:
    part = found.groupdict()
    month = part["month"]
    hour = int(part.get("hour") or 0)
    if (part.get("half") or "").upper() in ("PM", "下午", "晚上") and hour < 12:
        hour += 12
    try:
        return _sane(
            datetime(
                int(part["year"]),
                int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1,
                int(part["day"]),
                hour,
                int(part.get("minute") or 0),
                int(part.get("second") or 0),
                tzinfo=_zone(part.get("zone")),
            )
        )
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _rfc822(text: str) -> datetime | None:
    try:
        return _sane(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _sane(time: datetime) -> datetime | None:
    """The time in Asia/Shanghai, if it can be the time of an article on the web."""
    if not _FIRST <= time.year <= _LAST:
        return None
    return time.replace(tzinfo=CHINA) if time.tzinfo is None else time.astimezone(CHINA)

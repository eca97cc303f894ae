"""Feeds: RSS, Atom and JSON Feed, as their entries."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from config.source import Listing
from extractors.read.entry import Entry, UnreadableListing, parse_json, refuse_html
from extractors.read.xml import plain_xml

# NUL, and halves of characters outside the basic plane (as some feeds write emoji), which break feedparser.
_UNUSABLE_REFERENCE = re.compile(
    r"&#(?:0+|x0+|x0*d[89a-f][0-9a-f]{2}|0*(?:5529[6-9]|55[3-9]\d{2}|56\d{3}|57[0-2]\d{2}|573[0-3]\d|5734[0-3]));",
    re.IGNORECASE,
)


def feed_entries(text: str, rules: Listing) -> Iterator[Entry]:
    """Entries of RSS, Atom or JSON Feed; `rules.content` is `content` or `summary`, the element with the article."""
    if text.startswith("{"):
        return _json_feed(parse_json(text), rules.content)
    refuse_html(text, "a feed")
    return _xml_feed(plain_xml(text, "the feed"), rules)


def _xml_feed(text: str, rules: Listing) -> Iterator[Entry]:
    import feedparser

    # A file object: feedparser would open a plain value as an address or a file name.
    source = io.BytesIO(_UNUSABLE_REFERENCE.sub("", text).encode())
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        feed = feedparser.parse(source, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # a third party's code on hostile input: whatever it raises, this is no feed
        raise UnreadableListing(f"not a feed: {type(error).__name__}: {error}") from error
    if not feed.get("version") and not feed.get("entries"):  # of an empty text it says neither
        raise UnreadableListing(f"not a feed: it begins {text[:60]!r}")
    return (_feed_entry(entry, rules.content) for entry in feed.entries)


def _feed_entry(entry: Any, content: str | None) -> Entry:
    bodies = [part.get("value") for part in entry.get("content", ())] if content == "content" else []
    html = entry.get("summary") if content == "summary" else next(iter(bodies), None)
    link = entry.get("link") or (entry.get("id") if entry.get("guidislink") else None)
    return Entry(link, entry.get("title"), entry.get("published") or entry.get("updated"), html)


def _json_feed(feed: Any, content: str | None) -> Iterator[Entry]:
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise UnreadableListing("JSON, but not a JSON Feed: it has no list `items`")
    return (_json_entry(item, content) for item in feed["items"] if isinstance(item, dict))


def _json_entry(item: dict[str, Any], content: str | None) -> Entry:
    carried = {"content": item.get("content_html") or item.get("content_text"), "summary": item.get("summary")}
    own = item.get("id")
    link = item.get("url") or (own if isinstance(own, str) and own.startswith("http") else None)
    return Entry(link, item.get("title"), item.get("date_published"), carried.get(content or ""))

"""What a source lists: the links of a feed, an HTML page or a JSON reply, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from config.source import Listing
from extractors.read.charset import decode
from extractors.read.dates import parse_time
from extractors.read.entry import Entry, UnreadableListing, parse_json, refuse_html
from extractors.read.feeds import feed_entries
from extractors.read.guard import UnreadablePage, blocked, challenge, refuse_hostile
from extractors.read.text import clean, fragment_text, node_text, shown_text
from extractors.read.urls import canonical_url

MAX_TITLE = 2_000
"""Characters of a title that are parsed: the parser's cost is quadratic in the depth of tags."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry: absolute http(s) URL, and what the listing itself says of the article.

    `published` is aware; `html` is the article's body where `rules.content` names it.
    """

    url: str
    title: str | None = None
    published: datetime | None = None
    html: str | None = None


def read_listing(body: bytes, content_type: str | None, url: str, rules: Listing) -> tuple[Link, ...]:
    """Read one page of a listing that was fetched from `url`.

    Relative links are resolved against `url`, duplicates and other schemes dropped. A well-formed listing
    without entries gives (): whether that is a failure depends on the source (`expect`) and the page.
    Raises UnreadableListing, and nothing else.
    """
    text = clean(decode(body, content_type).text).strip()
    if not text:
        raise UnreadableListing("empty reply: some sites (the CAC's) do that to a request without a Referer")
    read = {"feed": feed_entries, "html": _html, "json": _json}[rules.kind]
    return tuple(_links(read(text, rules), url))


def _links(entries: Iterable[Entry], page: str) -> Iterator[Link]:
    seen = set()
    for entry in entries:
        url = _absolute(page, entry.link)
        if url is None or canonical_url(url) in seen:
            continue
        seen.add(canonical_url(url))
        yield Link(url, _title(entry.title), _time(entry.published), _text(entry.html) or None)


def _absolute(page: str, link: object) -> str | None:
    address = _text(link)
    if not address:
        return None
    try:
        url = urljoin(page, address)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _text(value: object) -> str:
    """A value that is a text, cleaned again: escapes in it bring back what the reply itself was rid of."""
    return clean(value).strip() if isinstance(value, str) else ""


def _title(value: object) -> str | None:
    return fragment_text(_text(value)[:MAX_TITLE]).replace("\n", " ") or None


def _time(value: object) -> datetime | None:
    if isinstance(value, float):
        value = int(value) if isfinite(value) else None
    return parse_time(str(value) if isinstance(value, int) else _text(value))


def _json(text: str, rules: Listing) -> Iterator[Entry]:
    """Entries of a JSON reply by dotted paths."""
    refuse_html(text, "JSON")
    reply = parse_json(text)
    items = _dig(reply, rules.items)
    if not isinstance(items, list):
        keys = ", ".join(map(str, reply)) if isinstance(reply, dict) else f"a {type(reply).__name__}"
        raise UnreadableListing(f'no list at "{rules.items}" in the reply; it has: {clean(keys)[:200]}')
    links = [_dig(item, rules.link) for item in items]
    if items and not any(links):
        raise UnreadableListing(f'no item has a link at "{rules.link}"')
    return (
        Entry(link, _dig(item, rules.title), _dig(item, rules.published), _dig(item, rules.content))
        for item, link in zip(items, links, strict=True)
    )


def _dig(value: Any, path: str | None) -> Any:
    """The value at a dotted path, list indexes included; None where there is none, or no path."""
    if path is None:
        return None
    for key in filter(None, path.split(".")):
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value


def _html(text: str, rules: Listing) -> Iterator[Entry]:
    """Entries of an HTML page: `rules.items` selects links, or boxes with a link inside."""
    try:
        refuse_hostile(text)
        tree = LexborHTMLParser(text)
        nodes = tree.css(rules.items)
    except UnreadablePage as error:
        raise UnreadableListing(str(error)) from error
    sign = None if nodes else challenge(text, shown_text(tree))
    if sign:
        raise UnreadableListing(blocked(sign))
    return (_html_entry(node, rules) for node in nodes)


def _html_entry(node: LexborNode, rules: Listing) -> Entry:
    link = node.css_first(rules.link) if rules.link else node if node.tag == "a" else node.css_first("a[href]")
    if link is None:
        return Entry(None)
    named = node.css_first(rules.title) if rules.title else link
    dated = node.css_first(rules.published) if rules.published else None
    published = dated and (dated.attributes.get("datetime") or node_text(dated))
    return Entry(link.attributes.get("href"), _shown(named), published)


def _shown(node: LexborNode | None) -> str | None:
    """A link's text, or its title attribute where the text was cut short."""
    text = node_text(node)
    stated = (node.attributes.get("title") or "") if node else ""
    return stated if stated and (not text or text.endswith(("...", "…"))) else text

"""What a source lists: the links of a feed, a page, a reply or a sitemap, in its order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from urllib.parse import urljoin, urlsplit

from config.source import Listing
from extractors.read.charset import decode
from extractors.read.dates import parse_time
from extractors.read.entry import EmptyListing, Entry
from extractors.read.feeds import feed_entries
from extractors.read.html_list import html_entries
from extractors.read.json_list import json_entries
from extractors.read.register import register_entries
from extractors.read.sitemap import sitemap_entries, unpacked
from extractors.read.text import clean, fragment_text
from extractors.read.urls import MAX_URL, canonical_url, with_slash
from extractors.read.wordpress import wordpress_entries

MAX_TITLE = 2_000
"""Characters of a title that are parsed: the parser's cost is quadratic in the depth of tags."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry: absolute http(s) URL, and what the listing itself says of the article.

    `published` is aware; `html` is the article's body where `rules.content` names it, or WordPress sends it.
    """

    url: str
    title: str | None = None
    published: datetime | None = None
    html: str | None = None


def read_listing(body: bytes, content_type: str | None, url: str, rules: Listing) -> tuple[Link, ...]:
    """Read one page of a listing that was fetched from `url`.

    Relative links are resolved against `url`; duplicates, other schemes and what is too long for an address are
    dropped. A well-formed listing without entries gives (): whether that is a failure depends on the source
    (`expect`) and the page.
    Raises UnreadableListing, and nothing else.
    """
    body = unpacked(body) if rules.kind == "sitemap" else body
    text = clean(decode(body, content_type).text).strip()
    if not text:
        raise EmptyListing("empty reply: some sites (the CAC's) do that to a request without a Referer")
    return tuple(_links(_entries(text, rules), url, rules))


def _entries(text: str, rules: Listing) -> Iterable[Entry]:
    match rules.kind:
        case "feed":
            return feed_entries(text, rules)
        case "html":
            return html_entries(text, rules)
        case "json":
            return json_entries(text, rules)
        case "sitemap":
            return sitemap_entries(text, rules)
        case "wordpress":
            return wordpress_entries(text, rules)
        case "register":
            return register_entries(text, rules)


def _links(entries: Iterable[Entry], page: str, rules: Listing) -> Iterator[Link]:
    found: dict[str, Link] = {}
    include = re.compile(rules.include or "")
    for entry in entries:
        url = _absolute(page, entry.link)
        if url is None or not include.search(url):
            continue
        url = with_slash(url, rules.trailing_slash)
        title, time = _title(entry.title), _time(entry.published)
        link = found.setdefault(canonical_url(url), Link(url, title, time, _text(entry.html) or None))
        if link.title is None and title:  # a picture often links to a page before its heading does
            found[canonical_url(url)] = replace(link, title=title, published=link.published or time)
    yield from found.values()


def _absolute(page: str, link: object) -> str | None:
    address = _text(link)
    if not 0 < len(address) <= MAX_URL:
        return None
    try:
        url = address if address.startswith(("http://", "https://")) else urljoin(page, address)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _text(value: object) -> str:
    """A value that is a text, cleaned again: escapes in it bring back what the reply itself was rid of."""
    return clean(value).strip() if isinstance(value, str) else ""


def _title(value: object) -> str | None:
    text = _text(value)[:MAX_TITLE]
    return fragment_text(text).replace("\n", " ") or None if text else None


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, float):
        value = int(value) if isfinite(value) else None
    return parse_time(str(value) if isinstance(value, int) else _text(value))

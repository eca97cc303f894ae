"""Sitemaps (sitemaps.org): the addresses of a site, the articles of a news sitemap, and indexes of further ones."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from config.source import Listing
from extractors.read.charset import decode
from extractors.read.dates import parse_time, url_day
from extractors.read.entry import Entry, UnreadableListing, refuse_html
from extractors.read.text import clean
from extractors.read.xml import parse_xml

LARGEST = 20_000_000
"""Bytes of an unpacked sitemap; the format's own limit of 50,000 addresses stays below."""

_WHAT = "a sitemap"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SitemapIndex:
    """The sitemaps that an index names, newest first; `dated`: it says of each when it last changed."""

    sitemaps: tuple[str, ...]
    dated: bool


def sitemap_entries(text: str, rules: Listing) -> Iterator[Entry]:
    """The entries of one sitemap, newest first where it says when they changed.

    An entry's `published` is what a news sitemap says, or the day in the address: the time of the last
    change is not when something was published.
    """
    root = _root(text)
    if _name(root) == "sitemapindex":
        raise UnreadableListing("an index of sitemaps where a sitemap was expected: indexes do not nest")
    rows = [_fields(row) for row in root if _name(row) == "url"]
    rows.sort(key=lambda row: _changed(row) or _NEVER, reverse=True)
    return (Entry(row.get("loc"), row.get("title"), _published(row)) for row in rows)


def sitemap_index(body: bytes, content_type: str | None, url: str) -> SitemapIndex | None:
    """What an index of sitemaps, fetched from `url`, names on its own host; None for a plain sitemap.

    Raises UnreadableListing.
    """
    root = _root(clean(decode(unpacked(body), content_type).text).strip())
    if _name(root) != "sitemapindex":
        return None
    rows = [_fields(row) for row in root if _name(row) == "sitemap"]
    changed = [_changed(row) for row in rows]
    order = sorted(range(len(rows)), key=lambda at: changed[at] or _NEVER, reverse=True)
    named = [urljoin(url, rows[at].get("loc", "")) for at in order]
    host = urlsplit(url).hostname
    return SitemapIndex(tuple(s for s in named if s != url and urlsplit(s).hostname == host), all(changed))


def unpacked(body: bytes) -> bytes:
    """A sitemap that is a gzip file (sitemap.xml.gz) without its packing. Raises UnreadableListing."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpack = zlib.decompressobj(wbits=31)
    try:
        text = unpack.decompress(body, LARGEST)
    except zlib.error as error:
        raise UnreadableListing(f"a sitemap that is not a whole gzip file: {error}") from error
    if unpack.unconsumed_tail:
        raise UnreadableListing(f"a sitemap that unpacks to more than {LARGEST:,} bytes: refused")
    if not unpack.eof:
        raise UnreadableListing("a sitemap that is not a whole gzip file: its end is missing")
    return text


def _root(text: str) -> Element:
    refuse_html(text, _WHAT)
    root = parse_xml(text, _WHAT)
    if _name(root) not in ("urlset", "sitemapindex"):
        raise UnreadableListing(f"not a sitemap: its root is <{_name(root)[:40]}>, neither urlset nor sitemapindex")
    return root


def _name(element: Element) -> str:
    """The local name: sites get the namespace wrong."""
    return element.tag.rpartition("}")[2].lower()


def _fields(row: Element) -> dict[str, str]:
    """The texts of an entry by local name, the first of each; images and videos have addresses of their own."""
    inner = (part for child in row for part in child.iter() if part is child or _name(part) != "loc")
    found: dict[str, str] = {}
    for part in inner:
        if part.text and part.text.strip():
            found.setdefault(_name(part), part.text.strip())
    return found


def _changed(row: dict[str, str]) -> datetime | None:
    return parse_time(row.get("publication_date") or row.get("lastmod") or "")


def _published(row: dict[str, str]) -> str | datetime | None:
    return row.get("publication_date") or url_day(row.get("loc"))

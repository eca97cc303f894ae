"""What a page offers to watch: the feeds that it names, WordPress behind it, and the list of articles on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from config.source import Listing
from extractors.read.charset import decode
from extractors.read.entry import UnreadableListing
from extractors.read.guard import UnreadablePage, refuse_hostile
from extractors.read.guess import guess_list
from extractors.read.html import language
from extractors.read.text import clean, node_text, shown_text

FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_COMMENTS = re.compile(r"comments?(?:/|\b)|评论", re.IGNORECASE)
_SITEMAP = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_WORDPRESS = 'link[rel="https://api.w.org/"]'


@dataclass(frozen=True, slots=True)
class Survey:
    """What one page offers: its site's name and language, and listings, the most reliable first."""

    name: str
    language: str | None
    listings: tuple[Listing, ...]


def survey(body: bytes, content_type: str | None, url: str, *, browser: bool = False) -> Survey:
    """Look at a page that was fetched from `url` (or rendered by a browser). Raises UnreadableListing."""
    html = clean(decode(body, content_type).text)
    try:
        refuse_hostile(html)
    except UnreadablePage as error:
        raise UnreadableListing(str(error)) from error
    tree = LexborHTMLParser(html)
    guess = guess_list(tree, url, browser=browser)
    return Survey(_name(tree, url), language(shown_text(tree)), (*_stated(tree, url), *([guess] if guess else [])))


def sitemaps_of(robots: str) -> list[str]:
    """The sitemaps that a robots.txt names."""
    return _SITEMAP.findall(robots)


def _stated(tree: LexborHTMLParser, url: str) -> Iterator[Listing]:
    api = tree.css_first(_WORDPRESS)
    address = (api.attributes.get("href") or "") if api else ""
    if "/wp-json" in address:
        yield Listing(kind="wordpress", url=urljoin(url, address.partition("wp-json")[0]))
    for link in tree.css('link[rel~="alternate"][href]'):
        told = f"{link.attributes.get('href')} {link.attributes.get('title') or ''}"
        if (link.attributes.get("type") or "").lower() in FEEDS and not _COMMENTS.search(told):
            yield Listing(kind="feed", url=urljoin(url, link.attributes.get("href") or ""))


def _name(tree: LexborHTMLParser, url: str) -> str:
    meta = tree.css_first('meta[property="og:site_name"]')
    stated = (meta.attributes.get("content") or "").strip() if meta else ""
    title = node_text(tree.css_first("title")).replace("\n", " ")
    return (stated or re.split(r"\s*[|_｜—]\s*|\s+-+\s+", title)[-1] or urlsplit(url).hostname or "?")[:80]

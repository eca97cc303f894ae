"""WordPress sites, by the REST interface that they all have: posts with their whole text, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from config.source import Listing
from extractors.read.entry import Entry, UnreadableListing, parse_json, refuse_html
from extractors.read.json_list import dig
from extractors.read.text import clean

PER_PAGE = 50
_FIELDS = "date,date_gmt,link,title,content"


def posts_address(site: str, page: int) -> str:
    """Where the posts of a site (its root) are listed, `page` from 1 on."""
    root = site if site.endswith("/") else f"{site}/"
    return urljoin(root, f"wp-json/wp/v2/posts?per_page={PER_PAGE}&page={page}&_fields={_FIELDS}")


def wordpress_entries(text: str, rules: Listing) -> Iterator[Entry]:
    """Entries of a page of posts; `content.rendered` is the article."""
    refuse_html(text, "WordPress's list of posts")
    posts = parse_json(text)
    if not isinstance(posts, list):
        said = dig(posts, "message")
        reason = f": {clean(said)[:200]}" if isinstance(said, str) else ""
        raise UnreadableListing(f"WordPress answered with no list of posts{reason}")
    return (_entry(post) for post in posts)


def _entry(post: Any) -> Entry:
    gmt, local = dig(post, "date_gmt"), dig(post, "date")
    published = f"{gmt}Z" if isinstance(gmt, str) and gmt else local
    return Entry(dig(post, "link"), dig(post, "title.rendered"), published, dig(post, "content.rendered"))

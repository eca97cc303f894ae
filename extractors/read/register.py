"""Register pages: one page whose attachments are the list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from config.source import Listing
from extractors.read.entry import Entry
from extractors.read.html_list import select
from extractors.read.text import node_text

_DOCUMENT = re.compile(r"[^/]*\.(?:docx?|pdf|xlsx?|csv)", re.IGNORECASE)
_NAMED = re.compile("附件")


def register_entries(text: str, rules: Listing) -> Iterator[Entry]:
    """The attachments of a page, in its order: what `items` selects, or else every link to a document."""
    nodes = select(text, rules.items or "a[href]")
    return (_entry(node) for node in nodes if rules.items or _is_attachment(node))


def _is_attachment(link: LexborNode) -> bool:
    return bool(_document_name(_address(link)) or _NAMED.search(node_text(link)))


def _entry(node: LexborNode) -> Entry:
    link = node if node.tag == "a" else node.css_first("a[href]")
    if link is None:
        return Entry(None)
    return Entry(_address(link), node_text(link) or _document_name(_address(link)))


def _address(link: LexborNode) -> str:
    return link.attributes.get("href") or ""


def _document_name(address: str) -> str | None:
    """The file name in an address: the end of its path, or one of its parameters (as download scripts have it)."""
    try:
        parts = urlsplit(address)
        names = [parts.path.rpartition("/")[2], *(value for _, value in parse_qsl(parts.query))]
    except ValueError:
        return None
    return next((name for name in map(unquote, names) if _DOCUMENT.fullmatch(name)), None)

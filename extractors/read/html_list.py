"""HTML lists: the links of a page, or the boxes around them, by selectors."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from config.source import Listing
from extractors.read.entry import BlockedListing, Entry, UnreadableListing
from extractors.read.guard import UnreadablePage, blocked, challenge, refuse_hostile
from extractors.read.text import node_text, shown_text


def html_entries(text: str, rules: Listing) -> Iterator[Entry]:
    """Entries of an HTML page: `rules.items` selects links, or boxes with a link inside."""
    return (_entry(node, rules) for node in select(text, rules.items))


def select(text: str, selector: str) -> list[LexborNode]:
    """What a selector finds in a page. Raises UnreadableListing for a hostile page, or a challenge without any."""
    try:
        refuse_hostile(text)
        tree = LexborHTMLParser(text)
        nodes = tree.css(selector)
    except UnreadablePage as error:
        raise UnreadableListing(str(error)) from error
    sign = None if nodes else challenge(text, shown_text(tree))
    if sign:
        raise BlockedListing(blocked(sign))
    return nodes


def _entry(node: LexborNode, rules: Listing) -> Entry:
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

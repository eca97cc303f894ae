"""What every kind of listing is made of, and how one says that it is none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from extractors.read.guard import UnreadablePage, blocked, challenge, refuse_hostile
from extractors.read.text import node_text, shown_text

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body|script|div)\b",
    re.IGNORECASE | re.DOTALL,
)

_JSONP = re.compile(
    r"""(?:\s|;|/\*[^*]*+\*/|try\s*\{)*+(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$.\["'\]]{0,200}\s*[=(]\s*(?=[\[{])"""
)
_JSONP_END = re.compile(r"[\s;)]*(?:\}\s*catch\s*\(\w*\)\s*\{\s*\}\s*;?\s*)?")


class UnreadableListing(Exception):
    """The reply is not the listing that the source's rules describe; the message says why."""


class EmptyListing(UnreadableListing):
    """The reply is a listing, or nothing at all, and names no link: a failure, not an empty success."""


class BlockedListing(UnreadableListing):
    """The site asked for a proof of being human instead of answering."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the listing has it; from JSON, a value can be of any type."""

    link: object
    title: object = None
    published: object = None
    html: object = None


def parse_json(text: str) -> Any:
    """The value of a JSON reply, or of a JSONP one: `callback({...})`, `var x = {...};`. Raises UnreadableListing."""
    wrapped = _JSONP.match(text)
    try:
        if wrapped is None:
            return json.loads(text, strict=False)
        value, end = json.JSONDecoder(strict=False).raw_decode(text, wrapped.end())
        if _JSONP_END.fullmatch(text, end):
            return value
        raise UnreadableListing(f"not JSON: {text[end : end + 60]!r} follows what a script would take")
    except (ValueError, RecursionError) as error:
        raise UnreadableListing(f"not JSON: {error}; it begins {text[:60]!r}") from error


def refuse_html(text: str, wanted: str) -> None:
    """Raises UnreadableListing for a web page that came in place of `wanted`, naming its title."""
    if not _HTML.match(text):
        return
    try:
        title, sign = _describe(text[:100_000])
    except UnreadablePage as error:
        raise UnreadableListing(str(error)) from error
    reason = f"an HTML page where {wanted} was expected" + (f", titled {title[:80]!r}" if title else "")
    raise BlockedListing(f"{blocked(sign)}; it is {reason}") if sign else UnreadableListing(reason)


def _describe(html: str) -> tuple[str, str | None]:
    refuse_hostile(html)
    tree = LexborHTMLParser(html)
    return node_text(tree.css_first("title")), challenge(html, shown_text(tree))

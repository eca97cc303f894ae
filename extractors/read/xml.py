"""XML from outside, made safe before a parser sees it: no DTD, no entities of its own, nothing fetched."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from extractors.read.entry import UnreadableListing

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_PROLOG = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = re.compile(r"""<!DOCTYPE(?:[^>\["']++|"[^"]*+"|'[^']*+')*+(?P<end>[>\[]|\Z)""", re.IGNORECASE)

_BARE = re.compile(r"&(?!#?\w{1,31};)")


def plain_xml(text: str, what: str) -> str:
    """The document without its declaration and its DOCTYPE (old RSS has one).

    Raises UnreadableListing for a DOCTYPE that declares anything: nobody who lists articles needs to.
    """
    text = _DECLARATION.sub("", text, count=1)
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    doctype = _DOCTYPE.match(text, start)
    if doctype is None:
        return text
    if doctype["end"] != ">":
        raise UnreadableListing(f"{what} declares entities or a grammar of its own, which none needs: refused")
    return text[:start] + text[doctype.end() :]


def parse_xml(text: str, what: str) -> Element:
    """The root of a document, a bare ampersand forgiven. Raises UnreadableListing."""
    plain = _BARE.sub("&amp;", plain_xml(text, what))
    try:
        return ElementTree.fromstring(plain)  # noqa: S314 (without a DTD there is nothing to expand or to fetch)
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableListing(f"not {what}: {error}; it begins {text[:60]!r}") from error

"""Whether a place in the bytes of a page is a part of what it tells, or of its menus and scripts: without a parse.

In doubt it is told. Tags are looked for in lower case and in charsets that keep ASCII, as nearly all pages have them.
"""

from __future__ import annotations

import re

from extractors.records import Raw

_APART = (b"<script", b"<style", b"<nav", b"<footer", b"<noscript", b"<select")
_JSON = b"json"
_LINK = 1_000
"""Bytes before a word in which the link that it stands in begins."""
_HOLDS_TEXT = re.compile(rb"<(?:p|td|th|h[1-6]|blockquote|figcaption|strong|em|b|font)\b[^<>]*>$")
_BETWEEN_LINKS = b" \t\r\n|/>"


class Told:
    """One page: its stretches that tell nothing are looked for once, and only where they are asked for."""

    def __init__(self, body: Raw) -> None:
        self._body = body
        self._apart: list[tuple[int, int]] | None = None

    def at(self, end: int) -> bool:
        """Whether the word that ends there is told: not in a tag, a script, a menu, or a link that stands alone."""
        body = self._body
        opened = body.rfind(b"<", max(end - _LINK, 0), end)
        if opened > body.rfind(b">", max(end - _LINK, 0), end):
            return False
        if self._in_lone_link(end):
            return False
        if self._apart is None:
            self._apart = [stretch for name in _APART for stretch in _stretches(body, name)]
        return not any(first < end < last for first, last in self._apart)

    def _in_lone_link(self, end: int) -> bool:
        body, since = self._body, max(end - _LINK, 0)
        link = max(body.rfind(b"<a ", since, end), body.rfind(b"<a\n", since, end))
        if link < 0 or body.rfind(b"</a", link, end) >= 0:
            return False
        before = body[max(link - 200, 0) : link].rstrip(b" \t\r\n|")
        if not before.endswith(b">") or _HOLDS_TEXT.search(before):
            return False
        close = body.find(b"</a>", end, end + _LINK)
        after = body[close + 4 : close + 60].lstrip(_BETWEEN_LINKS) if close >= 0 else b"?"
        return not after or after.startswith((b"<", b"&nbsp;"))


def _stretches(body: Raw, opening: bytes) -> list[tuple[int, int]]:
    """Where elements of one name begin and end. Data in a script may be the article: it is told."""
    closing = b"</" + opening[1:]
    found: list[tuple[int, int]] = []
    begin = body.find(opening)
    while begin >= 0:
        end = body.find(closing, begin)
        if end < 0:  # one that is never closed is no reason to throw the rest away
            return found
        if not (opening == b"<script" and _JSON in body[begin : body.find(b">", begin)]):
            found.append((begin, end))
        begin = body.find(opening, end)
    return found

"""Texts from outside, made fit for one line of a mail or page: what they say stays, what they do goes."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

LONGEST_LINK = 2_000
"""Characters; a longer address is not linked, as few programs would follow it."""


def one_line(text: str | None, limit: int = 200) -> str:
    """`text` as one line of at most `limit` characters.

    Control and line separators become spaces, lone surrogates U+FFFD; invisible format characters go, as
    bidirectional overrides would show a text in another order than it is written.
    """
    # Far more than `limit` is never read: a text of megabytes costs no more than one of a page.
    line = " ".join("".join(_shown(c) for c in (text or "")[: limit * 20 + 1_000]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs":
        return "\ufffd"
    return "" if category == "Cf" else character


def http_link(url: str | None) -> str | None:
    """`url` where it is an http or https address that may be linked, else None."""
    if not url or len(url) > LONGEST_LINK or not re.fullmatch(r"https?://[^\s\\\"'<>\x00-\x20\x7f]+", url, re.I):
        return None
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return url if named and one_line(url, LONGEST_LINK) == url else None


def language_of(text: str) -> str:
    """`zh` for a text with Chinese characters, else `en`: for the `lang` attribute."""
    return "zh" if re.search(r"[\u3400-\u9fff]", text) else "en"

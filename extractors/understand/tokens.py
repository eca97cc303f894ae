"""Tokens: a Latin word (`Pu'er` is one, `TCL's` is three) or number, or any other single character."""

from __future__ import annotations

import re

TOKEN = re.compile(r"[A-Za-z0-9]+(?:'(?!s\b)[a-z]+)?|[^\sA-Za-z0-9]|\s")


def tokens_of(text: str) -> list[tuple[int, int]]:
    """The offsets of every token of `text`, blanks included; linear in any text."""
    return [match.span() for match in TOKEN.finditer(text)]

"""A second reading of a PDF page, for characters that the first reader passes over without a word.

The first reader's tables of characters have holes (the dot of 书生·浦语 in one old encoding); what it does not know it
leaves out, and moves the rest of the line to the left. The other reader, written in C, has tables of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from ctypes import byref, c_double
from typing import Any

from extractors.registers.pdf_text import Char, settled

_UPRIGHT = 0.1
"""Radians."""
_UNKNOWN = (0x0, 0xFFFE, 0xFFFF)


def read_again(page: Any, seen: Sequence[Char], height: float) -> list[Char] | None:
    """The characters of a pypdfium2 page where it has more of them than `seen` (upright ones); else None.

    Its lines are those of `seen`: the two readers measure the height of a font in different ways.
    """
    count = _printed(char.text for char in seen)
    with closing(page.get_textpage()) as textpage:
        if _printed(textpage.get_text_range()) <= count:
            return None
        found = settled(_chars(textpage, seen, height))
    return found if _printed(char.text for char in found) > count else None


def _printed(chars: Iterable[str]) -> int:
    return sum(not char.isspace() for char in chars)


def _chars(textpage: Any, seen: Sequence[Char], height: float) -> Iterator[Char]:
    from pypdfium2 import raw  # type: ignore[import-untyped]

    lines = _Lines(seen)
    for index in range(textpage.count_chars()):
        if raw.FPDFText_IsGenerated(textpage.raw, index) == 1:
            continue
        if abs(raw.FPDFText_GetCharAngle(textpage.raw, index)) > _UPRIGHT:
            continue
        x, y = c_double(), c_double()
        raw.FPDFText_GetCharOrigin(textpage.raw, index, byref(x), byref(y))
        right = textpage.get_charbox(index, loose=True)[2]
        line = lines.at(height - y.value)
        if line is not None:
            yield Char(_text(textpage, index, raw), x.value, right, line.top, line.bottom, line.size)


def _text(textpage: Any, index: int, raw: Any) -> str:
    if raw.FPDFText_IsHyphen(textpage.raw, index) == 1:
        return "-"
    code = raw.FPDFText_GetUnicode(textpage.raw, index)
    return "\ufffd" if code in _UNKNOWN or raw.FPDFText_HasUnicodeMapError(textpage.raw, index) == 1 else chr(code)


class _Lines:
    """The heights of lines, by a character of each."""

    def __init__(self, chars: Sequence[Char]) -> None:
        self._chars = sorted(chars, key=lambda char: char.bottom)
        self._bottoms = [char.bottom for char in self._chars]

    def at(self, baseline: float) -> Char | None:
        """A character of the line with this baseline (from the top of the page): what is below it is its descent."""
        first = bisect_left(self._bottoms, baseline - 0.01)
        near = self._chars[first : first + 1]
        return next((char for char in near if char.top < baseline), None)

"""Characters of a PDF page, each with its box, put together to lines and to the texts of cells."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from extractors.registers.document import tidy

Key = TypeVar("Key", bound=Hashable)
_SAME_LINE = 0.45
"""Of a character's size: how far two middles may be apart on one line."""
_CLOSING = frozenset("，。、；：！？）】》」』”’")
_HANGS = 0.05
"""Of a character's size: how far such a mark is drawn back."""
_BLANK = 0.2
"""Of a character's size: a wider gap between two Latin characters is a blank."""


@dataclass(frozen=True, slots=True)
class Char:
    """One character and its box, in points from the top left corner of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        """Its height on the page."""
        return (self.top + self.bottom) / 2

    @property
    def across(self) -> float:
        """Where it stands across the page. A closing mark may hang out of its cell: it is where it begins."""
        return self.x0 - _HANGS * self.size if self.text in _CLOSING else (self.x0 + self.x1) / 2

    @property
    def right(self) -> float:
        """Where its ink ends: that of a closing mark is in its left half."""
        return (self.x0 + self.x1) / 2 if self.text in _CLOSING else self.x1


@dataclass(frozen=True, slots=True)
class TextLine:
    """Characters side by side, from left to right; never empty."""

    chars: tuple[Char, ...]

    @property
    def top(self) -> float:
        """Its upper edge."""
        return min(char.top for char in self.chars)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return max(char.bottom for char in self.chars)

    @property
    def x0(self) -> float:
        """Its left edge."""
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        """Its right edge, without blanks at its end."""
        return max((char.x1 for char in self.chars if not char.text.isspace()), default=self.chars[-1].x1)

    @property
    def width(self) -> float:
        """How wide its characters are, side by side: text set to both margins is wider."""
        return min(self.x1 - self.x0, sum(char.x1 - char.x0 for char in self.chars))

    @property
    def text(self) -> str:
        """What it says, blanks at its ends kept."""
        parts = [self.chars[0].text]
        for before, char in pairwise(self.chars):
            latin = _is_latin(before.text[-1:]) and _is_latin(char.text[:1])
            parts.append(" " if latin and char.x0 - before.x1 > _BLANK * char.size else "")
            parts.append(char.text)
        return "".join(parts)

    def segments(self, gap: float) -> list[TextLine]:
        """Its pieces, taken apart where nothing is for `gap` character sizes."""
        pieces: list[list[Char]] = [[]]
        for char in self.chars:
            if char.text.isspace():
                continue
            if pieces[-1] and char.x0 - pieces[-1][-1].x1 > gap * char.size:
                pieces.append([])
            pieces[-1].append(char)
        return [TextLine(tuple(piece)) for piece in pieces if piece]


def chars_of(page: Any) -> list[Char]:
    """The upright characters of a pdfplumber page."""
    return settled(
        Char(
            "\ufffd" if drawn["text"].startswith("(cid:") else drawn["text"],
            drawn["x0"],
            drawn["x1"],
            drawn["top"],
            drawn["bottom"],
            drawn["size"],
        )
        for drawn in page.chars
        if drawn["upright"] and drawn["text"]
    )


def settled(chars: Iterable[Char]) -> list[Char]:
    """Those drawn twice (for a bold look) once, and none hanging out of its cell."""
    found: dict[tuple[str, int, int], Char] = {}
    for char in chars:
        found.setdefault((char.text, round(char.x0 / 1.5), round(char.top / 1.5)), char)
    return _without_overhang(list(found.values()))


def _without_overhang(chars: list[Char]) -> list[Char]:
    """A blank at a line's end may hang out of its cell: it is drawn back under the character before it."""
    kept = chars[:1]
    for char, after in zip(chars[1:], [*chars[2:], None], strict=False):
        before = kept[-1]
        ends = after is None or abs(after.x0 - char.x1) > 1 or after.top != char.top
        if char.text.isspace() and ends and abs(char.x0 - before.x1) < 1:
            char = replace(char, x0=before.x1 - 0.01, x1=before.x1)
        kept.append(char)
    return kept


def lines_of(chars: Iterable[Char]) -> list[TextLine]:
    """The lines that characters make, from top to bottom."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: char.middle):
        if rows and char.middle - rows[-1][-1].middle <= _SAME_LINE * min(char.size, rows[-1][-1].size):
            rows[-1].append(char)
        else:
            rows.append([char])
    return [TextLine(tuple(sorted(row, key=lambda char: char.x0))) for row in rows]


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one cell, and how wide they may be, in points."""

    lines: tuple[TextLine, ...]
    room: float

    def breaks(self) -> Iterator[tuple[TextLine, TextLine]]:
        """Each line with the one after it, where that begins with a Latin character."""
        for before, line in pairwise(self.lines):
            if _is_latin(line.text[0]):
                yield before, line

    def has_room(self, before: TextLine, line: TextLine) -> bool:
        """Whether the next character would still have fitted on the line before."""
        spare = self.room - before.width
        return spare > 1.3 * max(char.x1 - char.x0 for char in (before.chars[-1], line.chars[0]))

    def is_torn(self, before: TextLine, line: TextLine) -> bool:
        """Whether this may be one Latin word in two, although it would have had room on one line."""
        return _is_latin(before.text[-1]) and _word(before, last=True) + _word(line, last=False) <= self.room


def block(chars: Iterable[Char], room: float) -> Block:
    """The cell that characters make."""
    return Block(tuple(line for line in lines_of(chars) if line.text.strip()), room)


def cell_texts(blocks: Mapping[Key, Block]) -> dict[Key, str]:
    """The texts of cells of one table, their lines joined.

    A text may end in a blank or a line end, which counts where its cell goes on over the page. Office programs
    break between words, and inside one only where it is longer than its cell; others break anywhere. Which it is,
    the table shows.
    """
    breaks = [(held, *lines) for held in blocks.values() for lines in held.breaks()]
    early = sum(held.has_room(before, line) for held, before, line in breaks)
    torn = sum(not held.has_room(*lines) and held.is_torn(*lines) for held, *lines in breaks)
    by_words = early >= torn
    return {key: _joined(held, by_words=by_words) for key, held in blocks.items()}


def _joined(held: Block, *, by_words: bool) -> str:
    parts = [line.text for line in held.lines[:1]]
    blanks = {id(line) for before, line in held.breaks() if _is_blank(held, before, line, by_words=by_words)}
    for before, line in pairwise(held.lines):
        spaced = id(line) in blanks or before.text[-1].isspace() or line.text[0].isspace()
        parts += [" " if spaced else "", line.text]
    return tidy("".join(parts)) + _end(held)


def _end(held: Block) -> str:
    """What a cell that goes on over the page would have here: a blank, or (as a line end) one between Latin words."""
    if not held.lines or not _is_latin(held.lines[-1].text.rstrip()[-1]):
        return " " if held.lines and held.lines[-1].text[-1].isspace() else ""
    last = held.lines[-1]
    return "\n" if last.text[-1].isspace() or held.has_room(last, last) else ""


def _is_blank(held: Block, before: TextLine, line: TextLine, *, by_words: bool) -> bool:
    if before.text[-1] in "-/" or not _is_latin(before.text[-1]):
        return False
    return held.has_room(before, line) or (by_words and held.is_torn(before, line))


def _is_latin(text: str) -> bool:
    return text.isascii() and not text.isspace() and text != ""


def _word(line: TextLine, *, last: bool) -> float:
    """The width of a line's first or last word, in points."""
    width = 0.0
    for char in reversed(line.chars) if last else line.chars:
        if not _is_latin(char.text):
            break
        width += char.x1 - char.x0
    return width

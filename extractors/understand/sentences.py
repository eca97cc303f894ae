"""Lines, sentences and clauses of a text, by offsets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

_CHINESE_END = re.compile(r"[。！？!?；]+[”’」』）)]*|…{2,}")
_ENGLISH_END = re.compile(r"[.!?][\"”')]*(?=\s+[\"“'(]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Co|Ltd|Inc|Corp|No|Nos|Mr|Mrs|Ms|Dr|St|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Prof|Gen"
    r"|approx|est|Fig|e\.g|i\.e|[A-Z]))\.$"
)
_NOT_AFTER_LTD = re.compile(r"(?:Ltd|Inc|Corp|Co)\.$")
_CHINESE_CLAUSE = re.compile(r"[，;：]|,(?!\d{3})|:(?!\d)|——|—(?=[^—])")
_ENGLISH_CLAUSE = re.compile(
    r";|,? (?:but|while|whereas|although|though|however|yet)(?= )|: |, (?:which"
    r"|who|whose|when|where|because|after|before|as)(?= )"
    r"|, and (?=(?:[\w'’.-]+ ){1,4}?(?:is|are|was|were|has|have|had|said|says|will|would|declined|did)\b)"
    r"|,(?= (?:said|says|according|adding|saying|the (?:paper|agency|regulator|company|report))\b)"
)
BULLET = re.compile(
    r"\s*(?:[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,3})[）)]|(?:[一二三四五六七八九十]{1,3}|\d{1,3})[、.．](?!\d)"
    r"|[①-⑳]|[·●■◆○▪*•\-–—](?=\S| ))\s*"
)
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Extent:
    """A stretch [start, end) of the text."""

    start: int
    end: int


class Placed(Protocol):
    """Whatever begins somewhere in the text."""

    @property
    def start(self) -> int: ...


P = TypeVar("P", bound=Placed)


def starting_in(items: Sequence[P], start: int, end: int) -> Sequence[P]:
    """Those that begin in [start, end), of items in order of the text."""
    return items[bisect_left(items, start, key=_start) : bisect_left(items, end, key=_start)]


def _start(item: Placed) -> int:
    return item.start


def lines_of(text: str) -> Iterator[Extent]:
    """The lines that hold more than blanks; one longer than 4,000 characters comes in several pieces."""
    start = 0
    for line in text.split("\n"):
        for at in range(0, len(line), _LONGEST):
            piece = line[at : at + _LONGEST]
            if not piece.isspace():
                yield Extent(start + at, start + at + len(piece))
        start += len(line) + 1


def sentences_of(text: str, line: Extent, language: str) -> Iterator[Extent]:
    """The sentences of one line."""
    pattern = _ENGLISH_END if language == "en" else _CHINESE_END
    start = line.start
    for match in pattern.finditer(text, line.start, line.end):
        if language == "en" and _abbreviated(text, line.start, match.start() + 1):
            continue
        yield from _stripped(text, start, match.end())
        start = match.end()
    yield from _stripped(text, start, line.end)


def clauses_of(text: str, sentence: Extent, language: str) -> Iterator[Extent]:
    """The clauses of one sentence, of `text` in which names are blanked."""
    pattern = _ENGLISH_CLAUSE if language == "en" else _CHINESE_CLAUSE
    start = sentence.start
    for match in pattern.finditer(text, sentence.start, sentence.end):
        if _inside_brackets(text, sentence.start, match.start()):
            continue
        yield from _stripped(text, start, match.start())
        start = match.start() if language == "en" else match.end()
    yield from _stripped(text, start, sentence.end)


def _abbreviated(text: str, floor: int, end: int) -> bool:
    before = text[max(floor, end - 8) : end]
    if not _ABBREVIATION.search(before):
        return False
    follows = text[end : end + 14].lstrip()
    return not (_NOT_AFTER_LTD.search(before) and re.match(r"(?:The|It|In|On|Its|They|This|That|A)\b", follows))


def _inside_brackets(text: str, floor: int, at: int) -> bool:
    before = text[max(floor, at - 80) : at]
    return before.count("（") + before.count("(") > before.count("）") + before.count(")")


def _stripped(text: str, start: int, end: int) -> Iterator[Extent]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Extent(start, end)

"""A stated number, and the stretches of a sentence: the pieces between its commas, in which words belong together."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from extractors.understand.sentences import Extent

LARGEST = 9_999
"""No list of approvals is as long: a larger number counts users, yuan or parameters."""
_FAR = 8
_CHINESE = re.compile(r"[，；、：。！？\n;!?]|[,:](?!\d)")
_ENGLISH = re.compile(r"[;\n]|[,:.](?!\d)| (?:and|while|plus|with)(?= (?:a further |another |\d|[a-z]+ (?:were|was) ))")


@dataclass(frozen=True, slots=True)
class Count:
    """A stated number at [start, end) and the words that it counts.

    `cumulative` says whether it is a total so far; None where its sentence leaves that open.
    """

    start: int
    end: int
    value: int
    cumulative: bool | None
    what: str


def stretches(text: str, start: int, end: int, language: str) -> list[Extent]:
    """The stretches of text[start:end], in order."""
    marks = _ENGLISH if language == "en" else _CHINESE
    found, at = [], start
    for match in marks.finditer(text, start, end):
        if match.start() > at:
            found.append(Extent(at, match.start()))
        at = match.end()
    return [*found, Extent(at, end)] if at < end else found


def nearest(pieces: list[Extent], at: int) -> list[Extent]:
    """The stretch that holds offset `at`, then the eight before it, nearest first, then the eight after it."""
    here = max(bisect_right(pieces, at, key=lambda piece: piece.start) - 1, 0)
    return [*pieces[max(0, here - _FAR) : here + 1][::-1], *pieces[here + 1 : here + 1 + _FAR]]

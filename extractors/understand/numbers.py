"""Filing numbers of every printed shape, in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.records import Kind
from extractors.understand.names import number_kind

_TAIL = re.compile(r"(?<=[-_])(?<!\d)(?:20[2-3]\d[01]\d[0-3]\d)(?:\d{4}(?:\d{2})?)?(?:S\d{4})?(?![0-9A-Za-z])")
_HEAD = re.compile(r"[A-Z][A-Za-z]{2,19}-[A-Za-z0-9.·'\-_ ]{1,60}[-_]$")
_ALGORITHM = re.compile(r"网信算备[ :：]?\d{15,25}号?")
_BARE = re.compile(r"(?:No\.?|Nos\.?|number|编号|备案号)[ :：为是]{0,3}(\d{19,23})(?!\d)", re.I)
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Number:
    """A filing number as printed in [start, end); `kind` where its shape tells it."""

    start: int
    end: int
    text: str
    kind: Kind | None

    @property
    def is_algorithm(self) -> bool:
        """Whether it is of the algorithm series (网信算备), whose kind the wording tells."""
        return self.text.startswith("网信算备") or self.text.isdigit()


def find_numbers(text: str) -> list[Number]:
    """All filing numbers of `text` (already `plain`), in order."""
    found = [_number(text, match.start(), match.end()) for match in _ALGORITHM.finditer(text)]
    found += [_number(text, match.start(1), match.end(1)) for match in _BARE.finditer(text)]
    for match in _TAIL.finditer(text):
        start = _head(text, match.start())
        if start is not None:
            found.append(_number(text, start, match.end()))
    return sorted(found, key=lambda number: number.start)


def _number(text: str, start: int, end: int) -> Number:
    return Number(start, end, text[start:end], number_kind(text[start:end]))


def _head(text: str, tail: int) -> int | None:
    """Where a generative number begins whose date begins at `tail`."""
    start = tail
    lowest = max(0, tail - _LONGEST)
    while start > lowest and (text[start - 1].isascii() and (text[start - 1].isalnum() or text[start - 1] in "-_.'")):
        start -= 1
    head = _HEAD.search(text[start:tail])
    return start + head.start() if head else None

"""Needles: words one of which must stand in a text for a pattern to match it, so that most patterns need not be tried.

Read off the parsed pattern as Cox does for RE2 (Regular Expression Matching with a Trigram Index, 2012).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_MOST = 40


class Needles:
    """Which of some patterns may match a text."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        found = [needles_of(pattern) for pattern in patterns]
        self._always = {at for at, needles in enumerate(found) if not needles}
        words = sorted({needle for needles in found if needles for needle in needles})
        self._owners = [tuple(at for at, needles in enumerate(found) if word in (needles or ())) for word in words]
        self._words = AhoCorasick(words, implementation=Implementation.ContiguousNFA)

    def candidates(self, text: str) -> list[int]:
        """The numbers of the patterns that may match, in order."""
        hits = self._words.find_matches_as_indexes(text.lower(), overlapping=True)
        return sorted(self._always.union(*(self._owners[word] for word, _, _ in hits)))


def needles_of(pattern: re.Pattern[str]) -> frozenset[str] | None:
    """Words in lower case, one of which is in every match (or is looked for beside it); None where none are known."""
    return _sequence(parser.parse(pattern.pattern, pattern.flags & re.I))


def _sequence(items: Any) -> frozenset[str] | None:
    """The best needles of one after the other: the longest, of these the fewest."""
    found: list[frozenset[str]] = []
    run = ""
    for code, value in [*items, (None, None)]:
        if code is op.LITERAL:
            run += chr(value).lower()
            continue
        if run:
            found.append(frozenset((run,)))
            run = ""
        needles = _item(code, value)
        if needles:
            found.append(needles)
    return max(found, key=lambda words: (min(map(len, words)), -len(words)), default=None)


def _item(code: Any, value: Any) -> frozenset[str] | None:
    if code is op.SUBPATTERN:
        return _sequence(value[-1])
    if code in _REPEATS and value[0] > 0:
        return _sequence(value[2])
    if code is op.ASSERT:
        return _sequence(value[1])
    if code is op.BRANCH:
        branches = [_sequence(branch) for branch in value[1]]
        return frozenset().union(*filter(None, branches)) if all(branches) else None
    if code is op.IN and len(value) <= _MOST and all(kind is op.LITERAL for kind, _ in value):
        return frozenset(chr(char).lower() for _, char in value)
    return None

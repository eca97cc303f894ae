"""Names by rules alone: known companies, legal names and quotations. A floor to compare others with."""

from __future__ import annotations

import re

from extractors.understand.entities import Span
from extractors.understand.hints import NO_HINTS, Hints
from extractors.understand.lexicon import Lexicon
from extractors.understand.organisations import LEGAL, QUOTED

_LEGAL_NAME = re.compile(
    rf"[^\s，。；：、“”「」『』|]{{2,30}}?(?:{LEGAL.pattern})"
    r"|[A-Z][\w&.-]*(?: [A-Z(][\w&.()-]*){0,5},? (?:Co\.,? ?)?Ltd\b"
)
_TOO_LONG = 16


class RuleEntities:
    """Known names are companies, short quotations are products."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def find(self, line: str, hints: Hints = NO_HINTS) -> list[Span]:
        """The names in one line of plain text."""
        found = [Span(match.start(), match.end(), "company", 0.9) for match in _LEGAL_NAME.finditer(line)]
        found += [Span(hit.start, hit.end, "company", 0.9) for hit in self._lexicon.find(line) if not hit.weak]
        found += [
            Span(match.start(1), match.end(1), "product", 0.6)
            for match in QUOTED.finditer(line)
            if len(match[1]) <= _TOO_LONG
        ]
        return without_overlaps(found)


def without_overlaps(spans: list[Span]) -> list[Span]:
    """The spans in order of the text; of two that overlap the longer stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)

"""Cues: what the words of a clause say about an approval, by the patterns of `cues.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from extractors.understand.chars import data_text

ORDER = ("revoked", "amended", "other", "denied", "negative", "pending", "planned", "approved", "weak", "background")


@dataclass(frozen=True, slots=True)
class Cue:
    """One rule that fired: its category and name, and where."""

    category: str
    rule: str
    start: int
    end: int


@cache
def _patterns(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    rules = tomllib.loads(data_text("cues.toml"))[language]
    flags = re.I if language == "en" else re.NOFLAG
    return tuple(
        (category, name, re.compile(pattern, flags))
        for category in ORDER
        for name, pattern in rules.get(category, {}).items()
    )


def find_cues(text: str, language: str) -> tuple[Cue, ...]:
    """Every cue of a clause (plain, names blanked), by category in order of weight."""
    return tuple(
        Cue(category, name, match.start(), match.end())
        for category, name, pattern in _patterns(language)
        for match in pattern.finditer(text)
    )

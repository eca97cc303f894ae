"""Cues: what the words of a clause say about an approval, by the patterns of `cues.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from extractors.understand.chars import data_text
from extractors.understand.needles import Needles

ORDER = ("revoked", "amended", "other", "denied", "negative", "pending", "planned", "approved", "weak", "background")


@dataclass(frozen=True, slots=True)
class Cue:
    """One rule that fired: its category and name, and where."""

    category: str
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of `cues.toml`."""

    category: str
    name: str
    pattern: re.Pattern[str]


@cache
def rules_of(language: str) -> tuple[Rule, ...]:
    """The rules of a language (`zh` or `en`), by category in order of weight."""
    rows = tomllib.loads(data_text("cues.toml"))[language]
    flags = re.I if language == "en" else re.NOFLAG
    return tuple(
        Rule(category, name, re.compile(pattern, flags))
        for category in ORDER
        for name, pattern in rows.get(category, {}).items()
    )


@cache
def _needles(language: str) -> Needles:
    return Needles([rule.pattern for rule in rules_of(language)])


def find_cues(text: str, language: str) -> tuple[Cue, ...]:
    """Every cue of a clause (plain, names blanked), by category in order of weight."""
    rules = rules_of(language)
    return tuple(
        Cue(rule.category, rule.name, match.start(), match.end())
        for rule in map(rules.__getitem__, _needles(language).candidates(text))
        for match in rule.pattern.finditer(text)
    )

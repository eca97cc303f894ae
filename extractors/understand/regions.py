"""Places: which province a number, an office or a company's name belongs to."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from extractors.understand.chars import data_text


@dataclass(frozen=True, slots=True)
class Regions:
    """Province by name of a place, in Chinese and in English, and by the head of a filing number."""

    chinese: dict[str, str]
    english: dict[str, str]
    heads: dict[str, str]
    in_chinese: re.Pattern[str]
    in_english: re.Pattern[str]

    def of_number(self, number: str) -> str | None:
        """The province that a generative filing number begins with."""
        return self.heads.get(number.split("-")[0].lower())

    def of_text(self, text: str) -> str | None:
        """The first place named in `text`, as its province."""
        match = self.in_chinese.search(text)
        if match:
            return self.chinese[match[0]]
        match = self.in_english.search(text)
        return self.english[match[0]] if match else None


@cache
def regions() -> Regions:
    """The regions of `regions.toml`."""
    chinese: dict[str, str] = {}
    english: dict[str, str] = {}
    heads: dict[str, str] = {}
    for province, row in tomllib.loads(data_text("regions.toml")).items():
        chinese |= dict.fromkeys([province, *row["cities"]], province)
        english |= dict.fromkeys(row["english"], province)
        heads |= {head.lower(): province for head in row["heads"]}
    return Regions(chinese, english, heads, _any(chinese), re.compile(rf"\b{_any(english).pattern}\b"))


def _any(names: dict[str, str]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + ")")

"""What a whole text shows of its names, for reading one line of it: what it quotes, what its legal names hold.

`“云帆”` in one sentence tells that 云帆 in another is a name; `澜砚科技有限公司` tells it of 澜砚.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind

from extractors.understand.lexicon import whole_word
from extractors.understand.organisations import LEGAL, QUOTED, organisation_words, words_of_speech
from extractors.understand.regions import regions

_BEFORE_LEGAL = re.compile(rf"([\u3400-\u9fff（）()·]{{2,24}}|(?:[A-Z][\w&.'-]*,? ){{1,5}})(?:{LEGAL.pattern})")
_NOT_OF_A_NAME = re.compile(r".*(?:本次|旗下|子公司|即|由|为)")
_CAPITALISED = re.compile(r"[A-Z][A-Za-z0-9]{2,}")
_LONGEST_QUOTED, _LONGEST_CORE, _SHORTEST = 16, 6, 2


@dataclass(frozen=True, slots=True)
class Hints:
    """Strings that stand for a name somewhere in the text, each with why: `said` (quoted), `core` or `again`."""

    matcher: AhoCorasick | None
    why: tuple[str, ...]

    def find(self, line: str) -> Iterator[tuple[int, int, str]]:
        """Where they stand in a line of the text."""
        for index, start, end in self.matcher.find_matches_as_indexes(line) if self.matcher else ():
            if whole_word(line, start, end):
                yield start, end, self.why[index]


NO_HINTS = Hints(None, ())


def hints_of(lines: Sequence[str]) -> Hints:
    """The hints of a text, given as its lines (plain)."""
    found: dict[str, str] = {}
    for line in lines:
        for name, why in _told(line):
            found.setdefault(name, why)
    words = Counter(word for line in lines for word in _CAPITALISED.findall(line))
    for word, count in words.items():
        if count > 1:
            found.setdefault(word, "again")
    if not found:
        return NO_HINTS
    return Hints(AhoCorasick(list(found), matchkind=MatchKind.LeftmostLongest), tuple(found.values()))


def _told(line: str) -> Iterator[tuple[str, str]]:
    for match in QUOTED.finditer(line):
        name = match[1].strip()
        if _SHORTEST <= len(name) <= _LONGEST_QUOTED and not words_of_speech().search(name):
            yield name, "said"
    for match in _BEFORE_LEGAL.finditer(line) if LEGAL.search(line) else ():
        yield from ((core, "core") for core in _cores(match[1]))


def _cores(name: str) -> Iterator[str]:
    """What of a legal name is its own: without its place and its trade."""
    if name[0].isascii():
        trades = organisation_words()
        yield from (word for word in _CAPITALISED.findall(name) if not trades.fullmatch(word) and not _is_place(word))
        return
    for piece in re.split("[（）()]", name):
        own = regions().in_chinese.split(_NOT_OF_A_NAME.sub("", piece, count=1))[-1].removeprefix("市")
        own = own.removeprefix("省").removeprefix("区")
        trade = organisation_words().search(own, _SHORTEST)
        core = own[: trade.start()] if trade else own
        if _SHORTEST <= len(core) <= _LONGEST_CORE:
            yield core


def _is_place(word: str) -> bool:
    return regions().in_english.fullmatch(word) is not None

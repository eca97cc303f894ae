"""Which texts are copies of one story: reprints, truncations, new headlines and leads, other scripts.

A text is known by the smallest hashes of its passages of eight characters (a bottom-k sketch), taken after it was
brought to simplified characters without spaces and punctuation. The share of hashes in common estimates the share of
passages. What a text counts, numbers and names outranks that: two notices that differ only in batch and date are two.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from bisect import bisect_right
from calendar import month_name
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from extractors.understand.chars import plain
from extractors.understand.names import company_key, number_key, squeeze
from extractors.understand.numbers import find_numbers
from extractors.understand.numerals import CHINESE, ordinal, whole

PASSAGE = 8
"""Characters in a passage: long enough that two reports of one event share few, short enough for a rewritten lead."""
HASHES = 200
"""Hashes kept of a text: they estimate the share in common to about 0.02 where it is small."""
KEYS = 20
"""Hashes under which a text is looked up: two texts at the least likeness share one 96 times in 100."""
LIKENESS = 0.15
"""The least share of passages in common. Independent reports of one event reach 0.06, rewritten copies fall to 0.18."""
SURE = 0.3
"""From this share on, texts are copies by it alone; below, both must name or count the same thing: what an outlet puts
under all of its articles makes short ones alike."""
DAYS = 14
"""Copies are published within so many days of each other; the very same text is one story whenever it comes."""
LONGEST = 20_000
"""Characters of a text that are looked at."""
_MASK = 0xFFFF_FFFF
_TELLING = frozenset({"number", "name", "legal name", "批", "款", "家", "项", "个"})

_QUOTED = re.compile('[“「『"]([^“”「」『』"\n]{2,30})[”」』"]')
_LEGAL = re.compile("([\u4e00-\u9fff]{2,6})(?:股份|有限)(?:有限|责任)?公司")
_COUNTED = re.compile(rf"(\d+(?:\.\d+)?|[{CHINESE}]+(?=[批款家项个年月日号期]))([\u4e00-\u9fff%]?)")
_SOME = re.compile("(?<!第)一[批家个项款]")
_WORDS = re.compile(r"[A-Za-z]+")
_MONTHS = [name.lower() for name in month_name[1:]]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is remembered of a text to find its copies.

    `digest` is the same for the same text in any script and spacing; `day` the ordinal of the day it was published
    (0 unknown); `hashes` the smallest ones, in order; `said` what it counts and names: hashes, by what they are of.
    """

    digest: str
    day: int
    hashes: tuple[int, ...] = ()
    said: Mapping[str, frozenset[int]] = field(default_factory=dict, hash=False)

    @property
    def keys(self) -> tuple[int, ...]:
        """The hashes under which it is looked up."""
        return self.hashes[:KEYS]


def sketch_of(text: str, day: int, companies: Callable[[str], Iterable[str]]) -> Sketch:
    """The sketch of a text; `companies` gives the ids of the known companies in a text (already `plain`).

    Nothing of the text can be read from it.
    """
    squeezed = squeeze(text)
    digest = hashlib.sha256(squeezed.encode("utf-8", "surrogatepass")).hexdigest()
    said = {
        what: frozenset(zlib.crc32(value.encode("utf-8", "surrogatepass")) for value in values)
        for what, values in said_in(text, companies).items()
    }
    return Sketch(digest, day, hashes_of(squeezed), said)


def hashes_of(squeezed: str) -> tuple[int, ...]:
    """The smallest hashes of the passages of a text, in order; none of a shorter text."""
    coded = squeezed[:LONGEST].encode("utf-32-le", "surrogatepass")
    width = 4 * PASSAGE
    crcs = {zlib.crc32(coded[at : at + width]) for at in range(0, len(coded) - width + 1, 4)}
    # CRC-32 tells passages apart; the odd factors and the swap make its order as good as random.
    mixed = ((crc * 0x9E3779B1) & _MASK for crc in crcs)
    return tuple(sorted(((m >> 16) ^ (m * 0x85EBCA6B)) & _MASK for m in mixed)[:HASHES])


def said_in(text: str, companies: Callable[[str], Iterable[str]]) -> dict[str, frozenset[str]]:
    """What a text counts and names, by what it is of: a unit, or a number, a name, a legal name."""
    text = plain(text[:LONGEST])
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number in reversed(find_numbers(text)):
        found["number"].add(number_key(number.text) or squeeze(number.text))
        text = text[: number.start] + " " + text[number.end :]
    for value, unit in _COUNTED.findall(_SOME.sub(" ", text)):
        found[unit].add(str(whole(value) or value))
    found["name"] |= {squeeze(name) for name in _QUOTED.findall(text)} | set(companies(text))
    found["legal name"] |= {company_key(name) for name in _LEGAL.findall(text)}
    for word in _WORDS.findall(text.lower()):
        if word in _MONTHS:
            found["月"].add(str(_MONTHS.index(word) + 1))
        elif word.endswith(("st", "nd", "rd", "th")) and ordinal(word):
            found["批"].add(str(ordinal(word)))
    return {what: frozenset(values) for what, values in found.items() if values}


def likeness(one: Sketch, other: Sketch) -> float:
    """The share (0..1) of passages that two texts have in common, as far as their sketches tell."""
    if one.digest == other.digest:
        return 1.0
    common = len(set(one.hashes).intersection(other.hashes))
    # Beyond the last hash that was kept of either, nothing is known.
    known = min((hashes[-1] for hashes in (one.hashes, other.hashes) if len(hashes) == HASHES), default=_MASK)
    both = bisect_right(one.hashes, known) + bisect_right(other.hashes, known) - common
    return common / both if both else 0.0


def contradict(one: Sketch, other: Sketch) -> bool:
    """Whether each says something that the other does not, in its place: another batch, day, count, number or name."""
    ours, theirs = one.said, other.said
    return any(ours[what] - theirs[what] and theirs[what] - ours[what] for what in ours.keys() & theirs.keys())


def alike(one: Sketch, other: Sketch) -> float:
    """How alike two texts are that may be copies of one story; 0 where they can't be."""
    if one.digest == other.digest:
        return 1.0
    share = likeness(one, other) if abs(one.day - other.day) <= DAYS else 0.0
    enough = share >= SURE or (share >= LIKENESS and _agree(one, other))
    return share if enough and not contradict(one, other) else 0.0


def _agree(one: Sketch, other: Sketch) -> bool:
    """Whether both name or count the same thing."""
    return any(one.said[what] & other.said[what] for what in _TELLING & one.said.keys() & other.said.keys())


def stories(texts: Mapping[int, Sketch], links: Iterable[tuple[int, int, float]]) -> list[list[int]]:
    """The stories of texts that `links` (two ids and their likeness) join; none holds two that contradict.

    The most alike join first: what comes of it depends on the texts alone, not on the order in which they came.
    """
    story = {id: [id] for id in texts}
    for one, other, _ in sorted(links, key=lambda link: _rank(texts, link)):
        ours, theirs = story[one], story[other]
        if ours is not theirs and not any(contradict(texts[a], texts[b]) for a in ours for b in theirs):
            ours += theirs
            for id in theirs:
                story[id] = ours
    return [sorted(members) for id, members in story.items() if id == min(members)]


def _rank(texts: Mapping[int, Sketch], link: tuple[int, int, float]) -> tuple[float, list[tuple[str, int]]]:
    one, other, share = link
    return -share, sorted((texts[id].digest, texts[id].day) for id in (one, other))


def links_of(texts: Sequence[tuple[int, Sketch]]) -> list[tuple[int, int, float]]:
    """Every link among these texts, without an index: for few texts, and to check what an index finds."""
    pairs = (((a, b), alike(one, other)) for (a, one), (b, other) in combinations(texts, 2))
    return [(a, b, share) for (a, b), share in pairs if share]

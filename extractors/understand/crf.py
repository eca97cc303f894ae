"""Names by a conditional random field over tokens (Lafferty et al. 2001), trained by `make model`."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from operator import add
from pathlib import Path

from extractors.understand.entities import Span
from extractors.understand.hints import NO_HINTS, Hints
from extractors.understand.lexicon import Hit, Lexicon
from extractors.understand.organisations import LEGAL, QUOTED, organisation_words
from extractors.understand.regions import regions
from extractors.understand.tokens import tokens_of

NAMED = ("B-C", "I-C", "B-P", "I-P")
"""The labels of tokens that begin (B) or go on with (I) the name of a company (C) or product (P); `O` is no name."""
_SURELY_NONE = 0.85

Signs = list[list[str]]
"""The features of each token of a line."""


def names_model() -> Path:
    """Where the trained model lies."""
    return Path(str(files("extractors.understand") / "data" / "names.crf"))


class CrfEntities:
    """Names by the shipped model, or by the one at `path`. Safe to share between threads."""

    def __init__(self, lexicon: Lexicon, path: Path | None = None) -> None:
        from pycrfsuite import Tagger

        self._lexicon = lexicon
        self._tagger = Tagger()
        self._tagger.open(str(path or names_model()))
        self._lock = threading.Lock()

    def find(self, line: str, hints: Hints = NO_HINTS) -> list[Span]:
        """The names in one line of plain text; `hints` are those of the whole text."""
        tokens = tokens_of(line)
        if not tokens:
            return []
        with self._lock:
            self._tagger.set(signs_of(line, tokens, self._lexicon, hints))
            labels = self._doubted(self._tagger.tag())
            return [self._span(tokens, first, last, role) for first, last, role in runs(labels)]

    def _doubted(self, labels: list[str]) -> list[str]:
        """The labels, with names where the model is not sure that there is none: what weighs them decides."""
        chance = self._tagger.marginal
        return [
            max(NAMED, key=lambda name: chance(name, at)) if label == "O" and chance("O", at) < _SURELY_NONE else label
            for at, label in enumerate(labels)
        ]

    def _span(self, tokens: list[tuple[int, int]], first: int, last: int, role: str) -> Span:
        chance = self._tagger.marginal
        sure = min(max(chance(f"B-{role}", at), chance(f"I-{role}", at)) for at in range(first, last + 1))
        swapped = "P" if role == "C" else "C"
        other = min(max(chance(f"B-{swapped}", at), chance(f"I-{swapped}", at)) for at in range(first, last + 1))
        return Span(tokens[first][0], tokens[last][1], "company" if role == "C" else "product", sure, other)


def runs(labels: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The names that a row of labels tells: first and last token, and `C` or `P`."""
    first = -1
    for at, label in enumerate([*labels, "O"]):
        if first >= 0 and (label[0] != "I" or label[-1] != labels[first][-1]):
            yield first, at - 1, labels[first][-1]
            first = -1
        if label != "O" and first < 0:
            first = at


def _all_known(hit: Hit) -> bool:
    return True


def signs_of(
    line: str,
    tokens: list[tuple[int, int]],
    lexicon: Lexicon,
    hints: Hints = NO_HINTS,
    known: Callable[[Hit], bool] = _all_known,
) -> Signs:
    """The features of each token; `known` says which names of the lexicon may show (training hides some)."""
    marks = _marks(tokens, [*_marked(line, lexicon, known), *hints.find(line)])
    words = [line[start:end] for start, end in tokens]
    types = ["h" if "\u3400" <= word <= "\u9fff" else _type(word) for word in words]
    lower = [word if "\u3400" <= word <= "\u9fff" else _short(word) for word in words]
    found: Signs = []
    for at, row in enumerate(zip(*_columns(lower, types), strict=True)):
        signs = [*row, *marks[at]]
        if at:
            signs += ["<" + mark for mark in marks[at - 1]]
        if at + 1 < len(words):
            signs += [">" + mark for mark in marks[at + 1]]
        if types[at][0] in "Aa":
            signs.append("s=" + lower[at][-3:])
        found.append(signs)
    return found


def _columns(words: list[str], types: list[str]) -> Iterator[list[str]]:
    """The features that every token has, one after the other, each for all tokens."""
    size = len(words)
    around = [*"^^^", *words, *"$$$"]
    pairs = list(map(add, around, around[1:]))
    triples = list(map(add, pairs, around[2:]))
    kinds = map(add, map(add, ["", *types], types), [*types[1:], ""])
    yield ["b"] * size
    for name, values, first in (
        ("w=", words, 0), ("t=", types, 0), ("-3=", around, 0), ("-2=", around, 1), ("-1=", around, 2),
        ("1=", around, 4), ("2=", around, 5), ("3=", around, 6), ("b-2=", pairs, 1), ("b-1=", pairs, 2),
        ("b0=", pairs, 3), ("b1=", pairs, 4), ("c-=", triples, 0), ("c+=", triples, 4), ("tt=", kinds, 0),
    ):  # fmt: skip
        yield [name + value for value in islice(values, first, first + size)]


def _marks(tokens: list[tuple[int, int]], marked: list[tuple[int, int, str]]) -> list[list[str]]:
    """For each token the words, places, quotations, known and hinted names that it is part of."""
    at = {start: number for number, (start, _) in enumerate(tokens)}
    marks: list[list[str]] = [[] for _ in tokens]
    for start, end, name in marked:
        first = at.get(start)
        if first is None:
            continue
        last = first
        while last < len(tokens) and tokens[last][0] < end:
            marks[last].append(name + ("1" if last > first else "0"))
            last += 1
        marks[last - 1].append(name + "e")
    return marks


def _marked(line: str, lexicon: Lexicon, known: Callable[[Hit], bool]) -> Iterator[tuple[int, int, str]]:
    for hit in lexicon.find(line):
        if known(hit):
            yield hit.start, hit.end, "weak" if hit.weak else "known"
    for pattern, name in _patterns():
        for match in pattern.finditer(line):
            group = 1 if pattern.groups else 0
            yield match.start(group), match.end(group), name


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return (regions().in_chinese, "place"), (organisation_words(), "org"), (LEGAL, "legal"), (QUOTED, "quote")


def _type(word: str) -> str:
    first = word[0]
    if word.isdigit():
        return "d"
    if not first.isascii():
        return "h" if "\u3400" <= first <= "\u9fff" else "p"
    if not first.isalpha():
        return "s" if first.isspace() else "p"
    return "A" if word.isupper() else "Aa" if first.isupper() else "a"


def _short(word: str) -> str:
    return word.lower() if len(word) < 12 else word[:3].lower() + "~"

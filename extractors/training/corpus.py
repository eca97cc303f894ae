"""Annotated articles as training takes them: where each name stands, and what is right of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractors.lines import article_from_line
from extractors.records import Article
from extractors.understand.chars import plain
from extractors.understand.names import company_key, product_key

_QUOTES = "“”「」『』\"'"
_PRODUCT = re.compile(r"大模型|模型$|GPT|算法$|助手$|model$|Bot$|algorithm$", re.I)


@dataclass(frozen=True, slots=True)
class Truth:
    """One annotated fact: acceptable names of the company and of the product, either may be empty."""

    company: tuple[str, ...]
    product: tuple[str, ...]
    background: bool
    revoked: bool

    def is_company(self, names: Iterable[str]) -> bool:
        """Whether one of these names is the company's."""
        return bool({company_key(name) for name in names} & {company_key(name) for name in self.company})

    def is_product(self, names: Iterable[str]) -> bool:
        """Whether one of these names is the product's."""
        return bool({product_key(name) for name in names} & {product_key(name) for name in self.product})


@dataclass(frozen=True, slots=True)
class Annotated:
    """An article with its truths, the names that must not be reported, and the family of copies and events it is of."""

    article: Article
    truths: tuple[Truth, ...]
    others: tuple[str, ...]
    family: str

    @property
    def approved(self) -> list[Truth]:
        """The truths that are approvals."""
        return [truth for truth in self.truths if not truth.revoked]


def load(paths: Iterable[Path]) -> list[Annotated]:
    """The articles of these files, or of all `*.jsonl` in these folders, in order of name."""
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    found: list[Annotated] = []
    for file in files:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
        found += [_annotated(row, family) for row, family in zip(rows, _families(rows), strict=True)]
    return found


def _families(rows: list[dict[str, Any]]) -> list[str]:
    """For each article of a file the first one that it belongs with: copies of one text, stories of one event."""
    first: dict[str, str] = {}
    for row in rows:
        keys = [row["id"], *([row["family"]] if row["family"] else [])]
        keys += [fact["event"] for fact in row["approvals"] if fact.get("event")]
        heads = sorted({first.get(key, row["id"]) for key in keys})
        first = {key: heads[0] if head in heads else head for key, head in first.items()}
        first |= dict.fromkeys(keys, heads[0])
    return [first[row["id"]] for row in rows]


def _annotated(row: dict[str, Any], family: str) -> Annotated:
    truths = [_truth(fact, revoked=False) for fact in row["approvals"]]
    truths += [_truth(fact, revoked=True) for fact in row["revocations"]]
    return Annotated(article_from_line(row), tuple(truths), tuple(row["not_approved"]), family)


def _truth(fact: dict[str, Any], *, revoked: bool) -> Truth:
    return Truth(tuple(fact["company"]), tuple(fact["product"]), bool(fact.get("background")), revoked)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A name at [start, end) of the text; `role` is `C` (company) or `P` (product)."""

    start: int
    end: int
    role: str


def labelled(annotated: Annotated) -> list[Labelled]:
    """Every annotated name wherever it stands in the text; of names that overlap the longest."""
    text = plain(annotated.article.text)
    found = [span for name, role in set(_names(annotated, text)) for span in _places(text, name, role)]
    kept: list[Labelled] = []
    for span in sorted(found, key=lambda s: (s.start - s.end, s.start, s.role)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)


def _names(annotated: Annotated, text: str) -> Iterator[tuple[str, str]]:
    for truth in annotated.truths:
        yield from ((plain(name), "C") for name in truth.company)
        yield from ((plain(name).strip(_QUOTES), "P") for name in truth.product)
    for name in map(plain, annotated.others):
        quoted = any(left + name + right in text for left, right in ("“”", "「」", "《》", '""'))
        yield name.strip(_QUOTES), "P" if quoted or _PRODUCT.search(name) else "C"


def _places(text: str, name: str, role: str) -> Iterator[Labelled]:
    if len(name) < 2:
        return
    for match in re.finditer(re.escape(name), text):
        start, end = match.span()
        if not (_joined(text[start - 1 : start], name[0]) or _joined(name[-1], text[end : end + 1])):
            yield Labelled(start, end, role)


def _joined(one: str, two: str) -> bool:
    """Whether two neighbours are of one Latin word."""
    return all(char.isascii() and char.isalnum() for char in (one, two))

"""Annotated articles as training takes them: where each name stands, and what is right of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.records import Article
from extractors.understand.chars import plain
from extractors.understand.names import company_key, product_key

_QUOTES = "“”「」『』\"'"
_TIMES = {"dev": 6}
"""Hands that count more than once: `dev` is of the kind that use asks, and would else be lost among so many others."""
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
    """An article with its truths, the names that must not be reported, whether it tells of approvals, and its family.

    A family are copies of one text and stories of one event; `hand` is who wrote it; `whole` is false of a few
    sentences that stand for themselves.
    """

    article: Article
    truths: tuple[Truth, ...]
    others: tuple[str, ...]
    relevant: bool
    family: str
    hand: str
    whole: bool = True

    @property
    def times(self) -> int:
        """How often it counts when weights are fitted."""
        return _TIMES.get(self.hand, 1)

    @property
    def approved(self) -> list[Truth]:
        """The truths that are approvals."""
        return [truth for truth in self.truths if not truth.revoked]

    @property
    def revoked(self) -> list[Truth]:
        """The truths that are ends of approvals."""
        return [truth for truth in self.truths if truth.revoked]


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

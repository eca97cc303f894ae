"""The names that are known: which company a name means, and whose a product is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, MatchKind

from config.companies import CompanyEntry
from extractors.understand.chars import plain
from extractors.understand.names import company_key, product_key, squeeze


@dataclass(frozen=True, slots=True)
class Hit:
    """A known name in a text: [start, end), whose it is, whether the word has an everyday meaning too."""

    start: int
    end: int
    id: str
    weak: bool


@dataclass(frozen=True, slots=True)
class _Product:
    owner: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Companies and products by any of their names. Build it with `Lexicon.build`."""

    version: str
    _entries: dict[str, CompanyEntry] = field(repr=False)
    _companies: dict[str, str] = field(repr=False)
    _products: dict[str, tuple[_Product, ...]] = field(repr=False)
    _matcher: AhoCorasick = field(repr=False)
    _matched: tuple[tuple[str, bool], ...] = field(repr=False)

    @classmethod
    def build(cls, entries: Iterable[CompanyEntry]) -> Lexicon:
        """A lexicon of `entries`; of two companies with one name, the first has it."""
        listed = {entry.id: entry for entry in entries}
        companies: dict[str, str] = {}
        for entry in listed.values():
            for name in entry.names:
                companies.setdefault(company_key(name), entry.id)
        forms = _forms(listed.values())
        matcher = AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest)
        version = hashlib.sha256(repr(sorted(listed.items())).encode()).hexdigest()[:12]
        return cls(version, listed, companies, _products(listed.values()), matcher, tuple(forms.values()))

    def company_of(self, name: str) -> str | None:
        """The id of the company that goes by `name`, in any script and with or without its legal tail."""
        key = company_key(name)
        return self._companies.get(key) if key else None

    def is_weak(self, name: str) -> bool:
        """Whether `name` is a known company's, but an everyday word as well."""
        id = self.company_of(name)
        return id is not None and squeeze(name) in {squeeze(weak) for weak in self._entries[id].weak}

    def names(self, id: str) -> tuple[str, ...]:
        """All names of a company, () for an unknown id."""
        entry = self._entries.get(id)
        return entry.names if entry else ()

    def display(self, id: str) -> tuple[str, str]:
        """The Chinese and the English name of a company. Raises KeyError for an unknown id."""
        entry = self._entries[id]
        return entry.name_zh, entry.name_en

    def place(self, id: str) -> str | None:
        """Where a company is, as province and city."""
        entry = self._entries.get(id)
        return entry.place if entry else None

    def product_key(self, company_id: str | None, product: str) -> str:
        """The identity of a product: one key for all the names of one product."""
        key = product_key(product)
        for known in self._products.get(key, ()):
            if company_id in (None, known.owner):
                return product_key(known.names[0])
        return key

    def product_owner(self, product: str) -> str | None:
        """The company whose product this is, where only one is known to have it (else the first listed)."""
        known = self._products.get(product_key(product), ())
        return known[0].owner if known else None

    def product_names(self, company_id: str | None, product: str) -> tuple[str, ...]:
        """All names of a known product, () for another."""
        for known in self._products.get(product_key(product), ()):
            if company_id in (None, known.owner):
                return known.names
        return ()

    def find(self, text: str) -> list[Hit]:
        """Known company names in `text` (already `plain`), longest first, none overlapping."""
        hits = []
        for index, start, end in self._matcher.find_matches_as_indexes(text):
            if whole_word(text, start, end):
                id, weak = self._matched[index]
                hits.append(Hit(start, end, id, weak))
        return hits


def _forms(entries: Iterable[CompanyEntry]) -> dict[str, tuple[str, bool]]:
    forms: dict[str, tuple[str, bool]] = {}
    for entry in entries:
        for name in entry.names:
            if len(name) > 1:
                forms.setdefault(plain(name), (entry.id, name in entry.weak))
    return forms


def _products(entries: Iterable[CompanyEntry]) -> dict[str, tuple[_Product, ...]]:
    products: dict[str, tuple[_Product, ...]] = {}
    for entry in entries:
        for names in entry.products:
            for key in dict.fromkeys(product_key(name) for name in names):
                products[key] = (*products.get(key, ()), _Product(entry.id, names))
    return products


def whole_word(text: str, start: int, end: int) -> bool:
    """A Latin name must not be part of a longer Latin word, nor one of digits part of a longer number."""
    before, first = text[start - 1 : start], text[start]
    last, after = text[end - 1], text[end : end + 1]
    if text[start:end].isdigit() and "-" in (before, after):
        return False
    return not (_latin(before) and _latin(first)) and not (_latin(last) and _latin(after))


def _latin(char: str) -> bool:
    return bool(char) and char.isascii() and char.isalnum()

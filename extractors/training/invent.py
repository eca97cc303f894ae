"""Invented names: the same sentences with other companies and products in them, so that contexts are learnt."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from extractors.training.corpus import Annotated, Labelled, Truth, labelled
from extractors.understand.chars import language_of, plain


@dataclass(frozen=True, slots=True)
class _Parts:
    """The word lists of `parts.toml`."""

    characters: str
    places: list[str]
    trades: list[str]
    words: list[str]
    phrases: list[str]
    legal: list[str]
    bodies: list[str]
    english: list[str]
    english_last: list[str]
    english_places: list[str]
    english_shapes: list[str]
    product_tails: list[str]
    english_product_tails: list[str]


@cache
def _parts() -> _Parts:
    rows = tomllib.loads((files("extractors.training") / "parts.toml").read_text(encoding="utf-8"))
    return _Parts(**rows | {"characters": "".join(rows["characters"].split())})


def invented(annotated: Annotated, names: tuple[list[str], list[str]], chance: random.Random) -> Annotated:
    """The article with each company and product replaced; half of the companies come from `names` (zh, en)."""
    text = plain(annotated.article.text)
    english = language_of(text) == "en"
    spans = labelled(annotated)
    fresh: dict[str, str] = {}
    for span in spans:
        old = text[span.start : span.end]
        if old not in fresh:
            fresh[old] = _name(span, names[english], english, chance)
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], fresh[text[span.start : span.end]]]
        at = span.end
    article = replace(annotated.article, text="".join([*pieces, text[at:]]))
    truths = tuple(_renamed(truth, fresh) for truth in annotated.truths)
    return replace(annotated, article=article, truths=truths, others=_all(annotated.others, fresh))


def _renamed(truth: Truth, fresh: dict[str, str]) -> Truth:
    return replace(truth, company=_all(truth.company, fresh), product=_all(truth.product, fresh))


def _all(names: tuple[str, ...], fresh: dict[str, str]) -> tuple[str, ...]:
    return tuple(fresh.get(plain(name), name) for name in names)


def _name(span: Labelled, known: list[str], english: bool, chance: random.Random) -> str:
    if span.role == "P":
        return english_product(chance) if english else product(chance)
    if chance.random() < 0.5:
        return chance.choice(known)
    return english_company(chance) if english else company(chance)


def _word(chance: random.Random) -> str:
    parts = _parts()
    drawn = "".join(chance.choices(parts.characters, k=chance.choice((2, 2, 2, 3, 3, 4))))
    everyday = chance.choice(parts.words)
    shapes = (drawn, drawn, everyday, drawn[0] + everyday, everyday + drawn[0], everyday + chance.choice(parts.words))
    return chance.choice(shapes)


def company(chance: random.Random) -> str:
    """An invented name of a company, institute or office."""
    parts = _parts()
    place, word, trade = chance.choice(parts.places), _word(chance), chance.choice(parts.trades)
    legal, body = chance.choice(parts.legal), chance.choice(parts.bodies)
    shapes = (
        word,
        word + trade,
        word + trade,
        place + word + trade,
        place + word + trade + legal,
        f"{word}{trade}（{place[:2]}）{legal}",
        place + body,
        word + body,
        english_company(chance),
    )
    return chance.choice(shapes)


def english_company(chance: random.Random) -> str:
    """An invented Latin name of a company."""
    parts = _parts()
    first = chance.choice(parts.english) + chance.choice(("", chance.choice(parts.english).lower()))
    last = chance.choice(parts.english_last)
    name = f"{first} {last}".strip() if chance.random() < 0.7 else first + last.lower()
    if chance.random() < 0.3:
        word, place = chance.choice(parts.english), chance.choice(parts.english_places)
        name = chance.choice(parts.english_shapes).format(first=first, word=word, place=place)
        return name.upper() if chance.random() < 0.05 else name
    if chance.random() < 0.3:
        name = f"{chance.choice(parts.english_places)} {name}"
    if chance.random() < 0.2:
        name += chance.choice((" Co., Ltd.", " Technology Co., Ltd.", " Ltd", " Inc.", " Technology"))
    return name


def product(chance: random.Random) -> str:
    """An invented name of a model or service."""
    parts = _parts()
    if chance.random() < 0.2:
        return english_product(chance)
    if chance.random() < 0.1:
        return chance.choice(parts.phrases)
    if chance.random() < 0.1:
        return chance.choice(("小", "老", "阿")) + chance.choice(parts.characters)
    return _word(chance) + chance.choice(parts.product_tails)


def english_product(chance: random.Random) -> str:
    """An invented Latin name of a model or service."""
    parts = _parts()
    tail = chance.choice((*parts.english_product_tails, *2 * (" " + chance.choice(parts.english),)))
    name = chance.choice(parts.english) + tail
    return name if chance.random() < 0.8 else name.upper()

"""Skeletons: sentences with slots for names, each slot with what the text says of it; filled with invented names.

`{"language": "zh", "text": "{C1+}的{P1+}有号了，{C2-}在等。"}`: `C` is a company, `S` its short name, `P` a product
of it; a number ties them together, one without a company stands alone; `+` is approved, `-` is not, `*` was revoked.
A `title` may have slots, too. They teach wording at little cost: what a whole article says around a sentence they
don't have.
"""

from __future__ import annotations

import random
import re
import zlib
from functools import cache
from typing import Any

from config.companies import load_companies
from extractors.records import Article
from extractors.training.corpus import Annotated, Truth
from extractors.training.invent import company, english_company, english_product, product
from extractors.understand.names import company_key
from extractors.understand.regions import regions

SLOT = re.compile(r"\{([CSP])(\d)([-+*])\}")
"""A slot: what fills it, its number, what is said of it."""
_LONGEST_SHORT = 4
_TITLES = ("大模型备案", "AI filings")
"""What the sentences are about, since they seldom say so: Chinese and English."""
_KNOWN = 0.3
"""The share of companies that are known ones."""

Slot = tuple[str, str, str]
"""`C`, `S` or `P`; the number; what is said."""


def filled(row: dict[str, Any]) -> Annotated:
    """A skeleton as a short article: the same row gives the same names."""
    english = row["language"] == "en"
    title, text = str(row.get("title") or _TITLES[english]), str(row["text"])
    chance = random.Random(zlib.crc32(text.encode()))
    slots = {_slot(match) for match in SLOT.finditer(title + text)}
    names: dict[Slot, str] = {}
    for slot in sorted(slots):
        names[slot] = _name(slot, names, english, chance)
    title, body = (SLOT.sub(lambda match: names[_slot(match)], part) for part in (title, text))
    article = Article(title, body, language=row["language"])
    return Annotated(article, _truths(names), _others(names), bool(_truths(names)), text, "", whole=False)


def _slot(match: re.Match[str]) -> Slot:
    return match[1], match[2], match[3]


def _name(slot: Slot, names: dict[Slot, str], english: bool, chance: random.Random) -> str:
    what, number, said = slot
    if what == "P":
        return english_product(chance) if english else product(chance)
    if what == "S" and (whole := names.get(("C", number, said))):
        return _short(whole)
    if chance.random() < _KNOWN:
        return chance.choice(_known(english))
    return english_company(chance) if english else company(chance)


@cache
def _known(english: bool) -> list[str]:
    names = sorted({name for company in load_companies() for name in company.names})
    return [name for name in names if name.isascii() == english]


def _short(name: str) -> str:
    if name.isascii():
        return name.split()[0]
    return company_key(regions().in_chinese.sub("", name, count=1))[:_LONGEST_SHORT] or name


def _truths(names: dict[Slot, str]) -> tuple[Truth, ...]:
    """One truth for each product that is approved or revoked, one for each company without such a product."""
    told = sorted({(number, said) for _, number, said in names if said != "-"})
    truths = []
    for number, said in told:
        mine = tuple(name for (what, n, s), name in names.items() if what in "CS" and (n, s) == (number, said))
        products = tuple(name for (what, n, s), name in names.items() if what == "P" and (n, s) == (number, said))
        truths.append(Truth(mine, products, False, said == "*"))
    return tuple(truths)


def _others(names: dict[Slot, str]) -> tuple[str, ...]:
    return tuple(name for (_, _, said), name in names.items() if said == "-")

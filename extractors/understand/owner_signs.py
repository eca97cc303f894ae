"""Signs of ownership: what speaks for a company being the one whose product this is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import Group, Mention
from extractors.understand.scene import Scene
from extractors.understand.signs import _shortened

_ROLE_WORDS = re.compile(
    r"投资|领投|股东|参股|客户|合作|调用|接入|底座|基于|采用|竞争|对手|律师|分析师|券商|记者|报道"
    r"|backed|invest|client|custom|rival|analyst|runs on|built on|calls|API"
)
_OWN = re.compile(r"其|旗下|公司|我们|它|该|自主研发|自研|\b(?:its|our|their)\b")
_LEGAL = re.compile(r"有限公司|Ltd|Inc|Limited")
_MARKS = ("，", "。", "；", "、", "的", "由", "旗下", "（", "(", "：", "'s", " by ")
_MENTIONS = 6
_NEAR = 24
_COUNTED = 60


def owner_signs(scene: Scene, product: Group, company: Group, lexicon: Lexicon) -> set[str]:
    """The signs of one product and one company of an article, over their mentions."""
    signs: set[str] = set()
    near = (1 << 30, "<", False)
    for p in product.mentions[:_MENTIONS]:
        for c in company.mentions[:_MENTIONS]:
            distance, order, same = _distance(scene, p, c)
            signs.update(_pair_signs(scene, p, c, order, same, distance))
            near = min(near, (distance, order, same))
    distance, order, same = near
    far = f"far {order}{'s' if same else ''}{min(8, (distance + 1).bit_length())}"
    signs.update(_company_signs(scene, product, company, lexicon))
    shares = "shares" in signs
    signs |= {far, f"{far} {shares}", *(f"{sign} {shares}" for sign in signs if sign.startswith("rank by"))}
    language = scene.reading.language
    return signs | {f"{language} {sign}" for sign in signs if sign.startswith(("clause", "sentence", "rank", "title"))}


def _distance(scene: Scene, p: Mention, c: Mention) -> tuple[int, str, bool]:
    order = "<" if c.start < p.start else ">"
    distance = max(0, p.start - c.end if order == "<" else c.start - p.end)
    place = scene.place(p)
    return distance, order, place is not None and place == scene.place(c)


def _pair_signs(scene: Scene, p: Mention, c: Mention, order: str, same: bool, distance: int) -> Iterator[str]:
    mine, theirs = scene.place(p), scene.place(c)
    if same and mine is not None:
        statement = scene.reading.statements[mine]
        yield "sentence " + order
        if scene.clause(statement, p.start) is scene.clause(statement, c.start):
            yield "clause " + order
        if distance <= _NEAR:
            yield from _between(scene.masked[c.end : p.start] if order == "<" else scene.masked[p.end : c.start], order)
    elif mine is not None and theirs is not None and abs(mine - theirs) == 1:
        yield "sentence before" if theirs < mine else "sentence after"
    low, high = (c.end, p.start) if order == "<" else (p.end, c.start)
    yield f"rank {order}{scene.rivals(low, high, 3)}{'s' if same else ''}"
    text = scene.reading.plain
    if _ROLE_WORDS.search(text[max(0, c.start - 8) : c.start] + text[c.end : c.end + 6]):
        yield "in another role"
    own = _OWN.search(text, max(0, p.start - 8), p.start)
    if own:
        yield "own " + own[0]


def _between(words: str, order: str) -> Iterator[str]:
    words = _shortened(words)
    if len(words) <= 10:
        yield f"between {order}{words}"
    yield from (f"between {order}{words[at : at + 2]}" for at in range(len(words) - 1))
    yield f"next {order}{words[:1]}"
    yield f"last {order}{words[-1:]}"
    yield f"names {order}{words.count('□')}{words.count('■')}"
    yield from (f"mark {order}{mark}" for mark in _MARKS if mark in words)


def _company_signs(scene: Scene, product: Group, company: Group, lexicon: Lexicon) -> Iterator[str]:
    text, title = scene.reading.plain, scene.reading.title
    mine = len(company.mentions)
    yield f"often {min(mine, 5)}"
    yield f"rank by count {min(3, len(scene.often) - bisect_right(scene.often, mine))}"
    yield f"companies {min(6, len(scene.often))}"
    names = {text[m.start : m.end] for m in company.mentions}
    products = {text[m.start : m.end] for m in product.mentions}
    if any(name in title for name in names):
        yield "title"
        if any(name in title for name in products):
            yield "title of both"
    if any(_LEGAL.search(name) for name in names):
        yield "legal name"
    if scene.company_keys[0] == company.key:
        yield "first company"
    if any(_shares(a.lower(), b.lower()) for a in products for b in names):
        yield "shares"
    owners = {owner for owner in map(lexicon.product_owner, products) if owner}
    if owners:
        yield "known owner" if company.id in owners else "another's product"


def _shares(one: str, other: str) -> bool:
    return any(one[at : at + 2] in other for at in range(len(one) - 1))

"""From names to candidates: how likely each name's approval is told, whose each product is, what facts may be said."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import Group, Mention
from extractors.understand.owner_signs import owner_signs
from extractors.understand.scene import Scene
from extractors.understand.signs import group_signs, own_signs, passage_of, passage_signs
from extractors.understand.weights import Weigher, Weights

_HOPELESS = -4.0
_STRANGER = -4.0
_NONE = -9.0
_NEAREST = 8
_MOST = 4
_MENTIONS = 4
_JOINT = re.compile(r"\s*(?:[、和与及]|以及|联合|(?:,? )?and)\s*")


@dataclass(frozen=True, slots=True)
class Judged:
    """A name with the log-odds that its approval is told, the mention that tells it best, the worst mention's score.

    `revoked` are the log-odds that the end of an approval is told, `ended` is the mention that tells that best.
    """

    group: Group
    score: float
    mention: Mention
    least: float = 0.0
    revoked: float = -9.0
    ended: Mention | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that may be told: a company, a product of its, or both.

    `owned` are the log-odds of ownership, `margin` is how far the next likely owner is behind. Of a company alone,
    `own` is the best score of a product that is likely its own, `rival` that of one that is another's.
    """

    company: Judged | None
    product: Judged | None
    owned: float = 0.0
    margin: float = 0.0
    own: float = _NONE
    rival: float = _NONE

    @property
    def mention(self) -> Mention:
        """The mention that stands for it."""
        judged = self.product or self.company
        assert judged is not None
        return judged.mention


Scored = list[tuple[float, Candidate]]
"""Candidates, each with its chance of being right."""


def judge_names(scene: Scene, weights: Weights) -> list[Judged]:
    """Every name with its score: that of its best mention."""
    by_role = {
        "company": _Judge(scene, weights.company, weights.revoked),
        "product": _Judge(scene, weights.product, weights.revoked),
    }
    return [by_role[group.role].judged(group) for group in scene.groups]


class _Judge:
    """Weighs the names of one role; what a passage tells is weighed once for all names in it."""

    def __init__(self, scene: Scene, weigher: Weigher, revoked: Weigher) -> None:
        self._scene = scene
        self._weighers = (weigher, revoked)
        self._passages: dict[int, tuple[float, float]] = {}

    def judged(self, group: Group) -> Judged:
        """A name with its scores."""
        common = self._weighed(group_signs(self._scene, group))
        told = [self._mention(mention, group.key) for mention in group.mentions]
        scores, ends = (
            [
                (weigher.bias + common[at] + each[at], mention)
                for each, mention in zip(told, group.mentions, strict=True)
            ]
            for at, weigher in enumerate(self._weighers)
        )
        score, mention = max(scores, key=lambda pair: (pair[0], -pair[1].start))
        end, ended = max(ends, key=lambda pair: (pair[0], -pair[1].start))
        return Judged(group, score, mention, min(score for score, _ in scores), end, ended)

    def _mention(self, mention: Mention, key: str) -> tuple[float, float]:
        passage = passage_of(self._scene, mention)
        mine = self._weighed(own_signs(self._scene, mention, key, passage))
        if passage is None:
            return mine
        at = passage[1].start
        if at not in self._passages:
            self._passages[at] = self._weighed(passage_signs(self._scene, *passage))
        return mine[0] + self._passages[at][0], mine[1] + self._passages[at][1]

    def _weighed(self, signs: list[str]) -> tuple[float, float]:
        weigher, revoked = self._weighers
        return weigher.weight(signs), revoked.weight(signs)


class Owners:
    """The companies that may own a product: those named nearest to it, and those named most."""

    def __init__(self, companies: list[Judged]) -> None:
        named = sorted(((m.start, at) for at, each in enumerate(companies) for m in each.group.mentions))
        self._companies = companies
        self._starts = [start for start, _ in named]
        self._order = [at for _, at in named]
        self._most = sorted(range(len(companies)), key=lambda at: -len(companies[at].group.mentions))[:_MOST]

    def near(self, product: Group) -> list[Judged]:
        """The likely owners of a product, in order of first mention."""
        found = set(self._most)
        for mention in product.mentions[:_MENTIONS]:
            at = bisect_left(self._starts, mention.start)
            found.update(self._order[max(0, at - _NEAREST) : at + _NEAREST])
        return [self._companies[at] for at in sorted(found)]


def candidates(scene: Scene, judged: list[Judged], weigher: Weigher, lexicon: Lexicon) -> list[Candidate]:
    """Each product with its likeliest owner (joint ones each), each company alone."""
    companies = [each for each in judged if each.group.role == "company"]
    owners = Owners(companies)
    found: list[Candidate] = []
    for product in judged:
        if product.group.role == "product" and _hopeful(product):
            found += _owned(scene, product, owners, weigher, lexicon)
    return found + list(_alone(companies, found))


def _hopeful(judged: Judged) -> bool:
    """Whether the approval of a name, or the end of one, may be told at all."""
    return judged.score > _HOPELESS or judged.revoked > _HOPELESS


def _alone(companies: Iterable[Judged], found: list[Candidate]) -> Iterator[Candidate]:
    """Each company by itself, beside the products that are likely its own or another's."""
    pairs = [(each.product.score, id(each.company.group)) for each in found
             if each.company and each.product and each.owned > 0]  # fmt: skip
    best: dict[int, float] = {}
    for score, owner in sorted(pairs, reverse=True):
        best.setdefault(owner, score)
    ranked = sorted(best.items(), key=lambda pair: -pair[1])[:2]
    for company in companies:
        if _hopeful(company):
            mine = id(company.group)
            rival = next((score for owner, score in ranked if owner != mine), _NONE)
            yield Candidate(company, None, own=best.get(mine, _NONE), rival=rival)


def _owned(scene: Scene, product: Judged, owners: Owners, weigher: Weigher, lexicon: Lexicon) -> list[Candidate]:
    others = [each for each in owners.near(product.group) if not _same_words(product.group, each.group)]
    scored = [(weigher.score(owner_signs(scene, product.group, each.group, lexicon)), each) for each in others]
    ranked = sorted(scored, key=lambda pair: -pair[0])
    best, owner = ranked[0] if ranked else (_STRANGER, None)
    second = ranked[1][0] if len(ranked) > 1 else _NONE
    found = [Candidate(None, product, best, best - second)] if best < 0 else []
    if owner is None or best <= _STRANGER:
        return found
    joint = [pair for pair in scored if pair[0] > 0 and pair[1] is not owner and _jointly(scene, owner, pair[1])]
    return [*found, *(Candidate(each, product, score, score - second) for score, each in [(best, owner), *joint])]


def _same_words(one: Group, other: Group) -> bool:
    """Whether two groups are two readings of the same words."""
    starts = {mention.start for mention in one.mentions}
    return all(mention.start in starts for mention in other.mentions)


def _jointly(scene: Scene, one: Judged, other: Judged) -> bool:
    """Whether two companies stand side by side as joint applicants: `由X与Y联合申报`."""
    for a in one.group.mentions:
        for b in other.group.mentions:
            first, second = (a, b) if a.start < b.start else (b, a)
            if _JOINT.fullmatch(scene.reading.plain, first.end, second.start):
                return True
    return False

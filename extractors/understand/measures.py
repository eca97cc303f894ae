"""Measures: what speaks for a whole fact, in numbers: its parts, its neighbours in the text, and its article.

Names of one list share what is said of them, and of two readings of one word only one is right: so each candidate is
measured beside the others.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.understand.candidates import Candidate, Judged
from extractors.understand.mentions import Mention
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.scene import Scene

_STATUS = {status: float(rank) for rank, status in enumerate(
    (Status.REVOKED, Status.AMENDED, Status.OTHER, Status.DENIED, Status.NEGATIVE, Status.PENDING, Status.PLANNED,
     Status.NEUTRAL, Status.APPROVED)
)}  # fmt: skip
_SOURCES = {"read": 0.0, "echo": 1.0, "known": 2.0, "quoted": 3.0}
_SPEAK_FOR = frozenset({"approved", "weak"})
_SPEAK_AGAINST = frozenset({"negative", "pending", "planned", "denied"})
_FAR = 200.0
_ROLES = ("company", "product")
_DOUBTS = ("negative", "pending", "denied", "planned")

Measured = dict[str, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A name where it stands, with its score."""

    start: int
    end: int
    judged: Judged


class Neighbours:
    """Every mention of every name, in order of the text; and what all candidates of an article share."""

    def __init__(self, scene: Scene, judged: list[Judged], article: float) -> None:
        self.scene = scene
        self.places = sorted((Place(m.start, m.end, j) for j in judged for m in j.group.mentions), key=_order)
        self.by_role = {role: [p for p in self.places if p.judged.group.role == role] for role in _ROLES}
        self.article = _article(scene, judged) | {"article": article}
        self.ranks = {role: sorted(-j.score for j in judged if j.group.role == role) for role in _ROLES}

    def within(self, start: int, end: int) -> list[Place]:
        """The names that begin in [start, end)."""
        low = bisect_left(self.places, start, key=_start)
        return self.places[low : bisect_left(self.places, end, low, key=_start)]

    def beside(self, mention: Mention) -> Measured:
        """The scores of the names of the same role that stand next to a mention on either side, and how far off."""
        row = self.by_role[mention.role]
        at = bisect_left(row, mention.start, key=_start)
        told: Measured = {}
        for step, name in ((-1, "before"), (-2, "before2"), (1, "after"), (2, "after2")):
            if 0 <= at + step < len(row):
                other = row[at + step]
                told[name] = other.judged.score
                if abs(step) == 1:
                    gap = mention.start - other.end if step < 0 else other.start - mention.end
                    told["gap " + name] = float(min(gap, 99))
        return told

    def overlapping(self, mention: Mention) -> Iterator[Judged]:
        """Other names that are read from the same words."""
        for place in self.within(max(0, mention.start - 30), mention.end):
            if place.end > mention.start and not any(
                m.start == mention.start and m.end == mention.end and m.role == mention.role
                for m in place.judged.group.mentions
            ):
                yield place.judged


def _start(place: Place) -> int:
    return place.start


def _order(place: Place) -> tuple[int, int]:
    return place.start, place.end


def measured(candidate: Candidate, near: Neighbours) -> Measured:
    """The measures of a candidate fact."""
    scene, mention = near.scene, candidate.mention
    told = dict(near.article)
    for role, judged in (("company", candidate.company), ("product", candidate.product)):
        if judged is not None:
            told |= {f"{role} {name}": value for name, value in _name(scene, judged, near).items()}
    if candidate.product:
        told["owned"] = candidate.owned
        told["margin"] = candidate.margin
    told["parts"] = (candidate.company is not None) + 2.0 * (candidate.product is not None)
    if candidate.product is None:
        told |= {"best product": candidate.rival, "its product": candidate.own}
    told |= near.beside(mention)
    told["clash"] = max((judged.score for judged in near.overlapping(mention)), default=-9.0)
    number = scene.place(mention)
    if number is not None:
        mine = {id(judged.group) for judged in (candidate.company, candidate.product) if judged}
        told |= _sentence(near, number, mention, mine)
    return told


def _name(scene: Scene, judged: Judged, near: Neighbours) -> Measured:
    mentions = judged.group.mentions
    ranks = near.ranks[judged.group.role]
    return {
        "score": judged.score,
        "least": judged.least,
        "revoked": judged.revoked,
        "sure": max(mention.sure for mention in mentions),
        "mentions": float(min(len(mentions), 9)),
        "known": float(judged.group.id is not None),
        "source": _SOURCES[judged.mention.source],
        "length": float(judged.mention.end - judged.mention.start),
        "rank": float(bisect_left(ranks, -judged.score)),
        "row": _STATUS.get(scene.told[judged.group.key], 0.0) if judged.group.key in scene.told else 9.0,
    }


def _sentence(near: Neighbours, number: int, mention: Mention, mine: set[int]) -> Measured:
    """What the sentence of a mention says, and of which other names."""
    scene = near.scene
    statement = scene.reading.statements[number]
    clause = scene.clause(statement, mention.start)
    others = [place.judged for place in near.within(statement.start, statement.end)]
    others = [judged for judged in others if id(judged.group) not in mine]
    alike = [judged.score for judged in others if judged.group.role == mention.role]
    told = {
        "own": _STATUS[clause.own],
        "status": _STATUS[clause.status],
        "weight": clause.weight,
        "background": float(clause.background),
        "inherited": float(clause.inherited),
        "item": float(statement.item),
        "numbers": float(_count(scene, statement)),
        "near numbers": float(_count(scene, clause)),
        "alike": float(len(alike)),
        "other best": max((judged.score for judged in others), default=-9.0),
        "said for": _nearest(statement, mention, _SPEAK_FOR),
        "said against": _nearest(statement, mention, _SPEAK_AGAINST),
        "elsewhere": _nearest(statement, mention, frozenset({"other"})),
        "at": float(min(number, 9)),
        "left": float(min(len(scene.reading.statements) - number, 9)),
    }
    if alike:
        told |= {"alike best": max(alike), "alike mean": sum(alike) / len(alike)}
    for step, name in ((-1, "last"), (1, "next")):
        if 0 <= number + step < len(scene.reading.statements):
            told |= _said(scene.reading.statements[number + step], name)
    return told


def _count(scene: Scene, extent: Statement | Clause) -> int:
    low = bisect_left(scene.reading.numbers, extent.start, key=lambda number: number.start)
    return bisect_right(scene.reading.numbers, extent.end - 1, low, key=lambda number: number.start) - low


def _nearest(statement: Statement, mention: Mention, categories: frozenset[str]) -> float:
    """How far from a mention the nearest cue of these categories stands: before it less than 0, after it above."""
    best = _FAR
    for clause in statement.clauses:
        for cue in clause.cues:
            if cue.category in categories:
                start, end = clause.start + cue.start, clause.start + cue.end
                gap = float(start - mention.end) if start >= mention.end else -float(max(0, mention.start - end))
                best = gap if abs(gap) < abs(best) else best
    return best


def _said(statement: Statement, name: str) -> Measured:
    own = [_STATUS[clause.own] for clause in statement.clauses]
    return {f"{name} most": max(own), f"{name} least": min(own)}


def _article(scene: Scene, judged: Iterable[Judged]) -> Measured:
    told: Measured = {}
    for role, groups in (("company", scene.companies), ("product", scene.products)):
        scores = sorted((j.score for j in judged if j.group.role == role), reverse=True)
        told |= {f"best {role}": scores[0] if scores else -9.0, f"likely {role}": float(sum(s > 0 for s in scores))}
        told[f"all {role}"] = float(len(groups))
    title = scene.title_says
    said = [clause.own for statement in scene.reading.statements for clause in statement.clauses]
    return told | {
        "says": float(scene.says),
        "title says": float("approved" in title) - float(any(word in title for word in _DOUBTS)),
        "title elsewhere": float("other" in title),
        "english": float(scene.reading.language == "en"),
        "size": math.log(len(scene.reading.plain) + 1),
        "all numbers": float(min(len(scene.reading.numbers), 9)),
        "tables": float(min(len(scene.reading.tables), 3)),
        "told": float(sum(status is Status.APPROVED for status in said)),
        "doubted": float(sum(Status.OTHER is not status and _STATUS[status] < 7 for status in said)),
        "others": float(sum(status is Status.OTHER for status in said)),
    }

"""Rulings: how each sentence was judged, by which cues, and which signs weighed most at each name in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from extractors.understand.drafts import Draft
from extractors.understand.mentions import Group, Mention
from extractors.understand.reading import Reading
from extractors.understand.scene import Scene
from extractors.understand.signs import group_signs, mention_signs
from extractors.understand.weights import Weights, chance

_SHOWN = 3
_LIKELY = 0.25


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was concluded of one sentence (or table row), and why: its cues, and the heaviest signs of its names."""

    text: str
    start: int
    end: int
    rules: tuple[str, ...]
    conclusion: str


def rulings(scene: Scene, drafts: list[Draft], weights: Weights) -> tuple[Ruling, ...]:
    """The rulings on an article, in order of the text."""
    reading = scene.reading
    extents = [(statement.start, statement.end) for statement in reading.statements]
    extents += [(row.start, row.end) for table in reading.tables for row in table.rows]
    return tuple(_ruling(scene, start, end, drafts, weights) for start, end in sorted(extents))


def _ruling(scene: Scene, start: int, end: int, drafts: list[Draft], weights: Weights) -> Ruling:
    reading = scene.reading
    clauses = [c for s in reading.statements if s.start == start for c in s.clauses]
    rules = [f"{cue.category}.{cue.rule}" for clause in clauses for cue in clause.cues]
    rules += [f"inherited.{clause.status}" for clause in clauses if clause.inherited]
    rules += _weighed(scene, start, end, weights)
    here = [draft for draft in drafts if start <= draft.statement.start < end]
    rules += [f"name.{draft.rule}" for draft in here]
    said = [f"{_shown(reading, draft)}: {draft.status}" for draft in here]
    statuses = [str(clause.status) for clause in clauses] or [str(draft.status) for draft in here]
    conclusion = "; ".join(said) or ", ".join(dict.fromkeys(statuses))
    return Ruling(reading.text[start:end], start, end, tuple(dict.fromkeys(rules)), conclusion)


def _weighed(scene: Scene, start: int, end: int, weights: Weights) -> Iterator[str]:
    for group in scene.groups:
        for mention in group.mentions:
            if start <= mention.start < end and mention.sure >= _LIKELY:
                yield _weight(scene, group, mention, weights)


def _weight(scene: Scene, group: Group, mention: Mention, weights: Weights) -> str:
    weigher = weights.company if group.role == "company" else weights.product
    signs = list(dict.fromkeys([*group_signs(scene, group), *mention_signs(scene, mention, group.key)]))
    heaviest = ", ".join(f"{sign} {weight:+.1f}" for sign, weight in weigher.heaviest(signs, _SHOWN))
    name = scene.reading.text[mention.start : mention.end]
    return f"{name} as {group.role} {chance(weigher.score(signs)):.2f} ({heaviest})"


def _shown(reading: Reading, draft: Draft) -> str:
    company = reading.text[draft.company.start : draft.company.end] if draft.company else ""
    product = reading.text[slice(*draft.product)] if draft.product else ""
    return " / ".join(part for part in (company, product) if part)

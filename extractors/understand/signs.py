"""Signs: what speaks for or against an approval at one mention of a name. `make model` weighs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from extractors.understand.mentions import Group, Mention
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.scene import Scene

_BEFORE, _AFTER, _FAR = 14, 22, 60
_WORD = re.compile(r"[□■]+|[A-Za-z]+|0+|[^\sA-Za-z0□■]")
_SENTENCES = 3

Passage = tuple[int, Clause]
"""Where a mention stands: the number of its statement, and its clause."""


def group_signs(scene: Scene, group: Group) -> list[str]:
    """What holds for all mentions of a name."""
    text, title = scene.reading.plain, scene.reading.title
    names = {text[mention.start : mention.end] for mention in group.mentions}
    signs = [f"n{min(len(group.mentions), 4)}", "lang " + scene.reading.language, f"id{group.id is not None}"]
    if any(name in title for name in names):
        signs += ["title", *(f"title {said}" for said in scene.title_says)]
    signs += [f"headline {said}" for said in scene.title_says]
    if group.key in scene.told:
        signs.append("row " + scene.told[group.key].value)
    return [*signs, f"says {bool(scene.reading.telling)}"]


def article_signs(scene: Scene) -> set[str]:
    """What a whole article tells: its words, names blanked, and the cues of its clauses."""
    signs = {f"title {said}" for said in scene.title_says}
    clauses = (clause for statement in scene.reading.statements for clause in statement.clauses)
    signs.update(f"cue {cue.category}.{cue.rule}" for clause in clauses for cue in clause.cues)
    if scene.reading.language == "en":
        words = _WORD.findall(_shortened(scene.masked).lower())
        return signs | {"a " + word for word in words} | {f"a {a} {b}" for a, b in pairwise(words)}
    masked = _shortened(scene.masked)
    return signs | {"a " + masked[at : at + size] for size in (2, 3) for at in range(len(masked) - size + 1)}


def mention_signs(scene: Scene, mention: Mention, key: str) -> list[str]:
    """What one mention of a name (by its group's key) and the place where it stands tell."""
    passage = passage_of(scene, mention)
    return own_signs(scene, mention, key, passage) + (passage_signs(scene, *passage) if passage else [])


def passage_of(scene: Scene, mention: Mention) -> Passage | None:
    """Where a mention stands; None where no statement holds it."""
    number = scene.place(mention)
    return None if number is None else (number, scene.clause(scene.reading.statements[number], mention.start))


def own_signs(scene: Scene, mention: Mention, key: str, passage: Passage | None) -> list[str]:
    """What is told of one mention alone: on which side cues stand, the words next to it, who is named after it."""
    signs = ["from " + mention.source, f"sure {int(mention.sure * 4)}"]
    if passage is None:
        return [*signs, "nowhere"]
    number, clause = passage
    for cue in clause.cues:
        before, after = clause.start + cue.end <= mention.start, clause.start + cue.start >= mention.end
        signs.append(f"cue {cue.category} {'before' if before else 'after' if after else 'at'}")
    signs += _then(scene, number, key)
    signs += _around_row(scene, scene.reading.statements[number], mention)
    words = _english_words if scene.reading.language == "en" else _chinese_words
    signs += words(scene.masked, scene.reading.statements[number], mention)
    return signs


def passage_signs(scene: Scene, number: int, clause: Clause) -> list[str]:
    """What is told of every mention in a clause of statement `number`: statuses, cues, neighbours and words."""
    statement = scene.reading.statements[number]
    signs = [*_clause_signs(clause), *_around(scene, number, statement, clause), *_numbers(scene, statement, clause)]
    inside = scene.masked[clause.start : clause.end]
    if scene.reading.language == "en":
        return signs + ["in " + word for word in set(_WORD.findall(inside.lower()))]
    return signs + ["in " + inside[at : at + 2] for at in range(len(inside) - 1)]


def _around_row(scene: Scene, statement: Statement, mention: Mention) -> Iterator[str]:
    """The words before and behind all the names that a mention stands in a row with: `客户包括□、□和□`."""
    start, end = scene.row(mention)
    left = _shortened(scene.masked[max(statement.start, start - _FAR) : start])
    right = _shortened(scene.masked[end : min(statement.end, end + _FAR)])
    if scene.reading.language == "en":
        before, after = _WORD.findall(left.lower())[-5:], _WORD.findall(right.lower())[:6]
        yield from ("[" + word for word in before)
        yield from ("]" + word for word in after)
        yield from ("[[" + " ".join(before[-size:]) for size in (1, 2) if before)
        yield from ("]]" + " ".join(after[:size]) for size in (1, 2) if after)
        return
    left, right = left[-_BEFORE:], right[:_AFTER]
    for size in (1, 2, 3):
        yield from ["[" + left[at : at + size] for at in range(len(left) - size + 1)]
        yield from ["]" + right[at : at + size] for at in range(len(right) - size + 1)]
    yield from ("[[" + left[-size:] for size in (1, 2) if left)
    yield from ("]]" + right[:size] for size in (1, 2, 3) if right)


def _clause_signs(clause: Clause) -> Iterator[str]:
    yield "own " + clause.own.value
    yield "status " + clause.status.value
    yield f"own/status {clause.own.value}/{clause.status.value}"
    yield f"weight {round(clause.weight * 2)}"
    for name in ("background", "inherited", "firm"):
        if getattr(clause, name):
            yield name
    for cue in clause.cues:
        yield f"cue {cue.category}.{cue.rule}"


def _around(scene: Scene, number: int, statement: Statement, clause: Clause) -> Iterator[str]:
    statements, text = scene.reading.statements, scene.reading.plain
    at = statement.clauses.index(clause)
    for other in statement.clauses:
        if other is not clause:
            yield "beside " + other.own.value
    if at:
        yield "clause before " + statement.clauses[at - 1].own.value
    if at + 1 < len(statement.clauses):
        yield "clause after " + statement.clauses[at + 1].own.value
    for step, name in ((-1, "sentence before"), (1, "sentence after")):
        if 0 <= number + step < len(statements) and abs(statements[number + step].line - statement.line) <= 1:
            told = [c.own.value for c in statements[number + step].clauses if c.own is not Status.NEUTRAL]
            yield from (f"{name} {value}" for value in told or ["nothing"])
    yield from _heading(scene, number)
    if statement.item:
        yield "item"
    if text[statement.end - 1] in "？?":
        yield "asked"
    yield f"place {min(number, 3)}"
    if len(statements) - number < 4:
        yield "near the end"


def _then(scene: Scene, number: int, key: str) -> Iterator[str]:
    """What the next sentences say while they name no one else: `… has a model, Porter. On July 30 the filing came.`"""
    statements = scene.reading.statements
    for step, statement in enumerate(statements[number + 1 : number + 1 + _SENTENCES], 1):
        if scene.others_named(statement.start, statement.end, key):
            yield f"then another {step}"
            return
        for clause in statement.clauses:
            if clause.own is not Status.NEUTRAL:
                yield "then " + clause.own.value
    yield "then no one else"


def _heading(scene: Scene, number: int) -> Iterator[str]:
    """What the nearest heading or list opening above says."""
    statements, text = scene.reading.statements, scene.reading.plain
    for statement in reversed(statements[max(0, number - 12) : number]):
        if statement.header or text[statement.end - 1] in "：:":
            yield from ("under " + clause.own.value for clause in statement.clauses)
            words = text[statement.start : min(statement.end, statement.start + 20)]
            yield from ("under " + words[at : at + 2] for at in range(len(words) - 1))
            return


def _numbers(scene: Scene, statement: Statement, clause: Clause) -> Iterator[str]:
    inside = [n for n in scene.reading.numbers if statement.start <= n.start < statement.end]
    near = sum(clause.start <= number.start < clause.end for number in inside)
    yield f"numbers {min(near, 2)} {min(len(inside), 2)}"


def _chinese_words(masked: str, statement: Statement, mention: Mention) -> Iterator[str]:
    left = masked[max(statement.start, mention.start - _BEFORE) : mention.start]
    right = masked[mention.end : min(statement.end, mention.end + _AFTER)]
    yield from ("<< " + left[-size:] for size in (1, 2) if left)
    yield from (">> " + right[:size] for size in (1, 2, 3) if right)


def _english_words(masked: str, statement: Statement, mention: Mention) -> Iterator[str]:
    left = _WORD.findall(_shortened(masked[max(statement.start, mention.start - 60) : mention.start]).lower())[-5:]
    right = _WORD.findall(_shortened(masked[mention.end : min(statement.end, mention.end + 70)]).lower())[:6]
    yield from ("<< " + " ".join(left[-size:]) for size in (1, 2) if left)
    yield from (">> " + " ".join(right[:size]) for size in (1, 2) if right)


def _shortened(words: str) -> str:
    """One sign for each run of a name's or number's characters."""
    for sign in "□■0":
        while sign * 2 in words:
            words = words.replace(sign * 2, sign)
    return words

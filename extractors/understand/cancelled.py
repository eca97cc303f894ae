"""Which names the prose says lost their filing or registration."""

from __future__ import annotations

import re

from extractors.understand.mentions import Mention
from extractors.understand.parts import Statement, Status
from extractors.understand.scene import Scene

_TAKEN = re.compile(
    r"取消[^，。；]{0,16}(?:备案|登记)|(?:备案|登记)[^，。；]{0,4}(?:被|遭)(?:取消|注销|撤销|吊销)"
    r"|\b(?:cancel(?:l?ed|s)|revok(?:ed|es)|struck off|annulled)\b[^.;]{0,40}\b(?:filings?|registrations?)\b",
    re.I,
)
_FAR = 30


def is_cancelled(scene: Scene, mention: Mention) -> bool:
    """Whether a mention stands where a cancellation is told: in such a clause, or in a list under such a sentence."""
    number = scene.place(mention)
    if number is None:
        return False
    statement = scene.reading.statements[number]
    clause = scene.clause(statement, mention.start)
    if clause.status is Status.REVOKED or _TAKEN.search(scene.masked, clause.start, clause.end):
        return True
    return statement.item and _heads_cancelled(scene, number)


def _heads_cancelled(scene: Scene, number: int) -> bool:
    """Whether the sentence that opens a list tells of cancellations: `现对以下备案予以注销：`"""
    for statement in reversed(scene.reading.statements[max(0, number - _FAR) : number]):
        if not statement.item:
            return _opens(scene, statement)
    return False


def _opens(scene: Scene, statement: Statement) -> bool:
    told = [clause.own for clause in statement.clauses if clause.own is not Status.NEUTRAL]
    colon = scene.reading.plain[statement.end - 1] in "：:"
    return (colon or statement.header) and bool(told) and told[-1] is Status.REVOKED

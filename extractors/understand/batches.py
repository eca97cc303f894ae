"""The batch that an approval is of: named in its sentence, by the list that it stands in, or by the opening."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from extractors.records import ApprovalFact, Kind
from extractors.understand.counts import find_batch
from extractors.understand.drafts import Draft
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.reading import Reading
from extractors.understand.sentences import starting_in

_DEEP = re.compile(r"深度合成|深度组成|生成合成|deep[- ]synthesis", re.I)
_LIST = re.compile(
    r"备案|存案|登记|算法|模型|生成式|\bAI\b|deep[- ]synthesis|filed|filings?|approv|cleared|models?\b|registered", re.I
)
_THIS = re.compile(r"这(?:也|已)?是|(?:This|It) (?:is|was)\b")
_FAR, _SERIES = 12, 60
_OLD = timedelta(days=100)


def draft_batch(reading: Reading, draft: Draft, kind: Kind) -> int | None:
    """The ordinal of the batch that the passage names, or the list above it; one of another series is passed over."""
    for extent in (draft.clause, draft.statement):
        found = _named(reading, extent, kind)
        if found:
            before = [rank for at, rank in found if at <= draft.at]
            return (before or [found[0][1]])[-1]
    here = bisect_right(reading.statements, draft.statement.start, key=lambda statement: statement.start)
    for after in reading.statements[here : here + 1]:
        if _THIS.match(reading.plain, after.start, after.end) and (found := _named(reading, after, kind)):
            return found[0][1]
    leads = [s for s in reading.statements[max(0, here - _FAR) : here] if s.end <= draft.statement.start]
    return _of_list(reading, draft, kind, leads)


def _named(reading: Reading, extent: Clause | Statement, kind: Kind) -> list[tuple[int, int]]:
    """The batches that a passage names, those of the deep synthesis lists only for what stands in them."""
    found = find_batch(reading.plain, extent.start, extent.end, reading.language)
    deep = kind is Kind.DEEP_SYNTHESIS_FILING
    return [(at, rank) for at, rank in found if deep or not _is_deep(reading, at)]


def _is_deep(reading: Reading, at: int) -> bool:
    return bool(_DEEP.search(reading.plain, max(0, at - _SERIES // 3), at + _SERIES))


def _of_list(reading: Reading, draft: Draft, kind: Kind, leads: Sequence[Statement]) -> int | None:
    """The batch of the nearest sentence before a draft that names one: its list, or the news that it goes on."""
    dated = bool(starting_in(reading.dates, draft.statement.start, draft.statement.end))
    for lead in reversed(leads):
        found = _named(reading, lead, kind)
        if not found or not _LIST.search(reading.plain, lead.start, lead.end):
            continue
        if kind is Kind.DEEP_SYNTHESIS_FILING:
            return found[-1][1] if _is_deep(reading, found[-1][0]) else None
        heads = draft.statement.item and _tells(lead)
        goes_on = lead.line == draft.statement.line and _tells(lead) and not dated
        return found[-1][1] if heads or goes_on else None
    return None


def _tells(statement: Statement) -> bool:
    return any(clause.own is Status.APPROVED for clause in statement.clauses)


def with_common_batch(reading: Reading, facts: list[ApprovalFact]) -> list[ApprovalFact]:
    """Where the opening names one batch, undated news that follows is of it."""
    first = reading.statements[: bisect_right(reading.statements, 1, key=lambda statement: statement.line)]
    opening = [s for s in first if _LIST.search(reading.plain, s.start, s.end) and not _history(reading, s)]
    named = [(at, rank) for s in opening for at, rank in find_batch(reading.plain, s.start, s.end, reading.language)]
    fresh = [fact for fact in facts if not fact.background]
    kinds, ranks = {fact.kind for fact in fresh}, {rank for _, rank in named}
    if len(ranks) != 1 or len(kinds) > 1 or any(fact.batch not in (None, *ranks) for fact in fresh):
        return facts
    at, rank = named[0]
    if _is_deep(reading, at) and kinds != {Kind.DEEP_SYNTHESIS_FILING}:
        return facts
    return [replace(fact, batch=rank) if _undated(fact) else fact for fact in facts]


def _history(reading: Reading, statement: Statement) -> bool:
    """Whether a sentence dates its news a quarter or more before publication."""
    told = [hit.value for hit in starting_in(reading.dates, statement.start, statement.end)]
    if reading.published is None or not told:
        return False
    old = (reading.published - _OLD).isoformat()
    return all(value < old[: len(value)] for value in told)


def _undated(fact: ApprovalFact) -> bool:
    return not (fact.batch or fact.background or fact.filing_no)

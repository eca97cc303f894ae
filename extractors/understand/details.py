"""Particulars of a draft from the passages around it: its kind, date, batch and province."""

from __future__ import annotations

import re
from bisect import bisect_right

from extractors.records import CompanyName, Kind
from extractors.understand.counts import find_batch
from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import number_kind
from extractors.understand.particulars import kind_of
from extractors.understand.parts import Statement
from extractors.understand.reading import Reading
from extractors.understand.regions import regions

_SERIES = re.compile(
    r"(?P<deep>深度合成|生成合成|deep[- ]synthesis)|互联网信息服务算法|个性化推送|排序精选|检索过滤|调度决策|推荐算法"
    r"|recommendation algorithm",
    re.I,
)


def _contexts(reading: Reading, draft: Draft) -> list[str]:
    text, line = reading.plain, reading.line_of(draft.at)
    lead = lead_text(reading, draft)
    return [
        draft.kind_text,
        text[draft.clause.start : draft.clause.end],
        text[draft.statement.start : draft.statement.end],
        lead,
        text[line.start : line.end],
        reading.title,
        text[:3000],
    ]


def _lead_statement(reading: Reading, draft: Draft) -> Statement | None:
    """The nearest earlier sentence that says something was approved: a list's heading, or the news itself."""
    headings = _before(reading.headings, draft) if draft.statement.item else []
    return next(reversed(headings or _before(reading.telling, draft)), None)


def _before(statements: list[Statement], draft: Draft) -> list[Statement]:
    """Those of the statements, which are in order, that end before the draft's begins."""
    return statements[: bisect_right(statements, draft.statement.start, key=lambda s: s.end)]


def lead_text(reading: Reading, draft: Draft) -> str:
    """The sentence that announces a draft, or nothing."""
    lead = _lead_statement(reading, draft)
    return reading.plain[lead.start : lead.end] if lead else ""


def draft_kind(reading: Reading, draft: Draft) -> Kind:
    """The kind that the number or the nearest words tell."""
    shape = number_kind(draft.number.text) if draft.number else None
    if shape is not None:
        return shape
    product = reading.plain[slice(*draft.product)] if draft.product else None
    contexts = [context for context in _contexts(reading, draft) if context]
    if draft.number is not None and draft.number.is_algorithm:
        return _algorithm_kind(contexts)
    return kind_of(contexts, reading.language, product)


def _algorithm_kind(contexts: list[str]) -> Kind:
    """A 网信算备 number is of both series: the nearest words that name one tell which."""
    for context in contexts:
        found = _SERIES.search(context)
        if found:
            return Kind.DEEP_SYNTHESIS_FILING if found["deep"] else Kind.ALGORITHM_FILING
    return Kind.ALGORITHM_FILING


def draft_batch(reading: Reading, draft: Draft) -> int | None:
    """The ordinal of the batch that the passage names."""
    for extent in (draft.clause, draft.statement):
        found = find_batch(reading.plain, extent.start, extent.end, reading.language)
        if found:
            before = [
                rank
                for at, rank in found
                if at - (0 if extent is draft.clause else extent.start) >= 0 and at <= draft.at
            ]
            return (before or [found[0][1]])[-1]
    lead = _lead_statement(reading, draft)
    if lead is not None and lead.line == draft.statement.line:
        found = find_batch(reading.plain, lead.start, lead.end, reading.language)
        return found[-1][1] if found else None
    return None


def draft_province(reading: Reading, draft: Draft, company: CompanyName, lexicon: Lexicon) -> str | None:
    """The province of the number, of the table or of the company."""
    places = regions()
    if draft.number and not draft.number.is_algorithm:
        told = places.of_number(draft.number.text)
        if told:
            return told
    for words in (draft.place_text, company.name or "", (lexicon.place(company.id) or "") if company.id else ""):
        told = places.of_text(words)
        if told:
            return told
    return None

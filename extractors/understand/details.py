"""Particulars of a draft from the passages around it: its kind, date, batch and province."""

from __future__ import annotations

import re
from bisect import bisect_right

from extractors.records import CompanyName, Kind
from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import number_kind
from extractors.understand.particulars import kind_of
from extractors.understand.parts import Statement
from extractors.understand.reading import Reading
from extractors.understand.regions import regions
from extractors.understand.tally import nearest, stretches

_SERIES = re.compile(
    r"(?P<deep>深度合成|生成合成|deep[- ]synthesis)|互联网信息服务算法|个性化推送|排序精选|检索过滤|调度决策|推荐算法"
    r"|recommendation algorithm",
    re.I,
)
_SYNTHESIS = re.compile(r"合成|生成|驱动|复刻|克隆|变声|换脸|数字人|synthesis|generation|cloning", re.I)
_TWO = (
    re.compile(r"(?<!已)备案(?!的?(?:大|语言)?模型)|\bfil(?:ed|ing)\b(?! models?)", re.I),
    re.compile(r"登记|\bregist(?:ered|ration|ers?)\b", re.I),
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
        return _algorithm_kind(contexts, product)
    return _of_two(reading, draft, product) or kind_of(contexts, reading.language, product)


def _of_two(reading: Reading, draft: Draft, product: str | None) -> Kind | None:
    """Which of filing and registration is named nearest to a draft whose sentence speaks of both; None elsewhere."""
    statement = draft.statement
    if draft.kind_text or not _both(reading.plain[statement.start : statement.end]):
        return None
    if product is not None and product.endswith(("算法", "演算法", "lgorithm")):
        return None
    pieces = stretches(reading.plain, statement.start, statement.end, reading.language)
    for piece in nearest(pieces, draft.at):
        words = reading.plain[piece.start : piece.end]
        filed, registered = (bool(pattern.search(words)) for pattern in _TWO)
        if filed != registered:
            return Kind.GENAI_REGISTRATION if registered else Kind.GENAI_FILING
        if filed:
            return None
    return None


def _both(words: str) -> bool:
    return all(pattern.search(words) for pattern in _TWO)


def _algorithm_kind(contexts: list[str], product: str | None) -> Kind:
    """A 网信算备 number is of both series: the nearest words that name one tell which, else what the algorithm does."""
    for context in contexts:
        found = _SERIES.search(context)
        if found:
            return Kind.DEEP_SYNTHESIS_FILING if found["deep"] else Kind.ALGORITHM_FILING
    made = product is not None and _SYNTHESIS.search(product)
    return Kind.DEEP_SYNTHESIS_FILING if made else Kind.ALGORITHM_FILING


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

"""When an approval was given: by its own passage, else by the passages around it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from extractors.understand.dates import find_dates
from extractors.understand.drafts import Draft
from extractors.understand.particulars import date_of, is_vague
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.reading import Reading
from extractors.understand.sentences import BULLET, starting_in

_LEADS, _NEXT = 8, 2
_ALSO = re.compile(
    r"So (?:was|were|did|has|have|is)\b|(?:Also|Next|Likewise)\b|同(?:时|批|样|上榜|入列|过审)|此外|另外|还有"
)
_ADDS = re.compile(r"新增|新(?:近|完成)?(?:备案|登记)|受理|办结|净增|\b(?:added|adds|new|newly|additions)\b", re.I)
_THAT_DAY = re.compile(r"那天|当天|当日|同日|同一天|\bthat (?:day|morning|afternoon)\b")
_IT = re.compile(
    r"(?:^|[，,])\s?(?:该|它|其(?!他|余|中)|这款|这一?(?:产品|应用|模型|算法)|公司)|同批|这批|落款|(?:^|[，,])\s?(?:以上|上述|本(?:清单|名单|公告|表|批))"
    r"|\b(?:it|they|its|the (?:company|companies|model|app|service|notice|list|approvals?|same))\b"
    r"|\bthe (?:cancellations?|revocations?)\b",
    re.I,
)
_LISTED = re.compile(
    r"名单|名录|清单|更新|公告|公布|发布|揭露|备案|存案|登记|公示|注销|撤销"
    r"|\b(?:cancel\w*|revo\w+|list|batch|notice|register|registry|roll|updated?|published|filed|filings?|registered)\b",
    re.I,
)
_AT_ONCE = re.compile(r"自(?:本)?公告(?:发布)?之日起|with immediate effect")
_LABELLED = re.compile(r"\s*【[^】]{1,10}】")
_SHORT, _ROW, _YEAR = 16, -1, len("2025")
_SPANS = ("至", "到", "-", "—", "to", "through")


def draft_date(reading: Reading, draft: Draft) -> str | None:
    """The date of the passage, or of another passage that tells the same approval, or of what stands around it."""
    passages = (draft, *draft.twins)
    found = [value for told in passages if (value := _own(reading, told))]
    finer = next((value for value in found if len(value) > _YEAR), None)
    told = any(clause.own is Status.APPROVED for clause in draft.statement.clauses)
    if finer is not None or (found and told):
        return finer or found[0]
    if any(is_vague(reading.plain[told.statement.start : told.statement.end]) for told in passages[:1]):
        return None
    around = next((value for told in passages if (value := _around(reading, told))), None)
    return around or next(iter(found), None)


def _own(reading: Reading, draft: Draft) -> str | None:
    """The date in the clause or the sentence of a draft; of what was told then only where nothing else is dated."""
    if draft.date:
        return draft.date
    statement = draft.statement
    telling = [clause for clause in statement.clauses if clause.own is Status.APPROVED]
    extents: list[Statement | Clause] = [draft.clause, *_nearest(telling, draft.clause), statement]
    for extent in extents:
        value = _dated(reading, extent, draft.at, ("day",))
        if value and (len(value) > _YEAR or extent is statement):
            return _finer(reading, statement, value)
    if is_vague(reading.plain[draft.clause.start : draft.clause.end]):
        return None
    return _dated(reading, statement, draft.at, ("day", "told"))


def _finer(reading: Reading, statement: Statement, value: str) -> str:
    """A day or month that the sentence names, where all that stood nearest was a year."""
    hits = starting_in(reading.dates, statement.start, statement.end)
    days = [hit.value for hit in hits if hit.role in ("day", "told") and len(hit.value) > _YEAR]
    return days[-1] if days and len(value) == _YEAR else value


def _nearest(clauses: list[Clause], own: Clause) -> list[Clause]:
    """The next clause that tells of an approval after a draft's own, where its own doesn't."""
    if own.own is Status.APPROVED:
        return []
    return [clause for clause in clauses if clause.start > own.start][:1]


def _dated(reading: Reading, extent: Statement | Clause, at: int, roles: tuple[str, ...]) -> str | None:
    value = date_of(reading.dates, extent.start, extent.end, at, roles)
    return _span_month(reading, extent, value) if value else None


def _around(reading: Reading, draft: Draft) -> str | None:
    """The date of a sentence near a draft: one that goes on about it, one that leads to it, its list's or notice's."""
    own = draft.statement
    if _THAT_DAY.search(reading.plain, own.start, own.end) or _short_before(reading, draft):
        value = _latest_before(reading, draft)
        if value:
            return value
    told_here = any(clause.own is Status.APPROVED for clause in own.clauses)
    ways = [_follows, _leads, _asof] if not told_here else [_leads, _follows, _asof]
    if _ALSO.match(reading.plain, own.start, own.end):
        ways = [_leads, _follows, _asof]
    for way in ways:
        found = way(reading, draft)
        if found is not None:
            return found or None
    return (
        _later(reading, draft)
        or _signature(reading)
        or _of_notice(reading, draft)
        or _asof_before(reading, draft)
        or _of_title(reading)
    )


def _later(reading: Reading, draft: Draft) -> str | None:
    """The date of a sentence soon after a draft that names the list or the draft: `网信办本月公布新增48款`."""
    here = _at(reading, draft)
    near = reading.statements[here : here + _NEXT + 1]
    listed = [
        s for s in near if (_LISTED.search(reading.plain, s.start, s.end) or _names(reading, draft, s)) and _telling(s)
    ]
    return next((value for s in listed if not _sibling(reading, draft, s) and (value := _told(reading, s))), None)


def _names(reading: Reading, draft: Draft, statement: Statement) -> bool:
    """Whether a sentence names the product of a draft, or its company where it has none."""
    start, end = draft.product or ((draft.company.start, draft.company.end) if draft.company else (0, 0))
    return end > start and reading.plain[start:end] in reading.plain[statement.start : statement.end]


def _at(reading: Reading, draft: Draft) -> int:
    """How many statements begin before a draft's ends."""
    return bisect_right(reading.statements, draft.statement.start, key=lambda statement: statement.start)


def _short_before(reading: Reading, draft: Draft) -> bool:
    """Whether the sentence before is little but a date: `那是9月8日下午。`"""
    before = reading.statements[: _at(reading, draft)]
    before = [statement for statement in before[-2:] if statement.end <= draft.statement.start]
    return bool(before) and before[-1].end - before[-1].start <= _SHORT and before[-1].line == draft.statement.line


def _latest_before(reading: Reading, draft: Draft) -> str | None:
    """The last day named before a draft's sentence, in the two sentences before it."""
    here = _at(reading, draft)
    for statement in reversed(reading.statements[max(0, here - 3) : here]):
        if statement.end <= draft.statement.start:
            value = _dated(reading, statement, statement.end, ("day", "told"))
            if value:
                return value
    return None


def _follows(reading: Reading, draft: Draft) -> str | None:
    """The date of one of the next sentences, where it goes on about the draft: `该款模型今年4月获备案`."""
    here = _at(reading, draft)
    for statement in reading.statements[here : here + _NEXT]:
        words = reading.plain[statement.start : statement.end]
        same_item = draft.statement.item and statement.line == draft.statement.line
        if (_IT.search(words) and (_LISTED.search(words) or _telling(statement))) or (
            same_item and _telling(statement)
        ):
            value = _told(reading, statement)
            if value:
                return value
    return None


def _telling(statement: Statement) -> bool:
    return any(clause.status is Status.APPROVED for clause in statement.clauses)


def _leads(reading: Reading, draft: Draft) -> str | None:
    """The date of the nearest sentence before a draft that tells of approvals; "" where it dates them vaguely."""
    for lead in _before(reading, draft):
        value = _told(reading, lead)
        if value:
            return value
        if _telling(lead) and is_vague(reading.plain[lead.start : lead.end]):
            return ""
    return None


def _told(reading: Reading, lead: Statement) -> str | None:
    """The day of what a sentence tells, else the day on which it was told, else the year."""
    day = _dated(reading, lead, lead.end, ("day",))
    return day if day and len(day) > _YEAR else _dated(reading, lead, lead.end, ("told",)) or day


def _before(reading: Reading, draft: Draft) -> Iterator[Statement]:
    """Sentences before a draft that may date it: those that tell of approvals, then those that name a list."""
    here = bisect_left(reading.telling, draft.statement.start, key=lambda statement: statement.start)
    told = [s for s in reading.telling[max(0, here - _LEADS) : here] if not _sibling(reading, draft, s)]
    at = _at(reading, draft)
    near = [s for s in reading.statements[max(0, at - _LEADS) : at] if s.end <= draft.statement.start]
    listed = [s for s in near if _LISTED.search(reading.plain, s.start, s.end) and not _sibling(reading, draft, s)]
    yield from reversed(told)
    yield from reversed(listed)
    if draft.statement.item:
        yield from [s for s in reversed(near) if not s.item][:4]


def _sibling(reading: Reading, draft: Draft, other: Statement) -> bool:
    """Whether two sentences stand in two items of one list or two labelled notes: the one doesn't date the other."""
    if draft.statement.line in (other.line, _ROW):
        return False
    lines = [reading.line_of(each.start) for each in (draft.statement, other)]
    for mark in (BULLET, _LABELLED):
        first, second = (mark.match(reading.plain, line.start, line.end) for line in lines)
        if first and second:
            return not other.header
    return False


def _asof(reading: Reading, draft: Draft) -> str | None:
    return _dated(reading, draft.statement, draft.at, ("asof",))


def _asof_before(reading: Reading, draft: Draft) -> str | None:
    """The day up to which the additions are listed among which a draft stands."""
    near = [s for s in reading.statements[: _at(reading, draft)][-_LEADS:] if not _sibling(reading, draft, s)]
    adding = [s for s in reversed(near) if _ADDS.search(reading.plain, s.start, s.end)]
    return next((value for s in adding if (value := _dated(reading, s, s.end, ("asof",)))), None)


def _signature(reading: Reading) -> str | None:
    """The date under a notice: a line of its own among the last ones."""
    for line in reading.lines[-3:]:
        for hit in starting_in(reading.dates, line.start, line.end):
            if hit.end <= line.end and line.end - line.start <= hit.end - hit.start + 2:
                return hit.value
    return None


def _of_notice(reading: Reading, draft: Draft) -> str | None:
    """A cancellation that holds from its notice on is dated as that is."""
    if draft.status is not Status.REVOKED or reading.published is None or not _AT_ONCE.search(reading.plain):
        return None
    return reading.published.isoformat()


def _of_title(reading: Reading) -> str | None:
    """The month that the title names outright."""
    hits = find_dates(reading.title, reading.language, reading.published)
    named = [hit for hit in hits if hit.role == "day" and reading.title[hit.start].isdigit()]
    return named[0].value[:7] if named else None


def _span_month(reading: Reading, extent: Statement | Clause, value: str) -> str:
    """`8月1日至8月31日` is a month, not its last day; a notice on a longer span is better dated by its signature."""
    inside = starting_in(reading.dates, extent.start, extent.end)
    for one, two in pairwise(inside):
        if reading.plain[one.end : two.start].strip() in _SPANS and value in (one.value, two.value):
            return value[:7] if one.value[:7] == two.value[:7] else _signature(reading) or value
    return value

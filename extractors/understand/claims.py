"""Claims: the totals that an article states."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from extractors.records import Claim, Kind
from extractors.understand.count_kinds import count_kind
from extractors.understand.counted import Counted, counted
from extractors.understand.counts import find_batch
from extractors.understand.not_counted import is_of_approvals
from extractors.understand.particulars import date_of
from extractors.understand.parts import Status
from extractors.understand.reading import Reading
from extractors.understand.regions import regions

_SERVICE = re.compile(
    r"模型|算法|生成式|深度合成|人工智能|AI|智能|备案服务|登记应用|新增(?:备案|登记)|网信|\b(?:models?|LLMs?|algorithms?|chatbots?|services?|generative|intelligence)\b",
    re.I,
)
_PROCEDURE = re.compile(
    r"备案|登记|存案|过审|获批|获准|批准|准许|批出|放行|过关|绿灯|上岗证|准生证|通行证|编号|名单|清单|网信|注销"
    r"|\b(?:approv|clear|green|fil(?:ed|ing|es)|regist|licen|list|record|number|cyberspace|regulator)",
    re.I,
)
"""Words of AI services and of procedures: a text without either counts no approvals."""
_NEAR = 3
_FURTHER = re.compile(r"另有|另外|此外|还有|\b(?:another|further)\b", re.I)
_THIS = re.compile(r"这(?:也|已)?是|这一批|(?:This|It) (?:is|was)\b")
_LIST = re.compile(r"备案|登记|算法|大模型|deep[- ]synthesis|models?\b|fil(?:ed|ing)|regist", re.I)
_PUBLISHED = re.compile(r"公布|发布|出炉|上新|揭露|published|released|put out|issued", re.I)
_DEEP = re.compile(r"深度合成|deep[- ]synthesis", re.I)
_OWN = re.compile(r"申报|自主研发|简称|旗下|发行人|成功|双双")
_FAR = 600
_WHOLE = "whole"
_COUNTRY = re.compile(r"全国|国家网信|China's|Chinese|nationwide|Cyberspace Administration of China")


@dataclass(slots=True)
class _Stated:
    """A claim of one number, with the number of its statement and the place that it is about."""

    claim: Claim
    at: int
    place: str | None


def claims_of(reading: Reading, approvals: bool) -> tuple[Claim, ...]:
    """The claims of an article, those of one kind and round as one; `approvals` says that it has some."""
    text = reading.title + "\n" + reading.plain
    if not (_SERVICE.search(text) and _PROCEDURE.search(text)):
        return ()
    stated: list[_Stated] = []
    for each in counted(reading):
        if is_of_approvals(each):
            stated.append(_stated(each, stated))
    claims = _joined(_distinct(stated))
    return (*claims, *(_listed(reading, claims) if approvals else ()))


def _stated(counted: Counted, before: list[_Stated]) -> _Stated:
    count = counted.count
    total = _goes_on(counted, before) if count.cumulative is None else count.cumulative
    claim = Claim(
        count_kind(counted),
        batch=None if total else _batch(counted),
        count=None if total else count.value,
        cumulative=count.value if total else None,
        date=_date(counted),
    )
    return _Stated(claim, counted.number, _place(counted))


def _goes_on(counted: Counted, before: list[_Stated]) -> bool:
    """Whether an open count is a total because the one before it was: `另有…`, `another …` after a total."""
    if _FURTHER.search(counted.reading.plain, counted.statement.start, counted.count.start):
        near = takewhile(lambda each: counted.number - each.at < _NEAR, reversed(before))
        return any(each.claim.cumulative is not None for each in near)
    return bool(before) and counted.number - before[-1].at <= 1 and before[-1].claim.cumulative is not None


def _batch(counted: Counted) -> int | None:
    """The batch that a sentence names, or the list of the sentence before it, or `这是第四批` after it."""
    reading, number = counted.reading, counted.number
    text = reading.plain
    before = [s for s in reading.statements[max(0, number - 1) : number] if _LIST.search(text, s.start, s.end)]
    after = [s for s in reading.statements[number + 1 : number + 2] if _THIS.match(text, s.start, s.end)]
    for statement in [counted.statement, *before, *after]:
        found = find_batch(text, statement.start, statement.end, reading.language)
        if found:
            return found[0][1]
    return None


def _date(counted: Counted) -> str | None:
    reading, clause, at = counted.reading, counted.clause, counted.count.start
    told = date_of(reading.dates, clause.start, clause.end, at, ("day", "told"))
    if told:
        return told
    statement = counted.statement
    inside = [hit for hit in reading.dates if statement.start <= hit.start < statement.end and hit.role != "report"]
    before = [hit for hit in inside if hit.start <= at]
    return (before or inside)[-1].value if inside else None


def _place(counted: Counted) -> str | None:
    """The province named last before a count in its line; `whole` for the country, None where none is named."""
    reading, at = counted.reading, counted.count.start
    words = reading.plain[max(reading.line_of(counted.statement.start).start, at - _FAR) : at]
    places = [*regions().in_chinese.finditer(words), *regions().in_english.finditer(words)]
    country = list(_COUNTRY.finditer(words))
    last = max([*places, *country], key=lambda match: match.start(), default=None)
    if last is None:
        return None
    return _WHOLE if last in country else regions().of_text(last[0])


def _told(stated: _Stated) -> tuple[bool, bool]:
    """Fuller claims last."""
    return stated.claim.batch is not None, stated.claim.date is not None


def _distinct(stated: list[_Stated]) -> list[_Stated]:
    """Each number of a kind once, in order."""
    fullest = {(each.claim.kind, each.claim.count, each.claim.cumulative): each for each in sorted(stated, key=_told)}
    return sorted(fullest.values(), key=lambda each: each.at)


def _joined(stated: list[_Stated]) -> list[Claim]:
    """A count and the total that stands by it, of one kind and one place, are one claim."""
    claims: list[Claim] = []
    taken: set[int] = set()
    for kind in dict.fromkeys(each.claim.kind for each in stated):
        alike = [each for each in stated if each.claim.kind is kind]
        news = [each for each in alike if each.claim.count is not None]
        totals = [each for each in alike if each.claim.cumulative is not None]
        for new in news:
            near = _near(totals, new, _NEAR if len(news) > 1 or new.claim.batch else len(totals) + new.at + _FAR)
            total = next((each for each in near if id(each) not in taken and _fits(new, each)), None)
            if total is not None:
                taken |= {id(total), id(new)}
                date = new.claim.date or total.claim.date
                claims.append(replace(new.claim, cumulative=total.claim.cumulative, date=date))
    return claims + [each.claim for each in stated if id(each) not in taken]


def _near(totals: list[_Stated], new: _Stated, reach: int) -> list[_Stated]:
    """The totals within `reach` sentences, nearest first; `totals` are in order."""
    low = bisect_left(totals, new.at - reach, key=lambda each: each.at)
    high = bisect_right(totals, new.at + reach, key=lambda each: each.at)
    return sorted(totals[low:high], key=lambda each: abs(each.at - new.at))


def _fits(new: _Stated, total: _Stated) -> bool:
    """Whether a total may be that of a new count: of its place, and not smaller."""
    assert total.claim.cumulative is not None and new.claim.count is not None
    return total.claim.cumulative >= new.claim.count and (total.place in (new.place, None) or new.place is None)


def _listed(reading: Reading, claims: list[Claim]) -> Iterator[Claim]:
    """Lists of deep synthesis that are named by their ordinal without a count."""
    told = {claim.batch for claim in claims}
    for statement in reading.statements:
        words = reading.plain[statement.start : statement.end]
        if not _DEEP.search(words) or not _PUBLISHED.search(words) or _OWN.search(words):
            continue
        for at, rank in find_batch(reading.plain, statement.start, statement.end, reading.language)[:1]:
            if rank in told or not any(c.status is Status.APPROVED for c in statement.clauses):
                continue
            told.add(rank)
            date = date_of(reading.dates, statement.start, statement.end, at, ("day", "told"))
            yield Claim(Kind.DEEP_SYNTHESIS_FILING, batch=rank, date=date)

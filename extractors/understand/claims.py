"""Claims: the totals that an article states."""

from __future__ import annotations

import re
from dataclasses import replace

from extractors.records import Claim, Kind
from extractors.understand.counts import Count, find_batch, find_counts
from extractors.understand.particulars import date_of, kind_of
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.reading import Reading

_COUNTED = re.compile(
    r"大模型|模型|服务|应用|产品|算法|备案|登记|功能|上岗证|企业|首|获批|名单|models?|LLMs?|services?|apps?"
    r"|applications?|algorithms?|filings?|registrations?|approvals?|total|chatbots?"
    r"|products?|entries|more",
    re.I,
)


_OTHER_THING = re.compile(
    r"医院|门店|专利|客户|项目|律师|论文|城市|用户|学校|高校|岗位|榜|奖|基金|投资|港澳|文件|参数|商户|渠道|订单"
)
_PROCEDURE = re.compile(r"备案|登记|获批|深度合成|\b(?:fil|regist|approv|clear|deep)\w*", re.I)
_TOTAL = re.compile(r"累计|总数|总量|\b(?:total|tally|to date)\b", re.I)


def claims_of(reading: Reading, approvals: bool) -> tuple[Claim, ...]:
    """The claims of an article, those of one kind and round as one; `approvals` says that it has some."""
    claims: list[Claim] = []
    for statement in reading.statements:
        counts = find_counts(reading.plain, statement.start, statement.end, reading.language)
        for clause in statement.clauses if counts else ():
            told = clause.status is Status.APPROVED
            if not told and (clause.status is not Status.NEUTRAL or not approvals):
                continue
            for count in (each for each in counts if clause.start <= each.start < clause.end):
                if not told and not (
                    count.cumulative and _TOTAL.search(reading.plain[statement.start : statement.end])
                ):
                    continue
                if _COUNTED.search(reading.plain[statement.start : statement.end]) and not _OTHER_THING.search(
                    count.what
                ):
                    claims.append(_claim(reading, statement, clause, count))
    return tuple(_joined(claims))


def _claim(reading: Reading, statement: Statement, clause: Clause, count: Count) -> Claim:
    text = reading.plain
    near = text[max(clause.start, count.start - 14) : min(clause.end, count.end + 14)]
    contexts = [
        near if _PROCEDURE.search(near) else "",
        text[clause.start : clause.end],
        text[statement.start : statement.end],
        reading.title,
        text[:1500],
    ]
    batches = find_batch(text, statement.start, statement.end, reading.language)
    date = date_of(reading.dates, clause.start, clause.end, count.start, ("day", "told")) or _date(
        reading, statement, count
    )
    return Claim(
        kind_of([context for context in contexts if context], reading.language, None) or Kind.UNSPECIFIED,
        batch=batches[0][1] if batches else None,
        count=None if count.cumulative else count.value,
        cumulative=count.value if count.cumulative else None,
        date=date,
    )


def _date(reading: Reading, statement: Statement, count: Count) -> str | None:
    inside = [hit for hit in reading.dates if statement.start <= hit.start < statement.end and hit.role != "report"]
    before = [hit for hit in inside if hit.start <= count.start]
    return (before or inside)[-1].value if inside else None


def _told(claim: Claim) -> tuple[bool, bool]:
    """Fuller claims last."""
    return claim.batch is not None, claim.date is not None


def _joined(claims: list[Claim]) -> list[Claim]:
    """A count and a total of one kind are one claim where nothing else of that kind is told."""
    distinct = list({(c.kind, c.count, c.cumulative): c for c in sorted(claims, key=_told)}.values())
    joined: list[Claim] = []
    for claim in distinct:
        others = [other for other in distinct if other.kind is claim.kind]
        counts = [other for other in others if other.count is not None]
        totals = [other for other in others if other.cumulative is not None]
        if len(counts) == 1 and len(totals) == 1:
            if claim is counts[0]:
                joined.append(replace(claim, cumulative=totals[0].cumulative, date=claim.date or totals[0].date))
        else:
            joined.append(claim)
    return joined

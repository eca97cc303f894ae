"""Where two statements about one approval disagree: kept, and shown beside what was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.understand.names import company_key, number_key, product_key, squeeze
from extractors.understand.regions import regions
from storage.records import Evidence

AGAINST_LIST = ("filing_no", "date", "province", "product")
"""The fields in which the news can disagree with an official list."""
AMONG_NEWS = ("filing_no", "date", "company")
"""The fields in which two articles can disagree: what else they print differs in wording too often."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field of one approval: what was said first, and what `article` says otherwise.

    `official`: an official list said it, so it counts; else both are news.
    """

    field: str
    said: str
    other: str
    article: Evidence
    official: bool = True


def conflicts_of(evidence: Sequence[Evidence]) -> tuple[Conflict, ...]:
    """Every disagreement of an article with the newest official row, else with the articles before; each wording once.

    Background, cancellations and sources in shadow mode contradict no other article.
    """
    rows = [one for one in evidence if one.register]
    found: dict[tuple[str, str], Conflict] = {}
    for conflict in _with_list(rows[-1], evidence) if rows else _among_news(evidence):
        found.setdefault((conflict.field, conflict.other), conflict)
    return tuple(found.values())


def _with_list(row: Evidence, evidence: Sequence[Evidence]) -> Iterator[Conflict]:
    official = dict(row.fields)
    for one in evidence:
        said = dict(one.fields)
        for field in () if one.register else AGAINST_LIST:
            ours, theirs = official.get(field), said.get(field)
            if ours and theirs and not agree(field, str(ours), str(theirs)):
                yield Conflict(field, str(ours), str(theirs), one)


def _among_news(evidence: Sequence[Evidence]) -> Iterator[Conflict]:
    first: dict[str, Evidence] = {}
    for one in evidence:
        said = dict(one.fields)
        for field in () if one.background or one.revocation or one.shadow else AMONG_NEWS:
            if said.get(field):
                ours, theirs = str(dict(first.setdefault(field, one).fields)[field]), str(said[field])
                same_company = field == "company" and first[field].company == one.company
                if not same_company and not agree(field, ours, theirs):
                    yield Conflict(field, ours, theirs, one, official=False)


def agree(field: str, one: str, other: str) -> bool:
    """Whether two wordings may mean the same: a month and a day of it do, a town and its province too."""
    if one == other:
        return True
    if field == "filing_no":
        return (number_key(one) or squeeze(one)) == (number_key(other) or squeeze(other))
    if field == "date":
        return one.startswith(other) or other.startswith(one)
    if field == "province":
        return (regions().of_text(one) or one) == (regions().of_text(other) or other)
    keys = {"product": product_key, "company": company_key}.get(field)
    return keys is not None and (keys(one) in keys(other) or keys(other) in keys(one))

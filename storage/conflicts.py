"""Where the news and an official list disagree about one approval: kept, and shown beside what was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.understand.names import number_key, product_key, squeeze
from extractors.understand.regions import regions
from storage.records import Evidence

FIELDS = ("filing_no", "date", "province", "product")
"""The fields in which two statements can disagree."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field of one approval: what the official list says, what `article` says."""

    field: str
    official: str
    other: str
    article: Evidence


def conflicts_of(evidence: Sequence[Evidence]) -> tuple[Conflict, ...]:
    """Every disagreement of an article with the newest official row, each wording once."""
    rows = [one for one in evidence if one.register]
    if not rows:
        return ()
    found: dict[tuple[str, str], Conflict] = {}
    for one in evidence:
        if not one.register:
            for conflict in _against(dict(rows[-1].fields), one):
                found.setdefault((conflict.field, conflict.other), conflict)
    return tuple(found.values())


def _against(official: dict[str, object], article: Evidence) -> Iterator[Conflict]:
    said = dict(article.fields)
    for field in FIELDS:
        ours, theirs = official.get(field), said.get(field)
        if ours and theirs and not agree(field, str(ours), str(theirs)):
            yield Conflict(field, str(ours), str(theirs), article)


def agree(field: str, one: str, other: str) -> bool:
    """Whether two wordings may mean the same: a month and a day of it do, a town and its province too."""
    if field == "filing_no":
        return (number_key(one) or squeeze(one)) == (number_key(other) or squeeze(other))
    if field == "date":
        return one.startswith(other) or other.startswith(one)
    if field == "province":
        return (regions().of_text(one) or one) == (regions().of_text(other) or other)
    if field != "product":
        return one == other
    ours, theirs = product_key(one), product_key(other)
    return ours in theirs or theirs in ours

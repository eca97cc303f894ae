"""Stated totals: how many approvals a sentence counts, new in this round or so far; and the batches it names."""

from __future__ import annotations

import re

from extractors.understand.en_counts import english_counts
from extractors.understand.numerals import CHINESE, ENGLISH, ENGLISH_ORDINALS, ordinal
from extractors.understand.tally import Count
from extractors.understand.zh_counts import chinese_counts

_BATCH_ZH = re.compile(
    rf"第(?P<n>\d{{1,2}}|[{CHINESE}]+)(?:批|轮)(?:次)?|(?P<first>首批|首轮)(?!合作|客户|用户|试点|医院|种子|可信)"
)
_BATCH_EN = re.compile(
    rf"\b(?=[\dzfstenimbr])(?:(?P<n>{ENGLISH_ORDINALS}|\d{{1,2}}(?:st|nd|rd|th))[ -](?:(?:such |approval "
    rf"|and latest )?(?:batch|round|group|list|tranche)|[\w-]+ (?:batch|tranche)\b|deep[- ]synthesis (?:\w+ )?list)"
    rf"(?! (?:of drugs|of chips|limited|to)\b)"
    rf"|(?:batch|round) (?P<m>\d{{1,2}}|{ENGLISH})\b|its (?P<i>inaugural|first) (?:batch|round|group))",
    re.I,
)


def find_counts(text: str, start: int, end: int, language: str) -> list[Count]:
    """The counts of services, models or holders in text[start:end] (plain)."""
    return (english_counts if language == "en" else chinese_counts)(text, start, end)


def find_batch(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """(offset, ordinal) of every batch that text[start:end] names."""
    found = []
    for match in (_BATCH_EN if language == "en" else _BATCH_ZH).finditer(text, start, end):
        groups = match.groupdict()
        word = groups.get("n") or groups.get("m") or groups.get("i") or "首"
        rank = ordinal(word)
        if rank:
            found.append((match.start(), rank))
    return found

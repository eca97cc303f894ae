"""Totals that the notice of a list states in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.records import Kind
from extractors.understand.chars import plain
from extractors.understand.counts import find_counts
from extractors.understand.regions import regions
from extractors.understand.tally import Count

_SENTENCE = re.compile(r"[^。！？\n]+")
_CLAUSE = re.compile(r"[，；,;]")
_SUM = re.compile(r"(?:合计|总计|共计)[:： ]{0,3}(\d{1,6})(?![\d年月日])")
_COUNTED = re.compile("备案|登记|算法|注销")
_OTHERS = re.compile(r"^(?:企业|公司|单位|主体|机构|省|市|地区|部门|月|附件)")
_OF_A_YEAR = re.compile(r"20\d\d年(?!\s?\d{1,2}月)|今年|年内|全年|当年|去年")
_LONGEST = 50_000


@dataclass(frozen=True, slots=True)
class Stated:
    """A stated total: of which kind (None where it isn't said), new or cumulative, and the clause that says so.

    `of_a_year` counts what a year brought, `province` what one province has: no total of a list.
    """

    value: int
    kind: Kind | None
    cumulative: bool
    words: str
    of_a_year: bool = False
    province: bool = False

    @property
    def summary(self) -> str:
        """What is stated, for people."""
        return f"{self.value}{' in all' if self.cumulative else ''} ({self.words!r})"


def stated_totals(texts: Iterable[str]) -> tuple[Stated, ...]:
    """The totals that a notice (its title, its text, the lines around its tables) states; each once."""
    text = plain("\n".join(texts))[:_LONGEST]
    found: dict[tuple[int, Kind | None], Stated] = {}
    for sentence in _SENTENCE.finditer(text):
        for stated in _of_sentence(text, sentence.start(), sentence.end()):
            found.setdefault((stated.value, stated.kind), stated)
    return tuple(found.values())


def _of_sentence(text: str, start: int, end: int) -> Iterator[Stated]:
    counts = [count for count in find_counts(text, start, end, "zh") if not _OTHERS.match(count.what.strip())]
    sums = [Count(match.start(1), match.end(), int(match[1]), False, "") for match in _SUM.finditer(text, start, end)]
    for count in {count.start: count for count in [*counts, *sums]}.values():
        clause, before = _around(text, start, end, count.start)
        kind = _kind(clause)
        if count not in sums and not _COUNTED.search(clause):
            continue
        yield Stated(
            count.value,
            kind,
            bool(count.cumulative),
            clause.strip()[:60],
            of_a_year=bool(_OF_A_YEAR.search(before)) and not count.cumulative,
            province=regions().of_text(clause) is not None,
        )


def _around(text: str, start: int, end: int, at: int) -> tuple[str, str]:
    """The clause that holds offset `at`, and what its sentence says up to there."""
    begins = [match.end() for match in _CLAUSE.finditer(text, start, at)]
    stop = _CLAUSE.search(text, at, end)
    first = begins[-1] if begins else start
    return text[first : stop.start() if stop else end], text[first:at]


def _kind(clause: str) -> Kind | None:
    if "深度合成" in clause:
        return Kind.DEEP_SYNTHESIS_FILING
    if "算法" in clause:
        return Kind.ALGORITHM_FILING if "推荐" in clause or "互联网信息服务算法" in clause else None
    filed, registered = "备案" in clause, "登记" in clause
    if filed == registered:
        return None
    return Kind.GENAI_REGISTRATION if registered else Kind.GENAI_FILING

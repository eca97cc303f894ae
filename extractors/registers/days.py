"""The day in a cell of a list: `2026/4/16`, also with a note beside it, as in `2026/4/16（补登）`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from extractors.registers.document import squeezed

_DAY = re.compile(r"(20\d\d)[/.\-年](\d{1,2})[/.\-月](\d{1,2})日?|(20\d\d)(\d\d)(\d\d)(?!\d)")
_CLOCK = re.compile(r"(?<=\d)[ T]\s*\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?!\d)")
_COUNTED = re.compile(r"4[5-9]\d{3}|5\d{4}")
"""Days since 1899-12-30, as a workbook shows a day that nobody formatted: 2023 to 2064."""
_LATE = re.compile(r"补登|补录|补充登记")


@dataclass(frozen=True, slots=True)
class Day:
    """`day` is YYYY-MM-DD, None where none can be read; `late` for a late addition; `rest` is what else is said."""

    day: str | None
    late: bool = False
    rest: str = ""


def read_day(cell: str) -> Day:
    """The day that a cell begins with."""
    text = squeezed(_CLOCK.sub("", cell))
    if _COUNTED.fullmatch(text):
        return Day((date(1899, 12, 30) + timedelta(days=int(text))).isoformat())
    found = _DAY.match(text)
    if found is None:
        return Day(None, bool(_LATE.search(text)), text)
    year, month, day = (int(part) for part in found.groups() if part)
    rest = text[found.end() :].strip()
    try:
        value = date(year, month, day).isoformat()
    except ValueError:
        return Day(None, bool(_LATE.search(text)), text)
    late = bool(_LATE.search(rest))
    return Day(value, late, "" if late and len(rest) <= 6 else rest.strip("()（） "))

"""The day in a cell of a list: `2026/4/16`, also with a note beside it, as in `2026/4/16（补登）`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from extractors.registers.document import squeezed

_DAY = re.compile(r"(20\d\d)[/.\-年](\d{1,2})[/.\-月](\d{1,2})日?|(20\d\d)(\d\d)(\d\d)(?!\d)")
_CLOCK = re.compile(r"^T?00:00(?::00)?")
_LATE = re.compile(r"补登|补录|补充登记")


@dataclass(frozen=True, slots=True)
class Day:
    """`day` is YYYY-MM-DD, None where none can be read; `late` for a late addition; `rest` is what else is said."""

    day: str | None
    late: bool = False
    rest: str = ""


def read_day(cell: str) -> Day:
    """The day that a cell begins with."""
    text = squeezed(cell)
    found = _DAY.match(text)
    if found is None:
        return Day(None, bool(_LATE.search(text)), text)
    year, month, day = (int(part) for part in found.groups() if part)
    rest = _CLOCK.sub("", text[found.end() :]).strip()
    try:
        value = date(year, month, day).isoformat()
    except ValueError:
        return Day(None, bool(_LATE.search(text)), text)
    late = bool(_LATE.search(rest))
    return Day(value, late, "" if late and len(rest) <= 6 else rest.strip("()（） "))

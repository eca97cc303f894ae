"""Records that name their columns themselves: `算法名称：…`, `主体名称：…`, over several lines or on one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.understand.cells import Row, Table, head_role, make_row, trim
from extractors.understand.sentences import BULLET, Extent

_KEY = r"[^：:；;，,。|/\t\n]{1,24}[：:]"
_BREAK = re.compile(rf"[；;|\t。]|\s/\s|，\s*(?={_KEY})|,\s+(?={_KEY})|(?<!\s)\s{{2,}}+(?={_KEY})")
_PAIR = re.compile(rf"(?P<key>{_KEY})\s*(?P<value>\S[^\n]{{0,79}})?")
_MOST_PAIRS = 14


@dataclass(frozen=True, slots=True)
class _Pair:
    key: str
    role: str
    value: Extent
    line: int
    prose: bool
    """Whether the value is a sentence rather than a name."""


def keyed_records(text: str, lines: list[Extent], at: int) -> tuple[Table | None, int]:
    """The records that begin with line `at`, and how many lines they take."""
    records: list[list[_Pair]] = []
    current: list[_Pair] = []
    for n in range(at, len(lines)):
        pairs = _pairs(text, lines[n], n)
        if not pairs or len(current) > _MOST_PAIRS:
            break
        if current and _opens(text, lines, n, pairs, current):
            if not _whole(current):
                break
            records.append(current)
            current = []
        current += pairs
    if current and _whole(current):
        records.append(current)
    if not records:
        return None, 0
    heads = tuple(dict.fromkeys(pair.key for record in records for pair in record if pair.role))
    rows = tuple(_row(lines, record) for record in records)
    return Table(lines[at].start, rows[-1].end, rows, heads, keyed=True), records[-1][-1].line + 1 - at


def _pairs(text: str, line: Extent, number: int) -> list[_Pair]:
    """The pairs of a line that holds nothing else; none where no key is the name of a column."""
    bullet = BULLET.match(text, line.start, line.end)
    start = bullet.end() if bullet else line.start
    pairs: list[_Pair] = []
    breaks = [(match.start(), match.end()) for match in _BREAK.finditer(text, start, line.end)]
    for begin, end in zip([start, *(b for _, b in breaks)], [*(a for a, _ in breaks), line.end], strict=True):
        piece = trim(text, begin, end)
        if piece.start == piece.end:
            continue
        match = _PAIR.fullmatch(text, piece.start, piece.end)
        if match is None:
            return []
        key = match["key"][:-1].strip()
        value = Extent(*match.span("value")) if match["value"] else Extent(piece.end, piece.end)
        prose = "，" in text[value.start : value.end]
        pairs.append(_Pair(key, head_role(key), value, number, prose))
    return pairs if any(pair.role for pair in pairs) else []


def _opens(text: str, lines: list[Extent], n: int, pairs: list[_Pair], current: list[_Pair]) -> bool:
    """Whether line `n` begins the next record: a key comes again, an item's number, or a blank line after a whole."""
    if pairs[0].key in {pair.key for pair in current} or BULLET.match(text, lines[n].start, lines[n].end):
        return True
    return "\n\n" in text[lines[n - 1].end : lines[n].start] and _whole(current)


def _whole(record: list[_Pair]) -> bool:
    roles = {pair.role for pair in record if pair.value.start < pair.value.end and not pair.prose}
    return bool(roles & {"product", "use"}) and bool(roles & {"company", "number"})


def _row(lines: list[Extent], record: list[_Pair]) -> Row:
    extent = Extent(lines[record[0].line].start, lines[record[-1].line].end)
    return make_row(extent, [pair.value for pair in record], [pair.role for pair in record])

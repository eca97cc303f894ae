"""Tables pasted as text: by tab, bar or wide blanks, or one cell per line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.understand.sentences import Extent

_HEADS = (
    ("skip", r"调用|采用|上游|接入|底座|基座|备注|说明|用途|upstream|base model|calls|序号|#|notes?|remarks?|scope"),
    ("number", r"备案号|编号|备案(?:编)?号|上线编号|备案编码|number|no|filing no|record no|id"),
    ("status", r"状态|进度|结果|进展|status|result|stage|outcome"),
    ("kind", r"类型|类别|手续|程序|kind|type|procedure"),
    ("date", r"时间|日期|date|approved on|time|when"),
    ("place", r"属地|地区|省份|城市|地市|所在地|province|city|place|region|location"),
    (
        "company",
        r"公司|企业|主体|单位|机构|开发者|开发方|运营方|申请人|申报方|厂商|provider|company|developer|applicant"
        r"|operator|entity|filer|firm|holder|owner|registrant|organi[sz]ation",
    ),
    ("product", r"模型|应用|产品|服务|算法|名称|功能|service|model|product|app|name|algorithm|application"),
)
_ROLES = tuple(
    (
        role,
        re.compile(
            "|".join(
                rf"\b{word}s?\b" if word[0].isascii() and word[0].isalpha() else word for word in pattern.split("|")
            ),
            re.I,
        ),
    )
    for role, pattern in _HEADS
)
_DELIMITERS = (re.compile(r"\t"), re.compile(r"\s*\|\s*"), re.compile(r" {2,}|　+"))
_PAIR = re.compile(
    r"(?:^|(?<=[；;|\t，,\n]))\s*(?:\d+[.、])?(?P<key>[^：:；;，,|\t\n]{1,14})[：:](?P<value>[^；;|\t\n]{1,80})"
)
_LONGEST_CELL = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cells by role (company, product, number, date, status, kind, place), and its extent."""

    start: int
    end: int
    cells: dict[str, Extent]
    others: tuple[Extent, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that stand together; [start, end) covers header and rows."""

    start: int
    end: int
    rows: tuple[Row, ...]
    heads: tuple[str, ...]


def find_tables(text: str, lines: list[Extent]) -> list[Table]:
    """The tables among `lines` of a plain text, in order."""
    tables: list[Table] = []
    at = 0
    while at < len(lines):
        table, used = _delimited(text, lines, at)
        if table is None:
            table, used = _stacked(text, lines, at)
        if table is None:
            table, used = _records(text, lines, at)
        if table is not None:
            tables.append(table)
        at += max(1, used)
    return tables


def _cells(text: str, line: Extent, delimiter: re.Pattern[str]) -> list[Extent]:
    cells, at = [], line.start
    for match in delimiter.finditer(text, line.start, line.end):
        cells.append(_trim(text, at, match.start()))
        at = match.end()
    cells.append(_trim(text, at, line.end))
    if cells and cells[0].start == cells[0].end:
        cells = cells[1:]
    if cells and cells[-1].start == cells[-1].end and delimiter is _DELIMITERS[1]:
        cells = cells[:-1]
    return cells


def _trim(text: str, start: int, end: int) -> Extent:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Extent(start, end)


def _delimited(text: str, lines: list[Extent], at: int) -> tuple[Table | None, int]:
    for delimiter in _DELIMITERS:
        head = _cells(text, lines[at], delimiter)
        roles = [_role(text[cell.start : cell.end]) for cell in head]
        if len(head) < 3 or not _is_header(roles):
            continue
        rows, n = [], at + 1
        while n < len(lines):
            cells = _cells(text, lines[n], delimiter)
            if len(cells) < max(2, len(head) - 2):
                if re.fullmatch(r"[\s|:\-—+=]+", text[lines[n].start : lines[n].end]):
                    n += 1
                    continue
                break
            if not _is_header([_role(text[cell.start : cell.end]) for cell in cells]):
                rows.append(_row(lines[n], cells, roles))
            n += 1
        if rows:
            return _table(lines[at].start, rows, text, head), n - at
    return None, 0


def _is_header(roles: list[str]) -> bool:
    named = {role for role in roles if role not in ("", "skip")}
    return (
        len(named) >= 2 and bool(named & {"company", "product"}) and sum(bool(role) for role in roles) >= len(roles) - 1
    )


def _role(cell: str) -> str:
    if not cell or len(cell) > 24 or re.search(r"\d{3}|有限|附件|^已|^[一二三四五六七八九十]、|[。；]", cell):
        return ""
    if len(cell.split()) > 4 or (not cell.isascii() and len(cell) > 12):
        return ""
    return next((role for role, pattern in _ROLES if pattern.search(cell)), "")


def _row(line: Extent, cells: list[Extent], roles: list[str]) -> Row:
    named: dict[str, Extent] = {}
    others = []
    for role, cell in zip(roles, cells, strict=False):
        if cell.start == cell.end:
            continue
        if role in ("", "skip") or role in named:
            others.append(cell)
        else:
            named[role] = cell
    return Row(line.start, line.end, named, tuple(others))


def _table(start: int, rows: list[Row], text: str, head: list[Extent]) -> Table:
    return _table_of(start, rows, tuple(text[cell.start : cell.end] for cell in head))


def _table_of(start: int, rows: list[Row], heads: tuple[str, ...]) -> Table:
    return Table(start, rows[-1].end, tuple(rows), heads)


def _stacked(text: str, lines: list[Extent], at: int) -> tuple[Table | None, int]:
    """A table with one cell per line: a run of column names, then the cells of each row in turn."""
    roles: list[str] = []
    head: list[Extent] = []
    for line in lines[at : at + 10]:
        role = _role(text[line.start : line.end].strip())
        if not role or line.end - line.start > 14:
            break
        roles.append(role)
        head.append(line)
    if len(roles) < 3 or not _is_header(roles):
        return None, 0
    width, rows, n = len(roles), [], at + len(roles)
    while n + width <= len(lines):
        cells = lines[n : n + width]
        if any(cell.end - cell.start > _LONGEST_CELL or text[cell.end - 1] in "。：:；" for cell in cells):
            break
        if [_role(text[cell.start : cell.end].strip()) for cell in cells[:2]] == roles[:2] or not _alike(
            text, cells, roles
        ):
            break
        rows.append(_row(Extent(cells[0].start, cells[-1].end), list(cells), roles))
        n += width
    return (_table(lines[at].start, rows, text, head), n - at) if rows else (None, 0)


def _records(text: str, lines: list[Extent], at: int) -> tuple[Table | None, int]:
    """Rows that name their columns themselves: `算法名称：…；主体名称：…；备案编号：…`."""
    rows: list[Row] = []
    heads: list[str] = []
    for n in range(at, len(lines)):
        line = lines[n]
        cells, roles = [], []
        for match in _PAIR.finditer(text, line.start, line.end):
            role = _role(match["key"].strip())
            if role:
                cells.append(_trim(text, match.start("value"), match.end("value")))
                roles.append(role)
                heads.append(match["key"])
        if len(cells) < 3 or not {"company", "product"} & set(roles):
            break
        rows.append(_row(line, cells, roles))
    return (_table_of(lines[at].start, rows, tuple(dict.fromkeys(heads))), len(rows)) if rows else (None, 0)


def _alike(text: str, cells: list[Extent], roles: list[str]) -> bool:
    """Whether the number column holds something with digits (where there is one)."""
    for role, cell in zip(roles, cells, strict=True):
        if role == "number" and not any(char.isdigit() for char in text[cell.start : cell.end]):
            return False
    return True

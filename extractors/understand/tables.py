"""Tables pasted as text: by tab, bar, dashes or wide blanks, or one cell per line; and listings without a header."""

from __future__ import annotations

import re

from extractors.understand.cells import Row, Table, head_role, is_organisation, make_row, trim
from extractors.understand.items import item_lists
from extractors.understand.keyed import keyed_records
from extractors.understand.sentences import Extent

__all__ = ["Row", "Table", "find_tables"]

_BAR = re.compile(r"\|")
_DELIMITERS = (re.compile(r"\t"), _BAR, re.compile(r" {2,}|　+"), re.compile(r"——"))
_RULE = re.compile(r"[\s|:\-—+=]+")
_LONGEST_CELL = 80


def find_tables(text: str, lines: list[Extent]) -> list[Table]:
    """The tables among `lines` of a plain text, in order."""
    tables: list[Table] = []
    at = 0
    while at < len(lines):
        found, used = _at(text, lines, at)
        tables += found
        at += max(1, used)
    return tables


def _at(text: str, lines: list[Extent], at: int) -> tuple[list[Table], int]:
    """The tables that begin with line `at`, and how many lines were read."""
    for reader in (_delimited, _stacked, keyed_records):
        table, used = reader(text, lines, at)
        if table is not None:
            return [table], used
    return item_lists(text, lines, at)


def _cells(text: str, line: Extent, delimiter: re.Pattern[str]) -> list[Extent]:
    cells, at = [], line.start
    for match in delimiter.finditer(text, line.start, line.end):
        cells.append(trim(text, at, match.start()))
        at = match.end()
    cells.append(trim(text, at, line.end))
    if cells and cells[0].start == cells[0].end:
        cells = cells[1:]
    if cells and cells[-1].start == cells[-1].end and delimiter is _BAR:
        cells = cells[:-1]
    return cells


def _delimited(text: str, lines: list[Extent], at: int) -> tuple[Table | None, int]:
    for delimiter in _DELIMITERS:
        head = _cells(text, lines[at], delimiter)
        roles = [head_role(text[cell.start : cell.end]) for cell in head]
        if len(head) < 3 or not _is_header(roles):
            continue
        found: list[tuple[Extent, list[Extent]]] = []
        n = at + 1
        while n < len(lines):
            cells = _cells(text, lines[n], delimiter)
            if len(cells) < max(2, len(head) - 2):
                if _RULE.fullmatch(text, lines[n].start, lines[n].end):
                    n += 1
                    continue
                break
            repeats = _repeats(text, cells, head)
            if (repeats and not found) or _other_header(text, cells, head):
                break
            if not repeats:
                found.append((lines[n], cells))
            n += 1
        if found:
            roles = _completed(text, roles, [cells for _, cells in found])
            return _table(lines[at].start, [make_row(line, cells, roles) for line, cells in found], text, head), n - at
    return None, 0


def _is_header(roles: list[str]) -> bool:
    named = {role for role in roles if role not in ("", "skip")}
    return (
        len(named) >= 2
        and bool(named & {"company", "product", "use"})
        and sum(bool(role) for role in roles) >= len(roles) - 1
    )


def _repeats(text: str, cells: list[Extent], head: list[Extent]) -> bool:
    """Whether a row is the header once more."""
    same = sum(text[a.start : a.end] == text[b.start : b.end] for a, b in zip(cells, head, strict=False))
    return same * 2 > len(head)


def _other_header(text: str, cells: list[Extent], head: list[Extent]) -> bool:
    """Whether a row is the header of a next table."""
    words = [text[cell.start : cell.end] for cell in cells]
    roles = [head_role(word) for word in words]
    return all(roles) and _is_header(roles) and not any(map(is_organisation, words)) and not _repeats(text, cells, head)


def _completed(text: str, roles: list[str], rows: list[list[Extent]]) -> list[str]:
    """The roles, with the one column that its head does not tell as the company or the product that is missing."""
    if "" not in roles or ("company" in roles and ("product" in roles or "use" in roles)):
        return roles
    column = roles.index("")
    cells = [text[row[column].start : row[column].end] for row in rows if column < len(row)]
    organisations = sum(map(is_organisation, cells)) * 2 > len(cells)
    missing = "product" if "company" in roles else "company"
    if organisations != (missing == "company"):
        return roles
    return [missing if n == column else role for n, role in enumerate(roles)]


def _table(start: int, rows: list[Row], text: str, head: list[Extent]) -> Table:
    return Table(start, rows[-1].end, tuple(rows), tuple(text[cell.start : cell.end] for cell in head))


def _stacked(text: str, lines: list[Extent], at: int) -> tuple[Table | None, int]:
    """A table with one cell per line: a run of column names, then the cells of each row in turn."""
    roles: list[str] = []
    head: list[Extent] = []
    for line in lines[at : at + 10]:
        role = head_role(text[line.start : line.end].strip())
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
        if [head_role(text[cell.start : cell.end].strip()) for cell in cells[:2]] == roles[:2] or not _alike(
            text, cells, roles
        ):
            break
        rows.append(make_row(Extent(cells[0].start, cells[-1].end), list(cells), roles))
        n += width
    return (_table(lines[at].start, rows, text, head), n - at) if rows else (None, 0)


def _alike(text: str, cells: list[Extent], roles: list[str]) -> bool:
    """Whether the number column holds something with digits (where there is one)."""
    for role, cell in zip(roles, cells, strict=True):
        if role == "number" and not any(char.isdigit() for char in text[cell.start : cell.end]):
            return False
    return True

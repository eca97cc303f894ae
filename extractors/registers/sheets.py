"""Workbooks: xlsx, and the older xls."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from extractors.registers.archive import Archive
from extractors.registers.document import MOST_COLUMNS, MOST_ROWS, Document, Grid, UnreadableList, tidy

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MOST_SHEETS = 50
_FILLED = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*(?<!/)>")
_SHEET = re.compile(r"xl/(?:worksheets|macrosheets)/[^/]+\.(?:xml|bin)")
_MOST_CELLS = 8_000_000


def read_xlsx(body: bytes, archive: Archive) -> Document:
    """The sheets of an xlsx. Raises UnreadableList."""
    for name in sorted(archive.names):
        content = archive.read(name)  # all of it, since the parser believes the sizes that the archive states
        if _SHEET.fullmatch(name):
            _refuse_sparse(content)
    return _workbook(body, archive.notes())


def read_xls(body: bytes) -> Document:
    """The sheets of a binary xls. Raises UnreadableList."""
    notes = ("the file carries macros; they were not run",) if "_VBA_PROJECT".encode("utf-16-le") in body else ()
    return _workbook(body, notes)


def _refuse_sparse(sheet: bytes) -> None:
    """The parser keeps a whole rectangle: two cells in far corners would be sixteen billion."""
    right, bottom = 0, 0
    for column, row in set(_FILLED.findall(sheet)):
        right, bottom = max(right, _index(column)), max(bottom, int(row))
    if right * bottom > _MOST_CELLS:
        raise UnreadableList(f"hostile: a sheet of {bottom} rows and {right} columns")


def _index(column: bytes) -> int:
    index = 0
    for letter in column:
        index = index * 26 + letter - 64
    return index


def _workbook(body: bytes, notes: tuple[str, ...]) -> Document:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(body)) as workbook:
            if len(workbook.sheet_names) > MOST_SHEETS:
                raise UnreadableList(f"hostile: more than {MOST_SHEETS} sheets")
            grids = [_grid(workbook.get_sheet_by_name(name), name) for name in _visible(workbook)]
    except PasswordError as error:
        raise UnreadableList("the workbook is encrypted: save a copy without a password") from error
    except (CalamineError, ZipError, ValueError, KeyError, OSError) as error:
        raise UnreadableList(f"the workbook is damaged ({error}): fetch it again") from error
    return Document(tuple(grid for grid in grids if grid.rows), notes)


def _visible(workbook: Any) -> list[str]:
    from python_calamine import SheetTypeEnum

    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _grid(sheet: CalamineSheet, name: str) -> Grid:
    if sheet.width > MOST_COLUMNS and sheet.height > 1_000:
        raise UnreadableList(f"hostile: sheet {name[:40]!r} has {sheet.width} columns")
    merged = _merged(sheet)
    rows: list[list[str]] = []
    for number, values in enumerate(sheet.iter_rows()):
        cells = [_text(value) for value in values[:MOST_COLUMNS]]
        if not any(cells):
            continue
        if len(rows) >= MOST_ROWS:
            raise UnreadableList(f"hostile: sheet {name[:40]!r} has more than {MOST_ROWS} rows with text")
        for column in merged.get(number, ()):
            cells[column] = cells[column] or (rows[-1][column] if rows else "")
        rows.append(cells)
    return Grid(tuple(map(tuple, rows)), f"sheet {tidy(name)[:40]}")


def _merged(sheet: CalamineSheet) -> dict[int, list[int]]:
    """For each row of the sheet (from 0), the columns (as iterated) that continue a merge from the row above."""
    left = sheet.start[1] if sheet.start else 0
    found: dict[int, list[int]] = {}
    total = 0
    for (first_row, first_column), (last_row, _) in sheet.merged_cell_ranges or ():
        total += last_row - first_row
        if total > MOST_ROWS:
            raise UnreadableList(f"hostile: a sheet with more than {MOST_ROWS} merged rows")
        if left <= first_column < left + min(sheet.width, MOST_COLUMNS):
            for row in range(first_row + 1, last_row + 1):
                found.setdefault(row, []).append(first_column - left)
    return found


def _text(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return f"{value.year}/{value.month}/{value.day}"
    return tidy(str(value)) if not isinstance(value, bool) else str(value)

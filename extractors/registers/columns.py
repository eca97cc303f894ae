"""Sections: the columns that a header opens, and the kind of what stands under it; told by the data if need be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from extractors.records import Kind
from extractors.registers.days import read_day
from extractors.registers.document import MOST_COLUMNS, Cells, squeezed, tidy
from extractors.registers.headers import (
    Column,
    Columns,
    is_cancellation,
    is_on_device,
    kind_of_caption,
    kind_of_header,
)
from extractors.registers.numbers import CENTRAL, looks_like_number
from extractors.understand.names import number_key
from extractors.understand.regions import regions

ON_DEVICE = "on_device"
_ROLE = re.compile(r"服务提供者|服务技术支持者|\w{2,6}类")
_LEGAL = re.compile(
    r".*(?:公司|集团|大学|学院|学校|医院|研究院|研究所|实验室|中心|委员会|银行|合作社|管理局|办公室|厅|局|厂|报社|出版社"
    r"|电视台|协会|学会|基金会|事务所|工作室|信用社|支行|分行|总台|图书馆|博物馆|联盟)(?:[（(][^（()）]*[)）])?"
)
_FIRM = re.compile(r"(?:有限(?:责任)?公司|股份公司|有限合伙[)）]?|集团公司)")
_SAMPLE = 40
_SURE = 0.8
"""Of the cells of a column: so many must be of one sort for the column to be that, whatever its header."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one header: its columns, and of what kind the rows are, as far as it is told.

    `certain`: the header itself says the kind; else it is a caption's or the list's, and a number knows better.
    """

    columns: Columns
    kind: Kind | None = None
    certain: bool = False
    scope: str | None = None
    cancelled: bool = False


def open_section(before: Section, columns: Columns, cells: Cells, said: Sequence[str]) -> Section:
    """The section that a header opens; `said` are the lines above it, the nearest last.

    A header that comes again, on the next page, opens nothing new.
    """
    told = kind_of_header(cells)
    if columns == before.columns and not any(map(kind_of_caption, said)) and told in (None, before.kind):
        return before
    spoken = next((kind for line in reversed(said) if (kind := kind_of_caption(line))), None)
    near = said[-1] if said else ""
    on_device = Column.PLACE in columns or is_on_device(near)
    cancelled = is_cancellation("".join(cells)) or any(map(is_cancellation, said)) or (before.cancelled and not said)
    kind = told or spoken or before.kind
    return Section(columns, kind, told is not None, ON_DEVICE if on_device else None, cancelled)


def is_legal_name(text: str) -> bool:
    """Whether a cell is the full name of an organisation."""
    return _LEGAL.fullmatch(squeezed(text)) is not None


def is_firm(text: str) -> bool:
    """Whether a cell is the full name of a commercial company, as no product is called."""
    return _FIRM.search(squeezed(text)) is not None


def province_of(text: str) -> str | None:
    """The province that a cell names (of 北京市: 北京), `国资委` for central enterprises; None for other words."""
    name = squeezed(text)
    if CENTRAL in name:
        return CENTRAL
    found = regions().of_text(name[:3]) if len(name) <= 10 else None
    return found if found and name.startswith(found) else None


def evidence(fields: dict[Column, str]) -> int:
    """How many fields of a row are whole beyond doubt: number, date, province, holder."""
    return (
        (number_key(fields.get(Column.NUMBER, "")) is not None)
        + (read_day(fields.get(Column.DATE, "")).day is not None)
        + (province_of(fields.get(Column.PROVINCE, "")) is not None)
        + (is_firm(fields.get(Column.COMPANY, "")) and Column.PRODUCT in fields)
    )


def is_whole(text: str) -> bool:
    """Whether a single cell is a number or a date rather than words."""
    return looks_like_number(text) or read_day(text).day is not None


def belongs_to_list(cell: str) -> bool:
    """Whether a cell can only be one of a list: a filing number, or a company; tables that lay out a page have none."""
    return looks_like_number(cell) or (is_firm(cell) and is_legal_name(cell))


def fitting(columns: Columns, cells: Cells) -> Columns | None:
    """The columns where a row of these cells may stand under them; trailing empty cells may be missing or more."""
    if not columns or len(cells) < len(columns) - 2 or any(cells[len(columns) :]):
        return None
    held = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}
    serial, number = held.get(Column.SERIAL, ""), held.get(Column.NUMBER, "")
    strays = [cell for column, cell in held.items() if column is not Column.NUMBER and number_key(cell)]
    if (strays and not looks_like_number(number)) or (serial and not re.search(r"\d", serial)):
        return None
    return columns


def guess_columns(rows: Sequence[Cells]) -> Columns | None:
    """The columns of a table without a header, told by what its cells are; None where they don't tell."""
    sample = _sample(rows)
    width = max(map(len, sample), default=0)
    if not sample or width > MOST_COLUMNS:
        return None
    held = [[row[n] for row in sample if n < len(row) and row[n]] for n in range(width)]
    columns: list[Column | None] = [None] * width
    for column, test in _TESTS:
        best = max((n for n in range(width) if columns[n] is None), key=lambda n: _share(held[n], test), default=None)
        if best is not None and _share(held[best], test) >= 0.5:
            columns[best] = column
    _name_the_rest(columns, held)
    return tuple(columns) if {Column.COMPANY, Column.NUMBER} <= set(columns) else None


_TESTS: tuple[tuple[Column, Callable[[str], bool]], ...] = (
    (Column.NUMBER, looks_like_number),
    (Column.DATE, lambda cell: read_day(cell).day is not None),
    (Column.PROVINCE, lambda cell: province_of(cell) is not None),
    (Column.SERIAL, lambda cell: cell.isdecimal() and len(cell) < 6),
    (Column.ROLE, lambda cell: _ROLE.fullmatch(cell) is not None),
    (Column.COMPANY, is_legal_name),
)


def completed(columns: Columns, rows: Sequence[Cells]) -> Columns:
    """The columns with those that the header leaves open and that what stands in them tells beyond doubt."""
    found = list(columns)
    sample = [row for row in _sample(rows) if len(row) == len(columns)]
    for column, test in _TESTS:
        for n in range(len(columns)):
            cells = [row[n] for row in sample if row[n]]
            if found[n] is None and column not in found and _share(cells, test) >= _SURE:
                found[n] = column
    return tuple(found)


def _sample(rows: Sequence[Cells]) -> list[Cells]:
    """The first rows with something in three cells, tidied."""
    return [tuple(map(tidy, row)) for row in islice((row for row in rows if sum(map(bool, row)) >= 3), _SAMPLE)]


def _share(cells: list[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def _name_the_rest(columns: list[Column | None], held: list[list[str]]) -> None:
    """What is left, in the order of the regulator's tables: product; use and purpose; after the number, remarks."""
    number = columns.index(Column.NUMBER) if Column.NUMBER in columns else len(columns)
    names = iter((Column.PRODUCT, Column.APP, Column.PURPOSE))
    for n, column in enumerate(columns):
        if column is None and held[n]:
            columns[n] = next(names, None) if n < number else Column.REMARK if Column.REMARK not in columns else None

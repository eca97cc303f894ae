"""From tables to entries: which cell is what, over headers inside the data, tables without one, and broken rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from extractors.records import Kind
from extractors.registers.columns import (
    Section,
    belongs_to_list,
    completed,
    evidence,
    fitting,
    guess_columns,
    is_whole,
    open_section,
)
from extractors.registers.document import Cells, Document, Grid, tidy
from extractors.registers.headers import Column, Columns, columns_of
from extractors.registers.heads import PlainRows
from extractors.understand.chars import plain
from extractors.understand.numbers import find_numbers

Fields = dict[Column, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an official table, its cells by column as printed; `place` says where it stands, for people.

    A cell may end in a blank or a line end: what would stand between it and the rest of it.
    """

    section: Section
    fields: Fields
    place: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: where it stands, what its cells say, and why."""

    place: str
    cells: Cells
    reason: str


@dataclass(slots=True)
class Layout:
    """What the tables of a document come to.

    `captions` are the lines between them, and rows of one cell; `unknown` header words whose columns were left out;
    `guessed` says from where on a table without a header was told by what is in it, `completed` which columns under a
    word that is not known were.
    """

    entries: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)


def lay_out(document: Document, title: str, kind: Kind | None) -> Layout:
    """The entries of all tables of `document`; `title` and `kind` are of the list, where its tables don't tell."""
    reader = _Reader(Section((), kind), title)
    for block in document.blocks:
        if isinstance(block, Grid):
            reader.grid(block)
        else:
            reader.caption(block, "a line of text")
    return reader.layout


_AHEAD = 100
"""Rows that are looked at to tell what a column holds."""
_NUMBER_PART = re.compile(r"网信算备\s*\d{2}")


class _Reader:
    """Goes through the document once; a section lasts from one header to the next, over any number of tables."""

    def __init__(self, section: Section, title: str) -> None:
        self.layout = Layout()
        self._section = section
        self._said = [title] if title else []
        self._plain = PlainRows()
        self._words: Cells = ()
        self._page: int | None = None
        self._broken = False

    def caption(self, text: str, place: str) -> None:
        """A line that is no row: what it says counts for the next header. One with a number in it may be a lost row."""
        if find_numbers(plain(text)) or _NUMBER_PART.search(text):
            self.layout.refused.append(Refused(place, (text,), "a filing number outside of any table"))
        self.layout.captions.append(text)
        self._said.append(text)

    def grid(self, grid: Grid) -> None:
        """The rows of one table. On a new page it may begin with the rest of the last row."""
        self._broken = grid.page is not None and (self._broken or grid.page > (self._page or grid.page))
        self._page = grid.page
        numbered = list(self._plain.of(grid.rows))
        grid = replace(grid, rows=tuple(row for _, row in numbered))
        for at, (number, cells) in enumerate(numbered):
            place = f"{grid.place}, row {number}" if grid.place else f"line {number}"
            self._row(cells, place, grid, at)

    def _row(self, printed: Cells, place: str, grid: Grid, at: int) -> None:
        cells = tuple(map(tidy, printed))
        columns = columns_of(cells)
        if columns:
            self._section = open_section(self._section, columns, cells, self._said)
            self._words = cells
            self._said = []
            return
        if self._words:
            self._complete(grid.rows[at : at + _AHEAD])
        if _is_caption(cells) and not (self._broken and self._may_go_on(cells)):
            self.caption(next(filter(None, cells)), place)
            return
        found = fitting(self._section.columns, cells) or self._guessed(grid.rows, at)
        if found is None and not any(map(belongs_to_list, cells)):
            self.caption(" ".join(filter(None, cells)), place)
            return
        if found is None:
            self.layout.refused.append(Refused(place, cells, "no header above it names its columns"))
            return
        if found != self._section.columns:
            self.layout.guessed.append(place)
            self._section = replace(self._section, columns=found)
        ends = "" if grid.page else "\n"
        self._entry(Entry(self._section, {c: f"{cell}{ends}" for c, cell in _fields(found, printed).items()}, place))

    def _may_go_on(self, cells: Cells) -> bool:
        """Whether a row of one cell may be the rest of a row on the page before: not where serials stand."""
        at = next(n for n, cell in enumerate(cells) if cell)
        return at < len(self._section.columns) and self._section.columns[at] is not Column.SERIAL

    def _guessed(self, rows: Sequence[Cells], at: int) -> Columns | None:
        """The columns of a table without a header; None where one is still to come."""
        if not self._section.columns and any(columns_of(tuple(map(tidy, row))) for row in rows[at : at + _AHEAD]):
            return None
        return guess_columns(rows)

    def _complete(self, rows: Sequence[Cells]) -> None:
        """Under a header just read: what its words leave open, its rows may tell."""
        named = self._section.columns
        columns = completed(named, rows)
        self._section = replace(self._section, columns=columns)
        for word, before, column in zip(self._words, named, columns, strict=True):
            if column and not before:
                self.layout.completed.append(f"{word!r} as {column.value}")
            elif word and not column:
                self.layout.unknown.append(word)
        self._words = ()

    def _entry(self, entry: Entry) -> None:
        last = self.layout.entries[-1] if self.layout.entries else None
        if last is not None and _belongs(last, entry, broken=self._broken):
            self.layout.entries[-1] = _joined(last, entry)
        else:
            self.layout.entries.append(entry)
        self._broken = False


def _fields(columns: tuple[Column | None, ...], cells: Cells) -> Fields:
    return {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}


def _is_caption(cells: Cells) -> bool:
    """Whether a row is one cell of words: a title, a note, or a sum."""
    filled = [cell for cell in cells if cell]
    if len(filled) != 1:
        return bool(re.match(r"合计|总计|小计|共计|注[：:]", filled[0]))
    return not (filled[0].isdecimal() or is_whole(filled[0]))


def _belongs(last: Entry, entry: Entry, *, broken: bool) -> bool:
    """Whether `entry` is the rest of `last`: one row in two pieces, at a page's end or in the middle.

    The rest has no serial of its own (or, set in the middle of its cell, the only one), and is no whole row.
    """
    if entry.section.columns != last.section.columns:
        return False
    serials = (Column.SERIAL in last.fields) + (Column.SERIAL in entry.fields)
    if serials == 2 or Column.SERIAL not in entry.section.columns:
        return broken and serials == 0 and evidence(entry.fields) == 0
    if Column.SERIAL in entry.fields:
        return broken and evidence(last.fields) < 2 and evidence(entry.fields) < 2
    return evidence(entry.fields) < (2 if broken else 1) or (broken and not evidence(last.fields))


def _joined(last: Entry, rest: Entry) -> Entry:
    texts = {column: last.fields.get(column, "") + rest.fields.get(column, "") for column in rest.fields}
    if Column.NUMBER in texts:
        texts[Column.NUMBER] = "".join(texts[Column.NUMBER].split())
    return replace(last, fields={**last.fields, **texts})

"""Tables without a format: csv, and tables pasted as text (by tab, bar or wide blanks, or one cell per line)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.read.charset import decode
from extractors.registers.document import MOST_ROWS, Cells, Document, Grid, UnreadableList, tidy
from extractors.registers.headers import column_of, columns_of

_SPLITS = (re.compile(r"\t"), re.compile(r"\s*[|｜]\s*"), re.compile(r"[ \u3000]{2,}|\u3000"))
_RULE = re.compile(r"(?=.{3})[\s|｜:：+=\-—–─┼]+")
_MOST_STACKED = 12
_FIRST = 20
"""Lines among which the header of a csv is."""


def read_text(body: bytes) -> Document:
    """The lines and tables of a text file; csv where its first rows are. Raises UnreadableList."""
    text = decode(body).text
    first = text[:20_000].split("\n")[:_FIRST]
    for delimiter in ",;，":
        if any(len(_split_csv(line, delimiter)) > 2 for line in first):
            grid = _csv_grid(text, delimiter)
            if any(columns_of(row) for row in grid.rows[:_FIRST]):
                return Document((grid,))
    return Document(tuple(find_grids(text.splitlines())))


def _split_csv(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _csv_grid(text: str, delimiter: str) -> Grid:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(tuple(map(tidy, row)))
            if len(rows) > MOST_ROWS:
                raise UnreadableList(f"hostile: more than {MOST_ROWS} lines")
    except csv.Error as error:
        raise UnreadableList(f"line {len(rows) + 1} can't be read as csv: {error}") from error
    return Grid(tuple(rows), "")


def find_grids(lines: Iterable[str]) -> Iterator[str | Grid]:
    """The lines, with those that make up a table as one.

    A line between two rows (a title, a note) ends a table; the rows after it are a table without a header of its own.
    """
    waiting = [line for line in lines if line.strip() and not _RULE.fullmatch(line)]
    if len(waiting) > MOST_ROWS * 10:
        raise UnreadableList(f"hostile: more than {MOST_ROWS * 10} lines")
    at, shape = 0, None
    while at < len(waiting):
        shape = _shape_of_header(waiting, at) or shape
        rows, used = shape.rows(waiting, at) if shape else ([], 0)
        yield Grid(tuple(rows), "table in the text") if rows else tidy(waiting[at])
        at += used or 1


def _shape_of_header(lines: list[str], at: int) -> _Delimited | _Stacked | None:
    """How the table is written whose header begins at line `at`; None where none does."""
    for split in _SPLITS:
        head = _cells(lines[at], split)
        if len(head) > 2 and columns_of(head):
            return _Delimited(split, len(head))
    width = _stacked_width(lines, at)
    return _Stacked(width) if width else None


@dataclass(frozen=True, slots=True)
class _Delimited:
    """One row per line, its cells apart by `split`."""

    split: re.Pattern[str]
    width: int

    def rows(self, lines: list[str], at: int) -> tuple[list[Cells], int]:
        """The rows from line `at` on, and how many lines they take."""
        end = at
        while end < len(lines) and len(_cells(lines[end], self.split)) >= max(2, self.width - 2):
            end += 1
        return [_cells(line, self.split) for line in lines[at:end]], end - at


@dataclass(frozen=True, slots=True)
class _Stacked:
    """One cell per line, `width` lines for each row; the first is the serial."""

    width: int

    def rows(self, lines: list[str], at: int) -> tuple[list[Cells], int]:
        """The rows from line `at` on, and how many lines they take."""
        rows = []
        end = at
        while end + self.width <= len(lines):
            row = tuple(map(tidy, lines[end : end + self.width]))
            if not row[0].isdecimal() and _stacked_width(lines, end) != self.width:
                break
            rows.append(row)
            end += self.width
        return rows, end - at


def _cells(line: str, split: re.Pattern[str]) -> Cells:
    """The cells of a line; a bar at its ends is no cell."""
    if split is _SPLITS[1]:
        line = line.strip().removeprefix("|").removesuffix("|")
    return tuple(map(tidy, split.split(line.rstrip("\n") if split is _SPLITS[0] else line.strip())))


def _stacked_width(lines: list[str], at: int) -> int:
    """How many lines from `at` are the names of columns, serial first; 0 where these are none."""
    if tidy(lines[at]) != "序号":
        return 0
    width = 1
    while width < _MOST_STACKED and at + width < len(lines) and column_of(lines[at + width]):
        width += 1
    return width if width > 2 and columns_of(tuple(map(tidy, lines[at : at + width]))) else 0

"""Tables without a format: csv, and tables pasted as text (by tab, bar or wide blanks, or one cell per line)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from extractors.read.charset import decode
from extractors.registers.document import MOST_ROWS, Document, Grid, UnreadableList, tidy
from extractors.registers.headers import column_of, columns_of

_SPLITS = (re.compile(r"\t"), re.compile(r"\s*[|｜]\s*"), re.compile(r"[ \u3000]{2,}|\u3000"))
_RULE = re.compile(r"(?=.{3})[\s|｜:：+=\-—–─┼]+")
_MOST_STACKED = 12


def read_text(body: bytes) -> Document:
    """The lines and tables of a text file; csv where its first rows are. Raises UnreadableList."""
    text = decode(body).text
    for delimiter in ",;，":
        if len(_split_csv(text[:20_000].split("\n")[0], delimiter)) > 2:
            grid = _csv_grid(text, delimiter)
            if any(columns_of(row) for row in grid.rows[:20]):
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
    """The lines, with those that make up a table as one."""
    waiting = [line for line in lines if line.strip() and not _RULE.fullmatch(line)]
    if len(waiting) > MOST_ROWS * 10:
        raise UnreadableList(f"hostile: more than {MOST_ROWS * 10} lines")
    at = 0
    while at < len(waiting):
        rows, used = _delimited(waiting, at)
        if not rows:
            rows, used = _stacked(waiting, at)
        yield Grid(tuple(rows), "table in the text") if rows else tidy(waiting[at])
        at += used


def _delimited(lines: list[str], at: int) -> tuple[list[tuple[str, ...]], int]:
    """A header that one delimiter takes apart, and the lines after it that it takes apart too."""
    for split in _SPLITS:
        head = _cells(lines[at], split)
        if len(head) < 3 or columns_of(head) is None:
            continue
        end = at + 1
        while end < len(lines) and len(_cells(lines[end], split)) >= max(2, len(head) - 2):
            end += 1
        return [_cells(line, split) for line in lines[at:end]], end - at
    return [], 1


def _cells(line: str, split: re.Pattern[str]) -> tuple[str, ...]:
    """The cells of a line; a bar at its ends is no cell."""
    if split is _SPLITS[1]:
        line = line.strip().removeprefix("|").removesuffix("|")
    return tuple(map(tidy, split.split(line.rstrip("\n") if split is _SPLITS[0] else line.strip())))


def _stacked(lines: list[str], at: int) -> tuple[list[tuple[str, ...]], int]:
    """One cell per line: the names of the columns, then the cells of each row in turn."""
    width = _stacked_width(lines, at)
    if not width:
        return [], 1
    rows = []
    end = at
    while end + width <= len(lines):
        row = tuple(map(tidy, lines[end : end + width]))
        if end > at and not row[0].isdecimal() and _stacked_width(lines, end) != width:
            break
        rows.append(row)
        end += width
    return rows, end - at


def _stacked_width(lines: list[str], at: int) -> int:
    """How many lines from `at` are the names of columns, serial first; 0 where these are none."""
    if tidy(lines[at]) != "序号":
        return 0
    width = 1
    while width < _MOST_STACKED and at + width < len(lines) and column_of(lines[at + width]):
        width += 1
    return width if width > 2 and columns_of(tuple(map(tidy, lines[at : at + width]))) else 0

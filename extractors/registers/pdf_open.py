"""Tables on a PDF page that have no lines between their columns: told apart by where their words stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from extractors.registers.days import read_day
from extractors.registers.document import Cells, tidy
from extractors.registers.headers import Column, Columns, columns_of, sureness
from extractors.registers.numbers import begins_number
from extractors.registers.pdf_text import Char, TextLine, block, cell_texts

_GAPS = (0.5, 0.2, 0.9)
"""Of a character's size: how wide the blanks between the words of a header may be, the likeliest first."""
_RUN_ON = 0.12
"""Of a character's size: a narrower gap is none."""
_APART = 1.2
"""Of a character's size: words of one cell are not so far apart."""
_FEWEST_LINES = 4
_TALLEST_HEADER = 3
_STEP = 0.5
"""Points: how finely the blank between two columns is looked for."""
_SERIAL = re.compile(r"[(（第]?\d{1,5}[.．、)）项号]?")
_ONE_LINE: tuple[tuple[Column, Callable[[str], bool]], ...] = (
    (Column.SERIAL, lambda text: _SERIAL.fullmatch(text) is not None),
    (Column.DATE, lambda text: read_day(text).day is not None),
    (Column.NUMBER, begins_number),
)
"""Columns with one line in each row that can be told, the best first."""


@dataclass(slots=True)
class PageText:
    """The lines of a page that are in no ruled table, and the heights of level rules between them."""

    page: int
    lines: list[TextLine]
    rules: list[float]


@dataclass(slots=True)
class OpenTable:
    """A table from its header on, over all the pages to the next one; `parts` are its lines on each page."""

    header: list[TextLine]
    cells: Cells
    columns: Columns
    parts: list[PageText] = field(default_factory=list)

    @property
    def known(self) -> int:
        """How well its header words are understood."""
        return sureness(self.cells)

    def goes_on(self, other: OpenTable) -> bool:
        """Whether `other` is this table on the next page, its header printed again at the same place."""
        return self.cells == other.cells and all(
            abs(mine.x0 - its.x0) < 2 for mine, its in zip(self.header, other.header, strict=True)
        )

    def edges(self) -> list[float]:
        """Where its columns begin: in the blank between the words of two of them that is widest."""
        heads = sorted(self.header, key=lambda head: head.x0)
        boxes = [(char.x0, char.x1) for part in self.parts for line in part.lines for char in line.chars]
        boxes += [(head.x0, head.x1) for head in heads]
        covered = _coverage(boxes)
        inner = [
            _widest_blank(covered, (left.x0 + left.x1) / 2, (right.x0 + right.x1) / 2)
            for left, right in pairwise(heads)
        ]
        return [0.0, *inner]


def find_header(lines: Sequence[TextLine], start: int) -> tuple[int, int, OpenTable] | None:
    """The first header at or after line `start`: its first line, the line after it, and the table it opens.

    Of the lines that make a header together, those that name most columns count: a title above is none of them.
    """
    for at in range(start, len(lines)):
        if _header_at(lines, at):
            near = [(first, found) for first in range(at, at + _TALLEST_HEADER) if (found := _header_at(lines, first))]
            first, (tall, table) = max(near, key=lambda one: one[1][1].known)
            return first, first + tall, table
    return None


def _header_at(lines: Sequence[TextLine], at: int) -> tuple[int, OpenTable] | None:
    """The header that begins with line `at`, and how many lines it has."""
    tallest = min(_TALLEST_HEADER, len(lines) - at)
    tried = [(tall, _header(lines[at : at + tall], gap)) for tall in range(1, tallest + 1) for gap in _GAPS]
    found = [(tall, table) for tall, table in tried if table]
    return max(found, key=lambda one: (one[1].known, one[0]), default=None)


def _header(lines: Sequence[TextLine], gap: float) -> OpenTable | None:
    """The header that these lines make together, its words apart by `gap` character sizes."""
    heads = _merged(lines, gap)
    cells = tuple(head.text.strip() for head in heads)
    columns = columns_of(cells)
    return OpenTable(heads, cells, columns) if columns and len(columns) > 2 else None


def _merged(lines: Sequence[TextLine], gap: float) -> list[TextLine]:
    """The words of a header of several lines: those above each other are one."""
    heads: list[list[TextLine]] = []
    for piece in (piece for line in lines for piece in line.segments(gap)):
        over = [head for head in heads if any(part.x0 < piece.x1 and piece.x0 < part.x1 for part in head)]
        if over:
            over[0].append(piece)
        else:
            heads.append([piece])
    joined = [TextLine(tuple(char for piece in head for char in piece.chars)) for head in heads]
    return sorted(joined, key=lambda head: head.x0)


def _coverage(boxes: Sequence[tuple[float, float]]) -> list[int]:
    """How many characters stand over each step of the page's width."""
    steps = int(max((right for _, right in boxes), default=0) / _STEP) + 2
    change = [0] * (steps + 1)
    for left, right in boxes:
        change[max(0, int(left / _STEP))] += 1
        change[min(steps, int(right / _STEP) + 1)] -= 1
    total, covered = 0, []
    for step in change:
        total += step
        covered.append(total)
    return covered


def _widest_blank(covered: list[int], left: float, right: float) -> float:
    first, last = int(left / _STEP), int(right / _STEP)
    least = min(covered[first : last + 1], default=0)
    best, length, run = first, 0, 0
    for step in range(first, last + 1):
        run = run + 1 if covered[step] == least else 0
        if run > length:
            best, length = step - run // 2, run
    return best * _STEP


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one line says in one column."""

    column: int
    line: TextLine


@dataclass(frozen=True, slots=True)
class OpenPage:
    """What one page has of a table: rows, the first perhaps the rest of the last one before; and titles and notes."""

    page: int
    top: float
    rows: list[Cells]
    titles: list[TextLine]


def open_pages(table: OpenTable) -> list[OpenPage]:
    """The rows of a table, page by page."""
    edges = table.edges()
    titles = [[line for line in part.lines if _is_title(line, edges, table.columns)] for part in table.parts]
    pages = [
        (part, _pieces([line for line in part.lines if line not in apart], edges))
        for part, apart in zip(table.parts, titles, strict=True)
    ]
    widths = _widths([piece for _, pieces in pages for piece in pieces], len(edges))
    anchors = _anchors(table.columns, [pieces for _, pieces in pages])
    gaps = _Gaps([_bands(pieces) for _, pieces in pages], anchors)
    return [
        OpenPage(part.page, part.lines[0].top, _rows(part, pieces, widths, heights, gaps), apart)
        for (part, pieces), heights, apart in zip(pages, anchors, titles, strict=True)
        if part.lines
    ]


def unnamed_columns(table: OpenTable) -> list[str]:
    """The header words under which two columns seem to stand: one of them has no name, and was not told apart."""
    edges = table.edges()
    pieces = [piece for part in table.parts for piece in _pieces(part.lines, edges)]
    found = []
    for number, word in enumerate(table.cells):
        lines = [piece.line for piece in pieces if piece.column == number]
        apart = sum(len(line.segments(_APART)) > 1 for line in lines)
        if len(lines) >= _FEWEST_LINES and apart * 2 > len(lines):
            found.append(word)
    return found


def _is_title(line: TextLine, edges: list[float], columns: Columns) -> bool:
    """Whether a line is none of the table: it runs through its columns, and no row begins with it."""
    return _runs_through(line, edges) and not any(_anchors(columns, [_pieces([line], edges)]))


def _runs_through(line: TextLine, edges: list[float]) -> bool:
    """Whether the words of a line go on from one column into the next, as those of a title do."""
    chars = [char for char in line.chars if not char.text.isspace()]
    return any(
        before.across < edge <= char.across and char.x0 - before.right < _RUN_ON * char.size
        for before, char in pairwise(chars)
        for edge in edges
    )


def _pieces(lines: Sequence[TextLine], edges: list[float]) -> list[_Piece]:
    found = []
    for line in lines:
        by_column: dict[int, list[TextLine]] = {}
        for char in line.chars:
            column = max(n for n, edge in enumerate(edges) if n == 0 or char.across >= edge)
            by_column.setdefault(column, []).append(TextLine((char,)))
        for column, chars in by_column.items():
            piece = TextLine(tuple(char for one in chars for char in one.chars))
            if piece.text.strip():
                found.append(_Piece(column, piece))
    return found


def _widths(pieces: list[_Piece], columns: int) -> list[float]:
    """How wide the lines of each column may be: as wide as its widest."""
    widths = [0.0] * columns
    for piece in pieces:
        widths[piece.column] = max(widths[piece.column], piece.line.x1 - piece.line.x0)
    return widths


def _anchors(columns: Columns, pages: Sequence[list[_Piece]]) -> list[list[float]]:
    """By page, the heights of what each row has on one line: its serial, else its day, else where its number begins."""
    for column, test in _ONE_LINE:
        at = columns.index(column) if column in columns else None
        found = [[piece.line for piece in pieces if piece.column == at] for pieces in pages]
        heights = [[(line.top + line.bottom) / 2 for line in lines if test(tidy(line.text))] for lines in found]
        if any(heights):
            return heights
    return [[] for _ in pages]


def _bands(pieces: list[_Piece]) -> list[tuple[float, float]]:
    """The heights that have text, from top to bottom, apart by blanks."""
    bands: list[list[float]] = []
    for top, bottom in sorted((piece.line.top, piece.line.bottom) for piece in pieces):
        if bands and top <= bands[-1][1] + 0.05:
            bands[-1][1] = max(bands[-1][1], bottom)
        else:
            bands.append([top, bottom])
    return [(top, bottom) for top, bottom in bands]


class _Gaps:
    """How wide the blanks between rows are, and those inside them, over the whole table."""

    def __init__(self, bands: list[list[tuple[float, float]]], anchors: list[list[float]]) -> None:
        between, inside = [], []
        for page_bands, page_anchors in zip(bands, anchors, strict=True):
            for above, below in pairwise(page_anchors):
                gaps = sorted(low - high for high, low in _blanks(page_bands, above, below))
                between += gaps[-1:]
                inside += gaps[:-1]
        self.row = median(between) if between else 0.0
        self.line = median(inside) if inside else 0.0
        self.told_apart = bool(between) and (not inside or self.row > self.line + 0.4)
        """Whether rows stand further apart than the lines of one row."""
        self.least = (self.row + self.line) / 2 if inside else self.row * 0.7


def _blanks(bands: list[tuple[float, float]], above: float, below: float) -> list[tuple[float, float]]:
    """The blanks between two heights, as (upper edge, lower edge)."""
    found = []
    for (_, high), (low, _) in pairwise(bands):
        if above < (high + low) / 2 < below:
            found.append((high, low))
    return found


def _rows(part: PageText, pieces: list[_Piece], widths: list[float], anchors: list[float], gaps: _Gaps) -> list[Cells]:
    bands = _bands(pieces)
    cuts = _cuts(part.rules, bands, anchors, gaps)
    groups: dict[int, list[_Piece]] = {}
    for piece in pieces:
        middle = (piece.line.top + piece.line.bottom) / 2
        groups.setdefault(sum(cut <= middle for cut in cuts), []).append(piece)
    return _cells([groups[number] for number in sorted(groups)], widths)


def _cuts(rules: list[float], bands: list[tuple[float, float]], anchors: list[float], gaps: _Gaps) -> list[float]:
    """The heights at which one row ends and the next begins."""
    if not bands:
        return []
    top, bottom = bands[0][0] - 1, bands[-1][1] + 1
    inner = [rule for rule in rules if top < rule < bottom]
    if len(inner) >= max(2, len(anchors) - 1):
        below = max(inner[-1], anchors[-1] if anchors else inner[-1])
        return [*inner, *_after(bands, below, bottom, gaps)]
    if not anchors:
        return [(high + low) / 2 for high, low in _blanks(bands, top, bottom) if low - high >= gaps.least > 0]
    cuts = [_cut(_blanks(bands, above, below), above, below) for above, below in pairwise(anchors)]
    return [*_before(bands, top, anchors[0], gaps), *cuts, *_after(bands, anchors[-1], bottom, gaps)]


def _cut(blanks: list[tuple[float, float]], above: float, below: float) -> float:
    """The widest blank; where several are as wide, the last: the serial is in the first line of its row."""
    if not blanks:
        return (above + below) / 2
    widest = max(low - high for high, low in blanks)
    high, low = [blank for blank in blanks if blank[1] - blank[0] > widest - 0.4][-1]
    return (high + low) / 2


def _before(bands: list[tuple[float, float]], top: float, anchor: float, gaps: _Gaps) -> list[float]:
    """Where the rest of a row from the page before ends; its own first row may reach above its serial, too."""
    blanks = _blanks(bands, top, anchor)
    if not gaps.told_apart:
        return [(high + low) / 2 for high, low in blanks[-1:]]
    return [(high + low) / 2 for high, low in blanks if low - high >= gaps.least][-1:]


def _after(bands: list[tuple[float, float]], anchor: float, bottom: float, gaps: _Gaps) -> list[float]:
    """Where the last row ends; below may stand a title or a note."""
    if not gaps.told_apart:
        return []
    return [(high + low) / 2 for high, low in _blanks(bands, anchor, bottom) if low - high >= gaps.least]


def _cells(rows: list[list[_Piece]], widths: list[float]) -> list[Cells]:
    held: dict[tuple[int, int], list[Char]] = {}
    for row, pieces in enumerate(rows):
        for piece in pieces:
            held.setdefault((row, piece.column), []).extend(piece.line.chars)
    texts = cell_texts({key: block(chars, widths[key[1]]) for key, chars in held.items()})
    return [tuple(texts.get((row, column), "") for column in range(len(widths))) for row in range(len(rows))]

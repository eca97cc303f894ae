"""Tables whose cells are drawn with lines on a PDF page."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from extractors.registers.document import Cells
from extractors.registers.pdf_text import Char, block, cell_texts

_FEWEST_COLUMNS = 3
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points."""


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table: its box, and its cells by row."""

    box: Box
    rows: tuple[Cells, ...]


def ruled_tables(page: Any, chars: Sequence[Char]) -> list[RuledTable]:
    """The ruled tables of a pdfplumber page, from top to bottom; boxes of fewer than three columns are none."""
    found = []
    for table in page.find_tables(_settings(page)):
        for cells in _parts(table.cells, table.bbox):
            lattice = _Lattice(cells)
            if lattice.width >= _FEWEST_COLUMNS:
                found.append(RuledTable(lattice.box, lattice.rows(chars)))
    return sorted(found, key=lambda table: table.box[1])


def _parts(cells: Iterable[Box], whole: Box) -> list[list[Box]]:
    """Tables that closed sides made one: taken apart where a cell as wide as all of it holds a title, or nothing."""
    bars = sorted(cell[1] for cell in cells if cell[2] - cell[0] > whole[2] - whole[0] - 1)
    parts: list[list[Box]] = [[] for _ in range(len(bars) + 1)]
    for cell in cells:
        if cell[1] not in bars:
            parts[bisect_right(bars, cell[1])].append(cell)
    return [part for part in parts if part]


def _settings(page: Any) -> dict[str, Any]:
    """Close what is open: a table cut off by the page has no last line, and some have none at their sides."""
    upright = [edge for edge in page.edges if edge["orientation"] == "v"]
    level = [edge for edge in page.edges if edge["orientation"] == "h"]
    settings: dict[str, Any] = {"vertical_strategy": "lines", "horizontal_strategy": "lines"}
    if upright and level:
        ends = [min(edge["top"] for edge in upright), max(edge["bottom"] for edge in upright)]
        sides = [min(edge["x0"] for edge in level), max(edge["x1"] for edge in level)]
        settings |= {"explicit_horizontal_lines": ends, "explicit_vertical_lines": sides}
    return settings


class _Lattice:
    """The cells of one table on a grid of all their edges; one that spans several places owns them all."""

    def __init__(self, cells: Iterable[Box]) -> None:
        self._cells = list(cells)
        self._lefts = sorted({cell[0] for cell in self._cells})
        self._tops = sorted({cell[1] for cell in self._cells})
        self._owner: dict[tuple[int, int], Box] = {}
        for cell in self._cells:
            for row in self._covered(self._tops, cell[1], cell[3]):
                for column in self._covered(self._lefts, cell[0], cell[2]):
                    self._owner[row, column] = cell

    @property
    def box(self) -> Box:
        """What all cells cover."""
        lefts, tops, rights, bottoms = zip(*self._cells, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._lefts)

    @staticmethod
    def _covered(starts: list[float], begin: float, end: float) -> range:
        return range(bisect_right(starts, begin + 0.01) - 1, bisect_right(starts, end - 0.5))

    def rows(self, chars: Iterable[Char]) -> tuple[Cells, ...]:
        """The texts by row and column; a cell that reaches down says the same in each row, sideways only once."""
        held: dict[Box, list[Char]] = defaultdict(list)
        for char in chars:
            row = bisect_right(self._tops, char.middle) - 1
            column = bisect_right(self._lefts, char.across) - 1
            cell = self._owner.get((row, column))
            if cell and cell[1] <= char.middle <= cell[3] and char.across <= cell[2]:
                held[cell].append(char)
        padding = self._padding(held)
        texts = cell_texts(
            {cell: block(inside, cell[2] - cell[0] - 2 * padding[cell[0]]) for cell, inside in held.items()}
        )
        return tuple(self._row(row, texts) for row in range(len(self._tops)))

    @staticmethod
    def _padding(held: dict[Box, list[Char]]) -> dict[float, float]:
        """By the left edge of a column, the least distance of its text from there."""
        least: dict[float, float] = {}
        for cell, inside in held.items():
            distance = max(0.0, min(char.x0 for char in inside) - cell[0])
            least[cell[0]] = min(distance, least.get(cell[0], distance))
        return least

    def _row(self, row: int, texts: dict[Box, str]) -> Cells:
        owners = [self._owner.get((row, column)) for column in range(len(self._lefts))]
        return tuple(
            texts.get(owner, "") if owner and owner not in owners[:column] else ""
            for column, owner in enumerate(owners)
        )

"""Tables on web pages, and in files that call themselves xls and are web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from extractors.read.charset import decode
from extractors.read.guard import refuse_hostile
from extractors.read.text import clean, node_text
from extractors.registers.document import MOST_COLUMNS, MOST_ROWS, Document, Grid, UnreadableList, tidy

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_ENDS = re.compile("</?table", re.I)
_SKIP = frozenset(("script", "style", "noscript", "template", "head", "svg", "iframe", "object", "-comment"))
_LINES = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "caption"))


def read_html(body: bytes) -> Document:
    """The lines and tables of a page, in order. Raises UnreadablePage for one built to exhaust the parser."""
    from selectolax.lexbor import LexborHTMLParser

    html = clean(decode(body).text)
    refuse_hostile(html)
    root = LexborHTMLParser(html).body
    ends = [match[0].lower() for match in _ENDS.finditer(html)]
    doubts = ("the page ends inside a table: it may have been cut off",) if ends[-1:] == ["<table"] else ()
    return Document(tuple(_Reader().blocks(root)) if root is not None else (), doubts=doubts)


class _Reader:
    """Walks the page once, without recursion: depth is the page's."""

    def __init__(self) -> None:
        self._tables = 0
        self._rows = 0

    def blocks(self, root: LexborNode) -> Iterator[str | Grid]:
        line: list[str] = []
        stack: list[LexborNode | None] = [root]
        while stack:
            node = stack.pop()
            tag = node.tag if node is not None else "br"
            if tag in _LINES or tag == "table":
                yield from _line(line)
            if node is None or tag in _SKIP:
                continue
            if tag == "-text":
                line.append(node.text_content or "")
            elif tag == "table":
                yield from self._table(node)
                stack.extend(reversed(_nested(node)))
            else:
                ends: list[LexborNode | None] = [None] if tag in _LINES else []
                stack.extend([*ends, *reversed(list(node.iter(include_text=True)))])
        yield from _line(line)

    def _table(self, table: LexborNode) -> Iterator[Grid]:
        self._tables += 1
        below: dict[int, tuple[int, str]] = {}
        rows = [self._row(row, below) for row in _rows(table)]
        if rows:
            yield Grid(tuple(rows), f"table {self._tables}")

    def _row(self, row: LexborNode, below: dict[int, tuple[int, str]]) -> tuple[str, ...]:
        """The cells by column; `below` holds, by column, how many rows more a cell reaches down, and its text."""
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise UnreadableList(f"hostile: more than {MOST_ROWS} table rows")
        cells: list[str] = []
        for cell in row.iter():
            if cell.tag not in ("td", "th"):
                continue
            _reach_down(cells, below)
            text, span, depth = _cell_text(cell), _span(cell, "colspan"), _span(cell, "rowspan")
            for n in range(span):
                if depth > 1:
                    below[len(cells)] = (depth - 1, "" if n else text)
                cells.append("" if n else text)
            if len(cells) > MOST_COLUMNS:
                raise UnreadableList(f"hostile: a table row of more than {MOST_COLUMNS} columns")
        _reach_down(cells, below)
        return tuple(cells)


def _reach_down(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    while held := below.pop(len(cells), None):
        rest, text = held
        if rest > 1:
            below[len(cells)] = (rest - 1, text)
        cells.append(text)


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    for child in table.iter():
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child.iter() if row.tag == "tr")


def _nested(table: LexborNode) -> list[LexborNode]:
    """The tables in its cells, outermost only."""
    found: list[LexborNode] = []
    stack = [cell for row in _rows(table) for cell in row.iter()]
    stack.reverse()
    while stack:
        node = stack.pop()
        if node.tag == "table":
            found.append(node)
        else:
            stack.extend(reversed(list(node.iter())))
    return found


def _cell_text(cell: LexborNode) -> str:
    return tidy(node_text(cell)) if cell.css_first("table") is None else ""


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(max(1, int(value)), MOST_ROWS) if value.isdecimal() and len(value) < 7 else 1


def _line(parts: list[str]) -> Iterator[str]:
    text = tidy(" ".join("".join(parts).split()))
    parts.clear()
    if text:
        yield text

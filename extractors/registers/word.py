"""Word documents (docx): paragraphs and tables, nested and merged ones too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from extractors.registers.archive import Archive
from extractors.registers.document import MOST_COLUMNS, MOST_ROWS, Document, Grid, UnreadableList, tidy

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MAIN = re.compile(
    rb"<Relationship\b(?=[^>]*\bType\s*=\s*[\"'][^\"']*/officeDocument[\"'])[^>]*\bTarget\s*=\s*[\"']/?([^\"']+)[\"']"
)
_WRAPPERS = frozenset(
    f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "hyperlink", "fldSimple")
)
_UNSEEN = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", f"{_W}pPr", f"{_W}rPr", f"{_W}tbl"})


def read_docx(archive: Archive) -> Document:
    """The paragraphs and tables of a docx, in order. Raises UnreadableList."""
    from docx.oxml.parser import parse_xml
    from lxml.etree import XMLSyntaxError  # type: ignore[import-untyped]

    main = _MAIN.search(archive.read("_rels/.rels")) if "_rels/.rels" in archive.names else None
    name = main[1].decode("utf-8", "replace") if main else "word/document.xml"
    try:
        root = parse_xml(archive.read(name))
    except XMLSyntaxError as error:
        raise UnreadableList(f"the document is damaged ({name[:80]!r} is no XML): fetch it again") from error
    body = root.find(f"{_W}body")
    if body is None:
        raise UnreadableList("the document has no body: open it in an office program and save it again")
    return Document(tuple(_Reader().blocks(body)), archive.notes())


class _Reader:
    """Walks the body once; counts tables for their places, and rows against the limit."""

    def __init__(self) -> None:
        self._tables = 0
        self._rows = 0
        self._counters: dict[str, int] = {}

    def blocks(self, parent: Any) -> Iterator[str | Grid]:
        for child in parent:
            if child.tag == f"{_W}p":
                text = self._paragraph(child)
                if text.strip():
                    yield tidy(text)
                for inner in child.iter(f"{_W}txbxContent"):
                    if not any(parent.tag == f"{_MC}Fallback" for parent in inner.iterancestors()):
                        yield from self.blocks(inner)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)
            elif child.tag in _WRAPPERS:
                yield from self.blocks(child)

    def _table(self, table: Any) -> Iterator[Grid]:
        """The table, then those nested in its cells."""
        self._tables += 1
        place = f"table {self._tables}"
        above: dict[int, str] = {}
        rows = [self._row(row, above) for row in _members(table, "tr")]
        yield Grid(tuple(rows), place)
        for inner in table.iterdescendants(f"{_W}tbl"):
            if next(inner.iterancestors(f"{_W}tbl")) is table:
                yield from self._table(inner)

    def _row(self, row: Any, above: dict[int, str]) -> tuple[str, ...]:
        """The cells by grid column; one that continues a vertical merge says what the one above says."""
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise UnreadableList(f"hostile: more than {MOST_ROWS} table rows")
        cells: list[str] = [""] * min(_number(row, "trPr", "gridBefore"), MOST_COLUMNS)
        for cell in _members(row, "tc"):
            at, span = len(cells), max(1, _number(cell, "tcPr", "gridSpan"))
            if at + span > MOST_COLUMNS:
                raise UnreadableList(f"hostile: a table row of more than {MOST_COLUMNS} columns")
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            continues = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            text = above.get(at, "") if continues else self._cell(cell)
            above[at] = text
            cells += [text, *[""] * (span - 1)]
        return tuple(cells)

    def _cell(self, cell: Any) -> str:
        return tidy("\n".join(self._paragraph(paragraph) for paragraph in _members(cell, "p")))

    def _paragraph(self, paragraph: Any) -> str:
        """Its text; a number that Word would print by itself, where that is all there is to it."""
        text = "".join(_runs(paragraph))
        number = paragraph.find(f"{_W}pPr/{_W}numPr/{_W}numId")
        if number is not None and (list_id := number.get(f"{_W}val", "0")) != "0":
            self._counters[list_id] = self._counters.get(list_id, 0) + 1
            return text if text.strip() else str(self._counters[list_id])
        return text


def _members(parent: Any, name: str) -> Iterator[Any]:
    """Children of that name, also those inside content controls and tracked insertions."""
    for child in parent:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in _WRAPPERS:
            yield from _members(child, name)


def _runs(parent: Any) -> Iterator[str]:
    for child in parent:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag == f"{_W}tab":
            yield "\t"
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif child.tag in (f"{_W}noBreakHyphen", f"{_W}softHyphen"):
            yield "-" if child.tag == f"{_W}noBreakHyphen" else ""
        elif child.tag not in _UNSEEN and child.tag != f"{_W}txbxContent":
            yield from _runs(child)


def _number(parent: Any, properties: str, name: str) -> int:
    found = parent.find(f"{_W}{properties}/{_W}{name}")
    value = found.get(f"{_W}val", "0") if found is not None else "0"
    return int(value) if value.isdecimal() and len(value) < 6 else 0

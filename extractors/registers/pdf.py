"""PDF: ruled tables where lines are drawn, else tables told apart by where their words stand."""

from __future__ import annotations

import io
import re
from typing import Any

from extractors.registers.document import Document, Grid, UnreadableList, tidy
from extractors.registers.pdf_open import OpenTable, PageText, find_header, open_rows
from extractors.registers.pdf_ruled import RuledTable, ruled_tables
from extractors.registers.pdf_text import Char, TextLine, chars_of, lines_of

MOST_PAGES = 600
MOST_OBJECTS = 60_000
"""On one page; a full page of a ruled list has some 2,000 characters and 500 lines."""
_FOLIO = re.compile(r"[-—–－_\s]*\d{1,4}[-—–－_\s]*|第\s*\d+\s*页.*|\d+\s*/\s*\d+|page \d+.*", re.I)


def read_pdf(body: bytes) -> Document:
    """The lines and tables of a PDF, page by page. Raises UnreadableList."""
    _refuse_hostile(body)
    import pdfplumber

    reader = _Reader()
    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf:
            for number, page in enumerate(pdf.pages, 1):
                reader.page(number, page)
                page.close()
    except Exception as error:  # the parser lets through whatever a damaged file provokes
        raise UnreadableList(f"the PDF is damaged ({_reason(error)}): fetch it again") from error
    return reader.document()


def _refuse_hostile(body: bytes) -> None:
    """Look through the file in a parser written in C first: its pages, and how much is on each."""
    import pypdfium2  # type: ignore[import-untyped]
    from pypdfium2 import raw

    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise UnreadableList("the PDF is encrypted: save a copy without a password") from error
        raise UnreadableList("the PDF is damaged or was cut off: fetch it again") from error
    try:
        if len(pdf) > MOST_PAGES:
            raise UnreadableList(f"hostile: {len(pdf)} pages, more than {MOST_PAGES}")
        for number in range(len(pdf)):
            _refuse_crowded(pdf, number, raw)
    except pypdfium2.PdfiumError as error:
        raise UnreadableList(f"the PDF is damaged ({error}): fetch it again") from error
    finally:
        pdf.close()


def _refuse_crowded(pdf: Any, number: int, raw: Any) -> None:
    page = pdf[number]
    try:
        if raw.FPDFPage_CountObjects(page.raw) > MOST_OBJECTS:
            raise UnreadableList(f"hostile: more than {MOST_OBJECTS} objects on page {number + 1}")
    finally:
        page.close()


def _reason(error: Exception) -> str:
    return str(error) or type(error.args[0] if error.args else error).__name__


class _Reader:
    """Collects the pages; tables without lines are read when all of them are known, since only one has the header."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, float, str | Grid]] = []
        self._open: list[OpenTable] = []
        self._empty: list[int] = []
        self._pages = 0

    def page(self, number: int, page: Any) -> None:
        """Take in one page."""
        self._pages = number
        chars = chars_of(page)
        if not chars and page.images:
            self._empty.append(number)
        tables = ruled_tables(page, chars) if page.edges else []
        for table in tables:
            self._blocks.append((number, table.box[1], Grid(table.rows, f"page {number}", number)))
        lines = lines_of(char for char in chars if not any(_inside(char, table) for table in tables))
        rest = _without_folio(lines, page.height)
        if tables:
            self._text(number, rest)
        else:
            self._read_open(number, rest, _rules(page))

    def _text(self, number: int, lines: list[TextLine]) -> None:
        self._blocks += [(number, line.top, tidy(line.text)) for line in lines]

    def _read_open(self, number: int, lines: list[TextLine], rules: list[float]) -> None:
        """Give the lines to the table that is open, and to those that begin here; before the first they are text."""
        at = 0
        while True:
            header = find_header(lines, at)
            end = header[0] if header else len(lines)
            if self._open:
                self._text(number, self._open[-1].take(PageText(number, lines[at:end], rules)))
            else:
                self._text(number, lines[at:end])
            if header is None:
                return
            at, table = header[1], header[2]
            self._blocks.append((number, table.header[0].top, Grid((table.cells,), f"page {number}", number)))
            self._open.append(table)

    def document(self) -> Document:
        """All that was read. Raises UnreadableList for pages without text."""
        for table in self._open:
            for number, rows in open_rows(table):
                part = next(part for part in table.parts if part.page == number)
                if rows:
                    self._blocks.append((number, part.lines[0].top, Grid(tuple(rows), f"page {number}", number)))
        if self._empty and len(self._empty) == self._pages:
            raise UnreadableList("the PDF holds pictures of pages, no text: ask for the document itself, or retype it")
        notes = (f"pages without text, only pictures: {self._empty}",) if self._empty else ()
        self._blocks.sort(key=lambda block: block[:2])
        return Document(tuple(block for _, _, block in self._blocks), notes)


def _inside(char: Char, table: RuledTable) -> bool:
    left, top, right, bottom = table.box
    return left <= (char.x0 + char.x1) / 2 <= right and top <= char.middle <= bottom


def _rules(page: Any) -> list[float]:
    """The heights of level lines that cross most of what is drawn; one of several pieces counts as one."""
    spans: dict[int, list[tuple[float, float]]] = {}
    for edge in page.edges:
        if edge["orientation"] == "h":
            spans.setdefault(round(edge["top"]), []).append((edge["x0"], edge["x1"]))
    lengths = {top: sum(right - left for left, right in pieces) for top, pieces in spans.items()}
    longest = max(lengths.values(), default=0.0)
    return [float(top) for top, length in sorted(lengths.items()) if length > longest * 0.8]


def _without_folio(lines: list[TextLine], height: float) -> list[TextLine]:
    """Without the page's number: a line of its own in the outer tenth of the page, not under the serial numbers."""
    left = min((line.x0 for line in lines), default=0.0)

    def is_folio(line: TextLine) -> bool:
        outer = line.bottom < height * 0.08 or line.top > height * 0.92
        text = line.text.strip()
        return outer and bool(_FOLIO.fullmatch(text)) and (line.x0 - left > 40 or not text.isdecimal())

    return [line for line in lines if not is_folio(line)]

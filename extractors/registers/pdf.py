"""PDF: ruled tables where lines are drawn, else tables told apart by where their words stand."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from extractors.registers.document import Document, Grid, UnreadableList, tidy
from extractors.registers.pdf_open import OpenTable, PageText, find_header, open_pages, unnamed_columns
from extractors.registers.pdf_ruled import RuledTable, ruled_tables
from extractors.registers.pdf_second import read_again
from extractors.registers.pdf_text import Char, TextLine, chars_of, lines_of

MOST_PAGES = 600
MOST_OBJECTS = 60_000
"""On one page; a full page of a ruled list has some 2,000 characters and 500 lines."""
LARGEST_UNPACKED = 200_000_000
_CHUNK = 1 << 20
_STREAM = re.compile(rb"stream\r?\n")
_DEEPEST = 2
_TAIL = 4096
_FEWEST_CELLS = 3
_FOLIO = re.compile(r"[-—–－_]\s*\d{1,4}\s*[-—–－_]|第\s*\d+\s*页.*|page \d+.*", re.I)


def read_pdf(body: bytes) -> Document:
    """The lines and tables of a PDF, page by page. Raises UnreadableList."""
    _refuse_hostile(body)
    import pdfplumber
    import pypdfium2  # type: ignore[import-untyped]

    reader = _Reader()
    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf, closing(pypdfium2.PdfDocument(body)) as other:
            for number, page in enumerate(pdf.pages, 1):
                reader.page(number, page, other[number - 1])
                page.close()
    except Exception as error:  # the parser lets through whatever a damaged file provokes
        raise UnreadableList(f"the PDF is damaged ({_reason(error)}): fetch it again") from error
    return reader.document()


def _refuse_hostile(body: bytes) -> None:
    """Look through the file in a parser written in C first: its pages, and how much is on each."""
    if b"%%EOF" not in body[-_TAIL:]:
        raise UnreadableList("the PDF was cut off: fetch it again")
    _refuse_bombs(body)
    import pypdfium2
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


def _refuse_bombs(body: bytes) -> None:
    """Unpack every stream, bounded: a parser in C ends its process where memory ends."""
    unpacked = 0
    for begin in _STREAM.finditer(body):
        end = body.find(b"endstream", begin.end())
        for size in _unpacked(body[begin.end() : end]):
            unpacked += size
            if unpacked > LARGEST_UNPACKED:
                raise UnreadableList(f"hostile: the PDF unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB")


def _unpacked(stream: bytes) -> Iterator[int]:
    """The sizes of the pieces that a stream unpacks to; none where it is packed in another way."""
    unpacker = zlib.decompressobj()
    try:
        while stream and not unpacker.eof:
            yield len(unpacker.decompress(stream, _CHUNK))
            stream = unpacker.unconsumed_tail
    except zlib.error:
        return


def _refuse_crowded(pdf: Any, number: int, raw: Any) -> None:
    page = pdf[number]
    try:
        found = range(raw.FPDFPage_CountObjects(page.raw))
        if len(found) > MOST_OBJECTS:
            raise UnreadableList(f"hostile: more than {MOST_OBJECTS} objects on page {number + 1}")
        held = sum(_held(raw.FPDFPage_GetObject(page.raw, index), raw, 0) for index in found)
        if held > MOST_OBJECTS:
            raise UnreadableList(f"hostile: more than {MOST_OBJECTS} objects on page {number + 1}, drawn over and over")
    finally:
        page.close()


def _held(drawn: Any, raw: Any, depth: int) -> int:
    """How many objects a form draws, and those in it; a few levels down, since a file can make it endless."""
    if raw.FPDFPageObj_GetType(drawn) != raw.FPDF_PAGEOBJ_FORM or depth == _DEEPEST:
        return 1
    count = raw.FPDFFormObj_CountObjects(drawn)
    if count > MOST_OBJECTS:
        return int(count)
    return sum(_held(raw.FPDFFormObj_GetObject(drawn, index), raw, depth + 1) for index in range(count))


def _reason(error: Exception) -> str:
    return str(error) or type(error.args[0] if error.args else error).__name__


class _Reader:
    """Collects the pages; tables without lines are read when all of them are known, since only one has the header."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, float, str | Grid]] = []
        self._open: list[OpenTable] = []
        self._empty: list[int] = []
        self._pages = 0

    def page(self, number: int, page: Any, other: Any) -> None:
        """Take in one page, of pdfplumber and, as the `other` reader sees it, of pypdfium2."""
        self._pages = number
        chars = chars_of(page)
        if not page.rotation and tuple(page.mediabox[:2]) == (0, 0):
            chars = read_again(other, chars, float(page.height)) or chars
        if not chars and page.images:
            self._empty.append(number)
        tables = ruled_tables(page, chars) if page.edges else []
        lines = lines_of(char for char in chars if not any(_inside(char, table) for table in tables))
        if not tables or _is_shading(tables, lines):
            self._read_open(number, _without_folio(lines_of(chars), page, number), _rules(page))
            return
        self._text(number, _without_folio(lines, page, number))
        for table in tables:
            self._blocks.append((number, table.box[1], Grid(table.rows, f"page {number}", number)))

    def _text(self, number: int, lines: list[TextLine]) -> None:
        self._blocks += [(number, line.top, tidy(line.text)) for line in lines]

    def _read_open(self, number: int, lines: list[TextLine], rules: list[float]) -> None:
        """Give the lines to the table that is open, and to those that begin here; before the first they are text."""
        at = 0
        while True:
            header = find_header(lines, at)
            end = header[0] if header else len(lines)
            if self._open:
                self._open[-1].parts.append(PageText(number, lines[at:end], rules))
            else:
                self._text(number, lines[at:end])
            if header is None:
                return
            at, table = header[1], header[2]
            self._blocks.append((number, table.header[0].top, Grid((table.cells,), f"page {number}", number)))
            if not (self._open and self._open[-1].goes_on(table)):
                self._open.append(table)

    def document(self) -> Document:
        """All that was read. Raises UnreadableList for pages without text."""
        for part in (part for table in self._open for part in open_pages(table)):
            self._text(part.page, part.titles)
            if part.rows:
                self._blocks.append((part.page, part.top, Grid(tuple(part.rows), f"page {part.page}", part.page)))
        if self._empty and len(self._empty) == self._pages:
            raise UnreadableList("the PDF holds pictures of pages, no text: ask for the document itself, or retype it")
        pages = ", ".join(map(str, self._empty))
        doubts = [f"pages that hold only pictures, no text: {pages}"] if pages else []
        doubts += [
            f"not told apart: a column without a name, beside {word!r}"
            for word in dict.fromkeys(word for table in self._open for word in unnamed_columns(table))
        ]
        self._blocks.sort(key=lambda block: block[:2])
        return Document(tuple(block for _, _, block in self._blocks), doubts=tuple(doubts))


def _inside(char: Char, table: RuledTable) -> bool:
    left, top, right, bottom = table.box
    return left <= char.across <= right and top <= char.middle <= bottom


def _is_shading(tables: list[RuledTable], lines: list[TextLine]) -> bool:
    """Whether the boxes are the ground of every other row: other rows stand between and beside them."""
    top, bottom = tables[0].box[1], tables[-1].box[3]
    between = [line for line in lines if top < line.top < bottom and len(line.segments(0.5)) >= _FEWEST_CELLS]
    return len(tables) > 1 and len(between) * 2 >= len(tables)


def _rules(page: Any) -> list[float]:
    """The heights of level lines that cross most of what is drawn; one of several pieces counts as one."""
    spans: dict[int, set[tuple[int, int]]] = {}
    for edge in page.edges:
        if edge["orientation"] == "h":
            spans.setdefault(round(edge["top"]), set()).add((round(edge["x0"]), round(edge["x1"])))
    lengths = {top: sum(right - left for left, right in pieces) for top, pieces in spans.items()}
    longest = max(lengths.values(), default=0.0)
    return [float(top) for top, length in sorted(lengths.items()) if length > longest * 0.8]


def _without_folio(lines: list[TextLine], page: Any, number: int) -> list[TextLine]:
    """Without the page's number: a word of its own in the outer tenth of the page.

    It has marks around it; or it is that number indeed, in the middle of the page, and not the rest of a cell.
    """

    def is_folio(line: TextLine) -> bool:
        outer = line.bottom < page.height * 0.1 or line.top > page.height * 0.9
        if not outer or len(line.segments(2.0)) != 1:
            return False
        text = line.text.strip()
        centred = abs((line.x0 + line.x1) / 2 - page.width / 2) < page.width * 0.05
        counted = re.fullmatch(rf"{number}(?:\s*/\s*\d+)?", text)
        return bool(_FOLIO.fullmatch(text) or (centred and counted))

    return [line for line in lines if not is_folio(line)]

"""A small writer of PDFs with tables, for tests: CJK text, pages, cells that wrap and rows that break over pages.

`Style.lines`: "grid" draws every cell, "open_sides" all but the outer uprights, "level" only level rules, "none" nothing.
`break_rows` lets a row begin on one page and end on the next; `wrap` is "words" (as office programs do) or "anywhere".
`hang` lets a mark that closes a line stand outside of its cell.
Text is written with a font that is not embedded: by its Unicode map (`ToUnicode`), or in GB's own (`gb`; `gb, older` has a dot
that not every reader knows).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT, MARGIN = 842.0, 595.0, 40.0
Row = Sequence[str]


@dataclass(frozen=True)
class Style:
    lines: str = "grid"
    size: float = 9.0
    leading: float = 1.25
    padding: float = 3.0
    align: str = "left"
    valign: str = "top"
    wrap: str = "words"
    break_rows: bool = True
    repeat_header: bool = False
    folio: bool = True
    font: str = "unicode"
    hang: bool = False


def width_of(text: str, size: float) -> float:
    return sum(0.5 if char < "\x80" else 1.0 for char in text) * size


def wrapped(text: str, room: float, size: float, wrap: str, *, hang: bool = False) -> list[str]:
    """The lines of a cell; a blank at which one breaks stays at its end, as office programs write it."""
    tokens = re.findall(r"[!-~]+|\s+|[^\x00-\x7f]", text) if wrap == "words" else list(text)
    lines = [""]
    for token in tokens:
        hangs = hang and token in "，。、；）" and lines[-1][-1:] not in "，。、；）"
        if hangs or width_of(lines[-1] + token.rstrip(), size) <= room:
            lines[-1] += token
        elif width_of(token, size) <= room:
            lines.append(token)
        else:
            for char in token:
                if width_of(lines[-1] + char, size) > room and lines[-1]:
                    lines.append("")
                lines[-1] += char
    return lines


class Canvas:
    """Pages of drawing commands; y grows downwards from the top."""

    def __init__(self, font: str) -> None:
        self.pages: list[list[str]] = []
        self.font = font
        self._codes: dict[str, int] = {}

    def page(self) -> None:
        self.pages.append([])

    def text(self, x: float, y: float, size: float, text: str) -> None:
        if text:
            code = "".join(map(self._code, text))
            self.pages[-1].append(
                f"BT /F1 {size:g} Tf 1 0 0 1 {x:.2f} {HEIGHT - y - size * 0.85:.2f} Tm <{code}> Tj ET"
            )

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.pages[-1].append(f"0.5 w {x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S")

    def _code(self, char: str) -> str:
        if self.font != "unicode":
            return char.encode("utf-16-be").hex()
        return f"{self._codes.setdefault(char, len(self._codes) + 1):04x}"

    def pdf(self) -> bytes:
        count = len(self.pages)
        kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(count))
        objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
            self._font(),
            self._descendant(),
            packed(self._to_unicode().encode()),
        ]
        for n, commands in enumerate(self.pages):
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}] /Contents {7 + 2 * n} 0 R"
                " /Resources << /Font << /F1 3 0 R >> >> >>"
            )
            objects.append(packed("\n".join(commands).encode()))
        return assemble(objects)

    def _font(self) -> str:
        encoding = {"gb": "/UniGB-UTF16-H", "gb, older": "/UniGB-UCS2-H"}.get(self.font, "/Identity-H /ToUnicode 5 0 R")
        return f"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding {encoding} /DescendantFonts [4 0 R] >>"

    def _descendant(self) -> str:
        narrow = " ".join(f"{code} [500]" for char, code in self._codes.items() if char < "\x80")
        widths, ordering = ("1 95 500 814 939 500", "GB1") if self.font != "unicode" else (narrow, "Identity")
        return (
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /DW 1000 /W [{widths}] /CIDSystemInfo"
            f" << /Registry (Adobe) /Ordering ({ordering}) /Supplement 0 >> /FontDescriptor << /Type /FontDescriptor"
            " /FontName /SimSun /Flags 4 /FontBBox [0 -150 1000 850] /ItalicAngle 0 /Ascent 850 /Descent -150"
            " /CapHeight 700 /StemV 80 >> >>"
        )

    def _to_unicode(self) -> str:
        pairs = [f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in self._codes.items()]
        blocks = [pairs[n : n + 100] for n in range(0, len(pairs), 100)]
        body = "\n".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar" for b in blocks)
        return (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def"
            f" 1 begincodespacerange <0000> <ffff> endcodespacerange\n{body}\nendcmap end end"
        )


def packed(data: bytes) -> bytes:
    """A stream that holds `data`, packed."""
    data = zlib.compress(data)
    return f"<< /Length {len(data)} /Filter /FlateDecode >>\nstream\n".encode() + data + b"\nendstream"


def assemble(objects: Sequence[str | bytes], trailer: str = "/Root 1 0 R") -> bytes:
    """A PDF of these objects, numbered from 1."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, held in enumerate(objects, 1):
        offsets.append(len(out))
        out += (
            f"{number} 0 obj\n".encode() + (held.encode("latin-1") if isinstance(held, str) else held) + b"\nendobj\n"
        )
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in offsets)
    return (
        bytes(out) + f"{table}trailer << /Size {len(objects) + 1} {trailer} >>\nstartxref\n{len(out)}\n%%EOF\n".encode()
    )


@dataclass
class TablePdf:
    """Draws titles and tables one below the other, over as many pages as they need."""

    style: Style = field(default_factory=Style)

    def __post_init__(self) -> None:
        self.canvas = Canvas(self.style.font)
        self._y = HEIGHT
        self._header: tuple[list[float], Row] | None = None
        self._new_page()

    def title(self, text: str) -> None:
        self._header = None
        size = self.style.size * 1.4
        if self._y + size * 4 > HEIGHT - MARGIN:
            self._new_page()
        self._y += size
        self.canvas.text((WIDTH - width_of(text, size)) / 2, self._y, size, text)
        self._y += size * 2

    def table(self, header: Row, rows: Sequence[Row], shares: Sequence[float]) -> None:
        whole = WIDTH - 2 * MARGIN
        widths = [whole * share / sum(shares) for share in shares]
        self._header = None
        self._row(widths, header, whole_row=True)
        self._header = (widths, header)
        for row in rows:
            self._row(widths, row)
        self._header = None

    def bytes(self) -> bytes:
        return self.canvas.pdf()

    def _new_page(self) -> None:
        self.canvas.page()
        self._y = MARGIN
        if self.style.folio:
            number = f"— {len(self.canvas.pages)} —"
            self.canvas.text((WIDTH - width_of(number, 9)) / 2, HEIGHT - 25, 9, number)
        if self._header and self.style.repeat_header:
            widths, header = self._header
            self._row(widths, header, whole_row=True)

    def _row(self, widths: Sequence[float], row: Row, *, whole_row: bool = False) -> None:
        style = self.style
        pitch = style.size * style.leading
        cells = [
            wrapped(text, width - 2 * style.padding, style.size, style.wrap, hang=style.hang)
            for text, width in zip(row, widths, strict=True)
        ]
        while cells:
            room = int((HEIGHT - MARGIN - self._y - 2 * style.padding) / pitch)
            tall = max(map(len, cells))
            if tall <= room:
                self._draw(widths, cells, tall)
                return
            if style.break_rows and not whole_row and room >= 1:
                self._draw(widths, [cell[:room] for cell in cells], room)
                cells = [cell[room:] for cell in cells]
            self._new_page()

    def _draw(self, widths: Sequence[float], cells: Sequence[Sequence[str]], tall: int) -> None:
        style = self.style
        pitch = style.size * style.leading
        height = tall * pitch + 2 * style.padding
        x = MARGIN
        for width, cell in zip(widths, cells, strict=True):
            y = self._y + style.padding + ((tall - len(cell)) * pitch / 2 if style.valign == "middle" else 0)
            for text in cell:
                inner = width - 2 * style.padding - width_of(text.rstrip(), style.size)
                shift = {"left": 0.0, "center": inner / 2, "right": inner}[style.align]
                self.canvas.text(x + style.padding + shift, y, style.size, text)
                y += pitch
            x += width
        self._rule(widths, height)
        self._y += height

    def _rule(self, widths: Sequence[float], height: float) -> None:
        left, right, top, bottom = MARGIN, MARGIN + sum(widths), self._y, self._y + height
        if self.style.lines != "none":
            self.canvas.line(left, top, right, top)
            self.canvas.line(left, bottom, right, bottom)
        if self.style.lines in ("grid", "open_sides"):
            edges = [left + sum(widths[:n]) for n in range(len(widths) + 1)]
            for x in edges[1:-1] if self.style.lines == "open_sides" else edges:
                self.canvas.line(x, top, x, bottom)


def draw(style: Style, fill: Callable[[TablePdf], None]) -> bytes:
    """The PDF that `fill` draws."""
    pdf = TablePdf(style)
    fill(pdf)
    return pdf.bytes()

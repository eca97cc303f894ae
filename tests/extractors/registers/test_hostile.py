"""Files made to do harm, and files that came to harm: a clear verdict, in bounded time and memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from random import Random

import pytest
from official_lists import FILED_2025, as_docx, as_html, as_pdf, as_xlsx, grid_of, invented
from pdf_writer import Style, assemble, packed
from xls_writer import compound

from extractors.read.guard import UnreadablePage
from extractors.registers.reading import ListContext, RegisterReading, read_register
from pipeline.worker import Limit, Worker, WorkerError

TABLES = [(FILED_2025, invented(FILED_2025, 20, Random(1)))]
DOCX, XLSX, PDF = as_docx(TABLES), as_xlsx([grid_of(TABLES)]), as_pdf(TABLES, Style())
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MAIN = "word/document.xml"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """What no pre-check sees is stopped here."""
    with Worker(Limit(cpu=60, wall=600, memory=1_000_000_000)) as made:
        yield made


def read(worker: Worker, body: bytes) -> RegisterReading:
    return worker.call(read_register, body, None, ListContext())


def verdict(worker: Worker, body: bytes) -> str:
    with pytest.raises(UnreadablePage) as refused:
        read(worker, body)
    return str(refused.value)


def member(body: bytes, name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(body)).read(name)


def patched(body: bytes, **members: bytes) -> bytes:
    """An office file with some of its members put in or replaced; `__` in a keyword stands for a slash."""
    held = zipfile.ZipFile(io.BytesIO(body))
    return zipped({name: held.read(name) for name in held.namelist()} | members)


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_size(body: bytes, name: str, size: int) -> bytes:
    """The archive that lies about how large one member is."""
    lying = bytearray(body)
    at = lying.find(b"PK\x01\x02")
    while not lying[at + 46 :].startswith(name.encode()):
        at = lying.find(b"PK\x01\x02", at + 4)
    lying[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(lying)


def test_archives_that_unpack_without_end(worker: Worker) -> None:
    assert "unpacks to more than 128 MB" in verdict(
        worker, patched(DOCX, **{"word/media/image.png": bytes(200_000_000)})
    )
    assert "unpacks to more than" in verdict(worker, patched(XLSX, **{"xl/sharedStrings.xml": b" " * 100_000_000}))
    bomb = patched(DOCX, **{MAIN: b"<a>" + b" " * 90_000_000 + b"</a>"})
    assert "damaged" in verdict(worker, with_size(bomb, MAIN, 1_000))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "C:\\x", "word\\..\\..\\x"])
def test_names_that_point_outside(worker: Worker, name: str) -> None:
    assert "names a file outside itself" in verdict(worker, patched(DOCX, **{name: b"x"}))


def test_an_archive_of_very_many_files(worker: Worker) -> None:
    assert "files in one document" in verdict(worker, patched(DOCX, **{f"x{n}": b"" for n in range(3_000)}))


def test_entities_are_neither_expanded_nor_fetched(worker: Worker) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 9))
    laughs = f'<!DOCTYPE a [<!ENTITY e0 "ha">{levels}]><w:document {W}><w:body><w:p><w:r><w:t>&e8;</w:t></w:r></w:p></w:body></w:document>'
    assert "no XML" in verdict(worker, patched(DOCX, **{MAIN: laughs.encode()}))
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document {W}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>'
    assert "no table" in verdict(worker, patched(DOCX, **{MAIN: outside.encode()}))


def test_a_document_nested_without_end(worker: Worker) -> None:
    nested = f"<w:document {W}><w:body>" + "<w:tbl><w:tr><w:tc>" * 5_000
    assert "no XML" in verdict(worker, patched(DOCX, **{MAIN: nested.encode()}))


def test_macros_are_not_run_and_outside_files_not_fetched(worker: Worker) -> None:
    link = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9"'
        b' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
        b' Target="http://127.0.0.1:9/t.dotm" TargetMode="External"/></Relationships>'
    )
    reading = read(worker, patched(DOCX, **{"word/vbaProject.bin": b"x", "word/_rels/settings.xml.rels": link}))
    assert len(reading.rows) == 20
    assert reading.notes == (
        "the file carries macros; they were not run",
        "the file names 1 files elsewhere; none was fetched",
    )


def sheet(rows: bytes) -> bytes:
    return patched(XLSX, **{SHEET: member(XLSX, SHEET).replace(b"</sheetData>", rows + b"</sheetData>")})


def test_a_million_empty_rows_are_nothing(worker: Worker) -> None:
    empty = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(100, 1_000_000))
    reading = read(worker, sheet(empty))
    assert (len(reading.rows), reading.account.problems) == (20, ())


def test_a_million_full_rows_and_a_sheet_as_wide_as_can_be(worker: Worker) -> None:
    full = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(100, 1_000_000))
    assert "more than 100000 rows" in verdict(worker, sheet(full))
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "1048576 rows and 16384 columns" in verdict(worker, sheet(corner))


CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 800 600] /Contents 4 0 R >>"


def pdf(pages: str, contents: bytes = b"", *more: str | bytes, trailer: str = "/Root 1 0 R") -> bytes:
    return assemble([CATALOG, pages, PAGE, packed(contents), *more], trailer)


def test_pdfs_of_very_many_parts(worker: Worker) -> None:
    assert "more than 60000 objects" in verdict(worker, pdf(ONE_PAGE, b"0 0 m 1 1 l S\n" * 1_000_000))
    assert "no table" in verdict(worker, pdf(ONE_PAGE, b"", *["<< >>"] * 300_000))
    kids = "3 0 R " * 200_000
    assert "200000 pages" in verdict(worker, pdf(f"<< /Type /Pages /Kids [{kids}] /Count 200000 >>"))


def test_page_trees_that_go_in_a_circle_or_lie(worker: Worker) -> None:
    assert "damaged" in verdict(worker, pdf("<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 5 >>"))
    assert verdict(worker, pdf("<< /Type /Pages /Kids [3 0 R] /Count 1000000000 >>"))


def test_a_pdf_that_unpacks_without_end(worker: Worker) -> None:
    assert "unpacks to more than 200 MB" in verdict(worker, pdf(ONE_PAGE, bytes(300_000_000)))
    twice = zlib.compress(zlib.compress(bytes(1_000_000_000), 1), 9)
    nested = (
        f"<< /Length {len(twice)} /Filter [/FlateDecode /FlateDecode] >>\nstream\n".encode() + twice + b"\nendstream"
    )
    with pytest.raises((WorkerError, UnreadablePage)):
        read(worker, assemble([CATALOG, ONE_PAGE, PAGE, nested]))
    assert len(read(worker, PDF).rows) == 20  # the next file is read by a new process


def test_an_encrypted_pdf(worker: Worker) -> None:
    locked = "<< /Filter /Standard /V 1 /R 2 /O <" + "41" * 32 + "> /U <" + "42" * 32 + "> /P -4 >>"
    body = pdf(ONE_PAGE, b"", locked, trailer="/Root 1 0 R /Encrypt 5 0 R /ID [<01> <01>]")
    assert "encrypted" in verdict(worker, body)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("body", [DOCX, XLSX, PDF], ids=["docx", "xlsx", "pdf"])
def test_a_file_that_was_cut_off_is_never_a_shorter_list(worker: Worker, body: bytes, share: float) -> None:
    said = verdict(worker, body[: int(len(body) * share)])
    assert "fetch it again" in said


def test_a_page_that_was_cut_off_says_so(worker: Worker) -> None:
    body = as_html(TABLES)
    reading = read(worker, body[: len(body) // 2])
    assert 0 < len(reading.rows) < 20
    assert reading.account.problems[0] == "the page ends inside a table: it may have been cut off"


def test_an_xls_that_is_a_web_page_is_read_as_one(worker: Worker) -> None:
    reading = read_register(as_html(TABLES), "list.xls", ListContext())
    assert (len(reading.rows), reading.account.problems) == (20, ())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (compound({"WordDocument": b"x" * 5_000}), "save it as docx"),
        (compound({"EncryptedPackage": b"x" * 5_000}), "encrypted"),
        (compound({"Workbook": b"x" * 5_000}), "damaged"),
        (compound({"Other": b"x"}), "save it as docx or xlsx"),
        (zipped({"a.txt": b"x"}), "unpack it"),
        (zipped({"content.xml": b"x"}), "OpenDocument"),
        (b"Rar!\x1a\x07\x00", "RAR"),
        (b"{\\rtf1 x}", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (bytes(range(256)) * 10, "no known kind"),
        (b"<html><body>404</body></html>", "no table"),
        (b"<html>" + b"<div>" * 100_000, "1000 tags"),
        (b"<table>" + b"<tr><td colspan=90000>x</td></tr>" * 100 + b"</table>", "60 columns"),
        (b"<table>" + b"<tr><td>1<td>2<td>3</tr>" * 150_000 + b"</table>", "100000 table rows"),
        ("序号,公司,产品名称\n".encode() + b"1,a,b\n" * 150_000, "100000 lines"),
        ("没有表格的文字。".encode(), "no table"),
        (b"%PDF-1.7\n" + Random(1).randbytes(5_000) + b"%%EOF", "damaged"),
        (b"PK\x03\x04" + Random(1).randbytes(5_000), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_is_refused_in_words(worker: Worker, body: bytes, said: str) -> None:
    assert said in verdict(worker, body)

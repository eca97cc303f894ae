"""Which kind of file it is, told by its first bytes and never by its name; and its lines and tables."""

from __future__ import annotations

import re
from collections.abc import Callable

from extractors.registers.archive import Archive
from extractors.registers.document import Document, UnreadableList

LARGEST_FILE = 50_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MARKUP = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|meta|\?xml|!--|div|p\b|h\d|style|script)", re.I
)
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF", b"BM")
_OTHERS = {
    b"{\\rtf": "an RTF document: save it as docx",
    b"Rar!": "a RAR archive: unpack it, and give the document in it",
    b"7z\xbc\xaf": "a 7z archive: unpack it, and give the document in it",
    b"\x1f\x8b": "a gzip archive: unpack it, and give the document in it",
    b"%OFD": "an OFD document: print it to PDF",
}


def open_document(body: bytes) -> Document:
    """The lines and tables of a file of any kind that is known. Raises UnreadableList, with the way out."""
    if not body.strip():
        raise UnreadableList("the file is empty: fetch it again")
    if len(body) > LARGEST_FILE:
        raise UnreadableList(f"the file is larger than {LARGEST_FILE // 1_000_000} MB, as no official list is")
    document = _reader(body)(body)
    return document if document.grids else _pasted(document)


def _pasted(document: Document) -> Document:
    """A document without tables may hold one as text."""
    from extractors.registers.pasted import find_grids

    lines = [line for block in document.blocks if isinstance(block, str) for line in block.split("\n")]
    return Document(tuple(find_grids(lines)), document.notes, document.doubts)


def is_document(head: bytes) -> bool:
    """Whether the first bytes of a file (some kB) are those of an office document, a PDF or a web page."""
    return head.startswith((*_ZIP, _OLE, *_IMAGES, *_OTHERS)) or b"%PDF-" in head[:1024] or bool(_MARKUP.match(head))


def _reader(body: bytes) -> Callable[[bytes], Document]:
    if body.startswith(_ZIP):
        return _read_zip
    if b"%PDF-" in body[:1024]:
        from extractors.registers.pdf import read_pdf

        return read_pdf
    if body.startswith(_OLE):
        return _read_ole
    if _MARKUP.match(body[:4096]):
        return _read_markup
    _refuse_others(body)
    from extractors.registers.pasted import read_text

    return read_text


def _refuse_others(body: bytes) -> None:
    for magic, words in _OTHERS.items():
        if body.startswith(magic):
            raise UnreadableList(f"the file is {words}")
    if body.startswith(_IMAGES):
        raise UnreadableList("the file is a picture: a list must be text; ask for the document itself")
    if body[:4096].count(0) and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableList("the file is of no known kind: give docx, pdf, xlsx, xls, csv, html or text")


def _read_zip(body: bytes) -> Document:
    archive = Archive(body)
    if any(name.startswith("word/") for name in archive.names):
        from extractors.registers.word import read_docx

        return read_docx(archive)
    if any(name.startswith("xl/") for name in archive.names):
        from extractors.registers.sheets import read_xlsx

        return read_xlsx(body, archive)
    if "OFD.xml" in archive.names:
        raise UnreadableList("the file is an OFD document: print it to PDF")
    if "content.xml" in archive.names:
        raise UnreadableList("the file is an OpenDocument file: save it as docx or xlsx")
    raise UnreadableList("the file is a zip archive: unpack it, and give the document in it")


def _read_ole(body: bytes) -> Document:
    """Old binary office files and encrypted new ones share one container; the names of its parts tell them apart."""
    if _has_part(body, "EncryptedPackage"):
        raise UnreadableList("the document is encrypted: save a copy without a password")
    if _has_part(body, "WordDocument"):
        raise UnreadableList("the file is an old Word document (.doc): open it, and save it as docx")
    if _has_part(body, "Workbook") or _has_part(body, "Book"):
        from extractors.registers.sheets import read_xls

        return read_xls(body)
    raise UnreadableList("the file is an old office document of no known kind: save it as docx or xlsx")


def _has_part(body: bytes, name: str) -> bool:
    return (name + "\0").encode("utf-16-le") in body


def _read_markup(body: bytes) -> Document:
    if _SPREADSHEET_XML in body[:4096]:
        raise UnreadableList("the file is a spreadsheet in XML of 2003: save it as xlsx")
    from extractors.registers.markup import read_html

    return read_html(body)

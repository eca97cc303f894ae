"""A reply as an archive keeps it, status line and headers first, as the page that a fetch would have given."""

from __future__ import annotations

import zlib
from datetime import datetime
from hashlib import sha256

from extractors.read.guard import UnreadablePage
from extractors.records import Page

LARGEST = 10_000_000
"""Bytes of a page, decoded: the cap of a fetch."""
_END = b"\r\n\r\n"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": 32 + zlib.MAX_WBITS}


class NoPage(UnreadablePage):
    """The reply is none that has an article: an error, a redirect, a picture."""


def page_of(raw: bytes, url: str, captured_at: datetime) -> Page:
    """The page of a reply. Raises NoPage, and UnreadablePage for one in an odd coding or too large."""
    head, _, body = raw.partition(_END)
    first, _, fields = head.partition(b"\r\n")
    status = _status(first)
    headers = tuple(_fields(fields))
    page = Page(url, url, status, headers, b"", captured_at, "")
    if status != 200:
        raise NoPage(f"the server answered with status {status}")
    kind = (page.header("content-type") or "text/html").lower()
    if not any(name in kind for name in ("html", "xml", "text/plain")):
        raise NoPage(f"the reply is no web page but {kind[:60]}")
    body = _decoded(_joined(body) if _is_chunked(page) else body, page.header("content-encoding") or "")
    return Page(url, url, status, headers, body, captured_at, sha256(body).hexdigest())


def _status(line: bytes) -> int:
    parts = line.split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        raise NoPage("the record holds no reply of a web server")
    return int(parts[1][:9])


def _fields(lines: bytes) -> list[tuple[str, str]]:
    found = []
    for line in lines.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.append((name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()))
    return found


def _is_chunked(page: Page) -> bool:
    return "chunked" in (page.header("transfer-encoding") or "").lower()


def _joined(body: bytes) -> bytes:
    """The body without its chunks' sizes; as it is where there are none, since many archives took them out."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at, at + 40)
        size = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        try:
            length = int(size, 16)
        except ValueError:
            return b"".join(parts) or body
        if length <= 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + length])
        at = end + 2 + length + 2


def _decoded(body: bytes, coding: str) -> bytes:
    """The body without its one content coding; as it is where the archive undid that already."""
    name = coding.strip().lower()
    if name not in ("", "identity") and name not in _WINDOWS:
        raise UnreadablePage(f"the reply is in the coding {name[:20]!r}, which is not undone")
    if name in ("gzip", "x-gzip") and not body.startswith(b"\x1f\x8b"):
        return _bounded(body)
    return _bounded(_inflated(body, _WINDOWS[name]) if name in _WINDOWS else body)


def _inflated(body: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(body, LARGEST + 1)
    except zlib.error as error:
        raise UnreadablePage(f"the reply is not in the coding that it says ({error})") from error


def _bounded(body: bytes) -> bytes:
    if len(body) > LARGEST:
        raise UnreadablePage(f"the page is larger than {LARGEST:,} bytes")
    return body

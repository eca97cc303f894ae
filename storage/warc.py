"""A page as a WARC record, and back: each record is one gzip member, so that any number of them, one after the other,
is a `.warc.gz` that other tools read (WARC 1.1, ISO 28500:2017).

Written here as a record is a few lines of headers; warcio and FastWARC read it in the tests.
"""

from __future__ import annotations

import gzip
import zlib
from base64 import b32encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from uuid import NAMESPACE_URL, uuid5

from deflate import gzip_compress

from extractors.records import Page

REQUESTED = "Greenlit-Requested-URI"
"""The address that was asked for, where a redirect led to another one."""
_ORIGINAL = "X-Archive-Orig-"
_CODED = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""Headers that spoke of the body before it was decoded; what is kept is decoded, so they keep another name."""
_END = b"\r\n\r\n"
_LEVEL = 6
"""Of libdeflate: smaller than zlib's best, in a quarter of its time."""


def record_of(page: Page) -> bytes:
    """The page as one response record, with the SHA-256 of its body; the same bytes for the same page."""
    http = _http(page)
    about = {
        "WARC-Target-URI": page.final_url,
        "WARC-Payload-Digest": _digest(page.body),
        "Content-Type": "application/http;msgtype=response",
    }
    if page.url != page.final_url:
        about[REQUESTED] = page.url
    name = f"{page.final_url} {_moment(page.fetched_at)} {page.sha256}"
    return _written("response", name, page.fetched_at, about, http + page.body)


def warcinfo(lines: Mapping[str, str], at: datetime) -> bytes:
    """The record that stands first in a file: which program wrote it, and what it holds."""
    said = "".join(f"{name}: {_line(value)}\r\n" for name, value in lines.items())
    return _written("warcinfo", said, at, {"Content-Type": "application/warc-fields"}, said.encode())


def body_of(record: bytes) -> bytes:
    """The body of the page that `record_of` wrote. Raises ValueError where it was damaged since."""
    try:
        about, _, block = gzip.decompress(record).partition(_END)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the record of a page is damaged: {error}") from error
    body = block.partition(_END)[2].removesuffix(_END)
    if f"WARC-Payload-Digest: {_digest(body)}".encode() not in about:
        raise ValueError("the record of a page is damaged: its digest is another")
    return body


def _written(kind: str, name: str, at: datetime, about: Mapping[str, str], block: bytes) -> bytes:
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, name)}>",
        "WARC-Date": _moment(at),
        **about,
        "WARC-Block-Digest": _digest(block),
        "Content-Length": str(len(block)),
    }
    head = "WARC/1.1\r\n" + "".join(f"{field}: {_line(value)}\r\n" for field, value in fields.items()) + "\r\n"
    return bytes(gzip_compress(head.encode("utf-8", "replace") + block + _END, _LEVEL))


def _http(page: Page) -> bytes:
    known = {code.value: code.phrase for code in HTTPStatus}
    lines = [f"HTTP/1.1 {page.status} {known.get(page.status, 'Unknown')}"]
    lines += [f"{_ORIGINAL + name if name in _CODED else name}: {_line(value)}" for name, value in page.headers]
    lines.append(f"Content-Length: {len(page.body)}")
    return "\r\n".join(lines).encode("utf-8", "replace") + _END


def _line(value: str) -> str:
    """A value can't begin another header."""
    return " ".join(value.split())


def _digest(data: bytes) -> str:
    return f"sha256:{b32encode(sha256(data).digest()).decode()}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

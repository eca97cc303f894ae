"""Where the records of a WARC file begin, and whose page a gzip member holds, before its body is inflated."""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAGIC = b"\x1f\x8b\x08"
LARGEST = 12_000_000
"""Bytes of one record; a larger one is skipped and named. It is the cap of a fetch (10 MB) with some headers."""
_GZIP = 16 + zlib.MAX_WBITS
_HEAD = 900
"""Compressed bytes that hold the headers of nearly every record; where they don't, more are taken."""
_LONGEST_HEAD = 64_000
_END = b"\r\n\r\n"
_VERSION = b"WARC/1."
_RESPONSE = re.compile(rb"^warc-type:[ \t]*response[ \t]*\r?$", re.I | re.M)
_ADDRESS = re.compile(rb"^warc-target-uri:[ \t]*<?(.*?)>?[ \t]*\r?$", re.I | re.M)
_DATE = re.compile(rb"^warc-date:[ \t]*(.*?)[ \t]*\r?$", re.I | re.M)
_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.I | re.M)

Data = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that can't be read: where it begins, and why."""

    start: int
    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: `date` as the record has it, `raw` None where nobody wants its page."""

    start: int
    url: bytes
    date: bytes = b""
    raw: bytes | None = None


def one_each(data: Data) -> bool:
    """Whether the first record of a gzip file is a member of its own, as it should be."""
    out = _inflated(data, 0, _LONGEST_HEAD, 4 * _LONGEST_HEAD)
    head, end, _ = out.partition(_END)
    length = _length(head)
    return not end or length is None or len(out) <= len(head) + length + 2 * len(_END)


def next_record(data: Data, after: int) -> int | None:
    """Where the first record at or behind a place begins; None where there is none."""
    if data[: len(MAGIC)] == MAGIC:
        return _next_member(data, after)
    if after <= 0 and data[: len(_VERSION)] == _VERSION:
        return 0
    found = data.find(_END + _VERSION, max(after - len(_END), 0))
    return found + len(_END) if found >= 0 else None


def replies(data: Data, place: int, wanted: Callable[[bytes], bool]) -> Iterator[Reply | Damage | None]:
    """The replies of a file whose records are gzip members, from `place` on, only the wanted ones inflated.

    None for any other record. A record is known by the beginning that it inflates to: one whose beginning is damaged
    is passed over unseen with the one before it, as nothing of that is inflated.
    """
    at = _next_member(data, place)
    while at is not None:
        after = _next_member(data, at + 1)
        head = _inflated(data, at, _HEAD, 2 * _HEAD)
        if _END not in head:
            head = _inflated(data, at, _LONGEST_HEAD, _LONGEST_HEAD)
        yield _reply(data, at, len(data) if after is None else after, head.partition(_END)[0], wanted)
        at = after


def _reply(data: Data, at: int, end: int, head: bytes, wanted: Callable[[bytes], bool]) -> Reply | Damage | None:
    if not _RESPONSE.search(head):
        return None
    url = _found(_ADDRESS, head)
    if not wanted(url):
        return Reply(at, url)
    length = _length(head)
    if length is None or length > LARGEST:
        return Damage(at, too_large(length))
    inflate = zlib.decompressobj(_GZIP)
    try:
        # Room for more than there is, so that the member's sum behind it is checked, too.
        out = inflate.decompress(data[at:end], len(head) + length + 1_000)
    except zlib.error as error:
        return Damage(at, f"Gzip decompression error: {error}")
    raw = out[len(head) + len(_END) :][:length]
    if len(raw) < length:
        return Damage(at, cut_off(len(raw), length))
    return Reply(at, url, _found(_DATE, head), raw)


def end_of(data: Data, at: int) -> int:
    """Where the gzip member at a place ends; the end of the file where it can't be inflated."""
    inflate = zlib.decompressobj(_GZIP)
    here = at
    try:
        while not inflate.eof and here < len(data):
            inflate.decompress(data[here : here + _LONGEST_HEAD])
            here += _LONGEST_HEAD
    except zlib.error:
        return len(data)
    return min(here, len(data)) - len(inflate.unused_data)


def too_large(length: int | None) -> str:
    """What is said of a record that is longer than is read."""
    return "the record does not say its length" if length is None else f"the record says it has {length:,} bytes"


def cut_off(got: int, length: int) -> str:
    """What is said of a record that ends too early."""
    return f"the record is cut off: {got:,} of {length:,} bytes"


def _next_member(data: Data, after: int) -> int | None:
    """The next gzip member that holds a record: three bytes alone may stand in any compressed body by chance."""
    found = data.find(MAGIC, max(after, 0))
    while found >= 0:
        if _inflated(data, found, _HEAD, len(_VERSION)).startswith(_VERSION):
            return found
        found = data.find(MAGIC, found + 1)
    return None


def _inflated(data: Data, at: int, compressed: int, most: int) -> bytes:
    """The beginning of the member at a place, as far as it can be inflated."""
    try:
        return zlib.decompressobj(_GZIP).decompress(data[at : at + compressed], most)
    except zlib.error:
        return b""


def _found(field: re.Pattern[bytes], head: bytes) -> bytes:
    match = field.search(head)
    return match[1] if match else b""


def _length(head: bytes) -> int | None:
    found = _found(_LENGTH, head)
    return int(found) if found else None

"""The records of a WARC file whose records are gzip members, each inflated at once, or only its head where it tells
that nobody wants the page.

A member does not say where it ends. It is taken to end where the next one seems to begin, and the sum and the length
behind it must prove it: so a member is inflated by the fastest inflater there is, which wants all of it at once. Where
they don't, it is looked at with care.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deflate import DeflateError, crc32, gzip_decompress

from extractors.records import Raw

MAGIC = b"\x1f\x8b\x08"
LARGEST = 12_000_000
"""Bytes of one record; a larger one is skipped and named. It is the cap of a fetch (10 MB) with some headers."""
_GZIP = 16 + zlib.MAX_WBITS
_HEAD = 900
"""Compressed bytes that hold the headers of nearly every record; where they don't, more are taken."""
_LONGEST_HEAD = 64_000
_MOST = LARGEST + _LONGEST_HEAD
"""Bytes of one member, and of what it inflates to."""
_END = b"\r\n\r\n"
_VERSION = b"WARC/1."
_MEMBER = re.compile(re.escape(MAGIC))
_DIGITS = 18
"""Of a length, at most."""

Data = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that can't be read: where it begins, and why."""

    start: int
    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: `head` as the record has it, `raw` None where nobody wants its page."""

    start: int
    head: bytes
    raw: Raw | None = None

    @property
    def url(self) -> bytes:
        """Whose page it is."""
        return _address(self.head)

    @property
    def date(self) -> bytes:
        """When it was captured."""
        return _field(self.head, b"warc-date")


Record = Reply | Damage | None
"""None for any record that is no reply."""


def one_each(data: Data) -> bool:
    """Whether the first record of a gzip file is a member of its own, as it should be."""
    out = _inflated(data, 0, _LONGEST_HEAD, 4 * _LONGEST_HEAD)
    head, end, _ = out.partition(_END)
    length = _length(head)
    return not end or length is None or len(out) <= len(head) + length + 2 * len(_END)


def records(data: Data, place: int) -> Iterator[Record]:
    """The records of a file whose records are gzip members, from the first at or behind `place` on."""
    at = _next_member(data, place)
    while at is not None:
        found, at = _members(data, at)
        yield from found


def replies(data: Data, place: int, wanted: Callable[[bytes], bool]) -> Iterator[Record]:
    """The same, but only the wanted replies are inflated.

    A record is known by the beginning that it inflates to: one whose beginning is damaged is passed over unseen with
    the one before it, as nothing of that is inflated.
    """
    at = _next_member(data, place)
    while at is not None:
        head = _head(data, at)
        if not _is_reply(head):
            yield None
        elif not wanted(_address(head)):
            yield Reply(at, head)
        else:
            yield from _members(data, at)[0]
        at = _next_member(data, at + 1)


def _members(data: Data, at: int) -> tuple[list[Record], int | None]:
    """What a member holds, and where the next one begins, if any."""
    found = _MEMBER.search(data, at + 1)
    end = found.start() if found else len(data)
    out = _at_once(data[at : min(end, at + _MOST)])
    if out is None or not out.startswith(_VERSION):
        return _with_care(data, at)
    return list(_records(out, at)), end if found else None


def _at_once(member: bytes) -> bytearray | None:
    """What a member inflates to, its sum and length proven; None where it is damaged or does not end there."""
    length = int.from_bytes(member[-4:], "little")
    if length > _MOST:
        return None
    try:
        out = gzip_decompress(member, length)
    except DeflateError:
        return None
    proven = len(out) == length and crc32(out) == int.from_bytes(member[-8:-4], "little")
    return out if proven else None


def _with_care(data: Data, at: int) -> tuple[list[Record], int | None]:
    """The same for a member that is damaged, oddly made, or followed by something that is none."""
    after = _next_member(data, at + 1)
    end = min(len(data) if after is None else after, at + _MOST)
    inflate = zlib.decompressobj(_GZIP)
    try:
        out = inflate.decompress(data[at:end], _MOST)
    except zlib.error as error:
        return [Damage(at, f"Gzip decompression error: {error}")], after
    found: list[Record] = list(_records(out, at)) if out.strip() else []
    if inflate.unused_data.strip(b"\0"):
        found.append(Damage(end - len(inflate.unused_data), "the beginning of the record can't be inflated"))
    return found, after


def _records(out: Raw, at: int) -> Iterator[Record]:
    """What was inflated of a member: one record, as it should be, or several."""
    here = 0
    while not here or out.startswith(_VERSION, here):
        end = out.find(_END, here, here + _LONGEST_HEAD)
        head = bytes(out[here : max(end, 0)])
        length = _length(head)
        if length is None or length > LARGEST:
            yield Damage(at, too_large(length))
            return
        start = end + len(_END)
        here = start + length + len(_END)
        if not _is_reply(head):
            yield None
        elif len(out) < start + length:
            yield Damage(at, cut_off(len(out) - start, length))
        elif len(out) > here or isinstance(out, bytes):
            yield Reply(at, head, bytes(out[start : start + length]))
        else:
            yield Reply(at, head, _trimmed(out, start, length))
            return


def _trimmed(out: bytearray, start: int, length: int) -> bytearray:
    """These bytes of it, where they are: a copy would take longer than to look for words in them."""
    del out[:start]
    del out[length:]
    return out


def next_record(data: Data, after: int) -> int | None:
    """Where the first record at or behind a place begins in a file without gzip; None where there is none."""
    if after <= 0 and data[: len(_VERSION)] == _VERSION:
        return 0
    found = data.find(_END + _VERSION, max(after - len(_END), 0))
    return found + len(_END) if found >= 0 else None


def too_large(length: int | None) -> str:
    """What is said of a record that is longer than is read."""
    return "the record does not say its length" if length is None else f"the record says it has {length:,} bytes"


def cut_off(got: int, length: int) -> str:
    """What is said of a record that ends too early."""
    return f"the record is cut off: {got:,} of {length:,} bytes"


def _next_member(data: Data, after: int) -> int | None:
    """The next gzip member that holds a record: three bytes alone may stand in any compressed body by chance."""
    for found in _MEMBER.finditer(data, max(after, 0)):
        if _inflated(data, found.start(), _HEAD, len(_VERSION)).startswith(_VERSION):
            return found.start()
    return None


def _head(data: Data, at: int) -> bytes:
    """The headers of the record that a member begins with."""
    head = _inflated(data, at, _HEAD, 2 * _HEAD)
    if _END not in head:
        head = _inflated(data, at, _LONGEST_HEAD, _LONGEST_HEAD)
    return head.partition(_END)[0]


def _inflated(data: Data, at: int, compressed: int, most: int) -> bytes:
    """The beginning of the member at a place, as far as it can be inflated."""
    try:
        return zlib.decompressobj(_GZIP).decompress(data[at : at + compressed], most)
    except zlib.error:
        return b""


def _is_reply(head: bytes) -> bool:
    return _field(head, b"warc-type").lower() == b"response"


def _address(head: bytes) -> bytes:
    return _field(head, b"warc-target-uri").strip(b"<> ")


def _length(head: bytes) -> int | None:
    said = _field(head, b"content-length")
    return int(said) if said.isdigit() and len(said) <= _DIGITS else None


def _field(head: bytes, name: bytes) -> bytes:
    """What a record's head says under a name in lower case; no pattern, as one takes fifty times as long."""
    found = head.lower().find(b"\n" + name + b":")
    if found < 0:
        return b""
    start = found + len(name) + 2
    end = head.find(b"\n", start)
    return head[start : end if end >= 0 else len(head)].strip()

"""The replies in a WARC file that may matter, at the speed at which it inflates; a damaged record costs only itself.

A file of gzip members, as archives are, is read by `members`; one without gzip, or in one stream of it, by FastWARC.

All is told in the order of the file. Where a record begins is also a place from which a later reading can go on: a
byte of the file or, of a file that is one gzip stream, of what it inflates to.
"""

from __future__ import annotations

import gzip
import mmap
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from extractors.read.members import (
    LARGEST,
    MAGIC,
    Damage,
    Data,
    cut_off,
    next_record,
    one_each,
    records,
    replies,
    too_large,
)
from extractors.records import Raw

if TYPE_CHECKING:
    from fastwarc.warc import HeaderMap

EVERY = 1_000
"""Records between two places that are told though nothing there matters."""
HELD = 32_000_000
"""Bytes of a file that stay mapped when they were read."""
_END = b"\r\n\r\n"
_CODED = (b"\ncontent-encoding:", b"\ntransfer-encoding:")

Wanted = Callable[[bytes], bool]
"""Whether the page of an address is looked at."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A reply that an archive keeps: `raw` is all of it, status line and headers first, as it came from the server."""

    start: int
    url: str
    captured_at: datetime | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """All before this place was seen."""

    start: int


@dataclass
class Archive:
    """A WARC file. Counts what comes by, whether it matters or not: `replies` of servers, `skipped` of other hosts."""

    path: Path
    may_matter: Callable[[Raw], bool]
    wanted: Wanted | None = None
    replies: int = field(default=0, init=False)
    skipped: int = field(default=0, init=False)

    def captures(self, place: int = 0) -> Iterator[Capture | Damage | Mark]:
        """The replies from a place on that may matter, and what is damaged.

        `wanted` is asked before a page is inflated, `may_matter` before anything of it is decoded; a reply in a
        coding that hides its words is one that may. Raises OSError where the file can't be read.
        """
        with self.path.open("rb") as file, _mapped(file) as data:
            if data[: len(MAGIC)] != MAGIC:
                yield from self._walk(file, data, place)
            elif not one_each(data):
                file.seek(0)
                with gzip.GzipFile(fileobj=file) as plain:
                    yield from self._walk(cast(BinaryIO, plain), None, place)
            else:
                yield from self._members(data, place)

    def _members(self, data: Data, place: int) -> Iterator[Capture | Damage | Mark]:
        found = records(data, place) if self.wanted is None else replies(data, place, self.wanted)
        gone = 0
        for number, reply in enumerate(found, 1):
            if reply is not None and reply.start - gone > HELD:
                gone = _let_go(data, gone, reply.start)
            if isinstance(reply, Damage):
                self.replies += 1
                yield reply
            elif reply is not None:
                self.replies += 1
                self.skipped += reply.raw is None
                if reply.raw is not None and _matters(reply.raw, self.may_matter):
                    yield Capture(reply.start, _text(reply.url), _time(reply.date), bytes(reply.raw))
                elif number % EVERY == 0:
                    yield Mark(reply.start)

    def _walk(self, file: BinaryIO, data: Data | None, place: int) -> Iterator[Capture | Damage | Mark]:
        """With FastWARC, started anew behind each record that can't be read."""
        at: int | None = place
        while at is not None:
            last, why = at - 1, ""
            try:
                for record in self._records(file, at):
                    last, why = record.start, record.why if isinstance(record, Damage) else ""
                    if why:
                        break
                    yield record
                else:
                    return
            except (OSError, EOFError, zlib.error, ValueError) as error:
                after = None if data is None else next_record(data, last + 1)
                if after is not None and after > at:
                    at = after  # what came before it may have lied about its length: this one gets its own try
                    continue
                last, why = max(last, at) if after is None else after, _said(error)
            self.replies += 1
            yield Damage(last, why)
            at = None if data is None else next_record(data, last + 1)

    def _records(self, file: BinaryIO, at: int) -> Iterator[Capture | Damage | Mark]:
        """Replies that matter, records that are cut off, and where each of the others begins."""
        from fastwarc.warc import ArchiveIterator, WarcRecordType

        file.seek(at)
        response = WarcRecordType.response
        wanted, may_matter = self.wanted, self.may_matter
        for record in ArchiveIterator(file, parse_http=False, buffer_size=1 << 20):
            start = record.stream_pos
            if record.record_type != response:
                yield Mark(start)
                continue
            headers = record.headers
            if wanted is not None and not wanted(_address(headers)):
                self.skipped += 1
                self.replies += 1
                yield Mark(start)
                continue
            length = record.content_length
            raw = record.reader.read() if length <= LARGEST else b""
            if len(raw) < length:
                yield Damage(start, cut_off(len(raw), length) if raw else too_large(length))
                continue
            self.replies += 1
            if _matters(raw, may_matter):
                yield Capture(start, _text(_address(headers)), _time(headers.get_bytes(b"WARC-Date") or b""), raw)
            else:
                yield Mark(start)


@contextmanager
def _mapped(file: BinaryIO) -> Iterator[Data]:
    """The file's bytes, without reading them; an empty one has none to map."""
    if file.seek(0, 2) == 0:
        yield b""
        return
    with closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as data:
        yield data


def _let_go(data: Data, since: int, until: int) -> int:
    """Give back the memory under what was read, which would else count as ours to the end of the file."""
    first, last = (place // mmap.PAGESIZE * mmap.PAGESIZE for place in (since, until))
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, first, last - first)
    return until


def _matters(raw: Raw, may_matter: Callable[[Raw], bool]) -> bool:
    head = raw[: max(raw.find(_END, 0, 64_000), 0)].lower()
    return _CODED[0] in head or _CODED[1] in head or may_matter(raw)


def _address(headers: HeaderMap) -> bytes:
    return (headers.get_bytes(b"WARC-Target-URI") or b"").strip(b"<> ")


def _text(url: bytes) -> str:
    return url.decode("utf-8", "replace")


def _time(value: bytes) -> datetime | None:
    """When the page was captured (WARC-Date is UTC)."""
    try:
        return datetime.fromisoformat(value.decode("ascii").strip()[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None


def _said(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]

"""The body of a reply, decoded of at most one gzip coding, in bounded memory.

httpx decodes without a bound: a reply of 590 bytes coded twice can grow to hundreds of megabytes before any cap
acts. Here every call to zlib names how much it may give.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from pipeline.fetch.limits import Limits

GZIP = 16 + zlib.MAX_WBITS
MAGIC = b"\x1f\x8b"
MAX_MEMBERS = 100
"""Gzip files in one body; more are an attack on the decoder's time."""
STEP = 64_000
"""Bytes that one call to zlib may give."""


class BadBody(Exception):
    """The body breaks a bound or its coding; the message says how."""


def coding_of(values: Iterable[str]) -> str:
    """The one content coding, "gzip" or "identity", that the Content-Encoding headers name. Raises BadBody."""
    names = [name.strip().lower() for value in values for name in value.split(",")]
    codings = ["gzip" if name == "x-gzip" else name for name in names if name not in ("", "identity")]
    if len(codings) > 1:
        raise BadBody("is coded more than once, which is how bombs are built")
    if codings not in ([], ["gzip"]):
        raise BadBody(f"came in the coding {codings[0][:20]!r} though only gzip was asked for")
    return codings[0] if codings else "identity"


def read_body(chunks: Iterable[bytes], coding: str, limits: Limits) -> bytes:
    """The whole body. Raises BadBody."""
    body = bytearray()
    for part in _gunzip(chunks, limits) if coding == "gzip" else chunks:
        body += part
        if len(body) > limits.decoded:
            raise BadBody(f"is larger than {limits.decoded:,} bytes")
    return bytes(body)


def _gunzip(chunks: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    decoder = _Gunzip(limits)
    for chunk in chunks:
        yield from decoder.feed(chunk)
    decoder.finish()


class _Gunzip:
    """Decodes gzip members one after the other; what follows the last one is ignored, as browsers do."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._zlib = zlib.decompressobj(GZIP)
        self._members = 1
        self._in = 0
        self._out = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._in += len(data)
        while data:
            if self._zlib.eof and not self._next_member(data):
                return
            part = self._inflate(data)
            self._out += len(part)
            if self._out > max(self._limits.ratio_from, self._in * self._limits.ratio):
                raise BadBody(f"grows more than {self._limits.ratio} times when unpacked, as bombs do")
            yield part
            data = self._zlib.unconsumed_tail or self._zlib.unused_data

    def finish(self) -> None:
        if self._in and not self._zlib.eof:
            raise BadBody("is cut off in the middle of its gzip data")

    def _inflate(self, data: bytes) -> bytes:
        try:
            return self._zlib.decompress(data, STEP)
        except zlib.error as error:
            raise BadBody(f"is not the gzip it says it is ({error})") from error

    def _next_member(self, data: bytes) -> bool:
        if not MAGIC.startswith(data[:2]):
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise BadBody(f"has more than {MAX_MEMBERS} gzip members")
        self._zlib = zlib.decompressobj(GZIP)
        return True

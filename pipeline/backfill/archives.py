"""The archives of others: how each wants to be asked, and files that are fetched range by range."""

from __future__ import annotations

import fcntl
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config.settings import Settings
from extractors.records import Page
from pipeline.fetch import BadReply, Polite, Request

RANGE = 32_000_000
"""Bytes of one request for a part of a large file."""
GDELT_SECONDS = 6.0
"""GDELT asks for one request in five seconds, and counts strictly."""
WAYBACK_SECONDS = 4.0
"""The Wayback Machine shuts out who asks more than fifteen times a minute for long."""
COMMONCRAWL_SECONDS = 1.0
COMMONCRAWL_AT_ONCE = 10
"""Requests to Common Crawl that may be under way at once, from all our processes."""
UNPACKED = 100_000_000
"""Bytes that a list of files may unpack to."""
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Archives:
    """A polite client with room for large ranges. `pace` scales all pauses: 1, and 0 in tests."""

    def __init__(self, polite: Polite, settings: Settings, pace: float = 1.0) -> None:
        self._polite = polite
        self.settings = settings
        self._pace = pace

    def ask(self, url: str, seconds: float) -> Page:
        """What an archive answers, at least `seconds` after its last answer. Raises FetchError."""
        return self._polite.fetch(Request(url, operator=True), spacing=seconds * self._pace)

    def part(self, url: str, first: int, last: int, seconds: float = COMMONCRAWL_SECONDS) -> Page:
        """The bytes from `first` to `last` of a file, both included, or to its end. Raises FetchError."""
        page = self._polite.fetch(Request(url, operator=True, range=(first, last)), spacing=seconds * self._pace)
        if page.status != 206 and (first or len(page.body) > last + 1):
            raise BadReply(url, "the server sends the whole file where a part was asked for; it can't be resumed")
        return page

    def download(self, url: str, folder: Path) -> Path:
        """The whole file, fetched range by range; what is there of it already is kept. Raises FetchError."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (re.sub(r"[^\w.-]+", "_", url.partition("://")[2])[-150:] + ".part")
        with path.open("ab") as file, _alone(file, url):
            self._fill(url, file, path.with_suffix(".json"))
        return path

    def _fill(self, url: str, file: IO[bytes], note: Path) -> None:
        have = file.tell()
        tag, total = _noted(note)
        while total is None or have < total:
            page = self.part(url, have, have + RANGE - 1)
            start, length = _extent(page, url)
            now = page.header("etag") or page.header("last-modified")
            if have and (start != have or now != tag):  # another file than the one that was begun
                file.truncate(0)
                have, total = 0, None
                continue
            if not page.body:
                raise BadReply(url, f"ends at {have:,} of {length:,} bytes; try again later")
            if not have:
                note.write_text(json.dumps([now, length]), encoding="utf-8")
            tag, total = now, length
            file.write(page.body)
            file.flush()
            have += len(page.body)


def forget(path: Path) -> None:
    """Remove a download and its note."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)


def unpacked(page: Page) -> bytes:
    """The body of a reply, out of gzip where it is in it. Raises BadReply."""
    if not page.body.startswith(b"\x1f\x8b"):
        return page.body
    try:
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        body = inflate.decompress(page.body, UNPACKED)
    except zlib.error as error:
        raise BadReply(page.url, f"is damaged gzip ({error}); try again later") from error
    if not inflate.eof:
        raise BadReply(page.url, f"is cut off, or unpacks to more than {UNPACKED:,} bytes; check the address")
    return body


def lines_of(page: Page) -> Iterator[str]:
    """The lines of a reply that are not empty."""
    return filter(None, map(str.strip, unpacked(page).decode("utf-8", "replace").splitlines()))


def _extent(page: Page, url: str) -> tuple[int, int]:
    """Where the part begins, and how long the whole file is."""
    if page.status != 206:
        return 0, len(page.body)
    found = _CONTENT_RANGE.fullmatch((page.header("content-range") or "").strip())
    if found is None:
        raise BadReply(url, "sends a part without saying which; it can't be resumed")
    return int(found[1]), int(found[3])


def _noted(note: Path) -> tuple[str | None, int | None]:
    """What a file that was begun is known by, and its length."""
    try:
        tag, total = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return None, None
    return tag, total


@contextmanager
def _alone(file: IO[bytes], url: str) -> Iterator[None]:
    """Only one process fills a file; the lock dies with it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise BadReply(url, "another process is fetching this file; wait for it") from error
    yield

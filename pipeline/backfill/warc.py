"""WARC files, on this machine or in Common Crawl's news archive: one unit for each file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

from extractors.read.members import Damage
from extractors.read.warc import Archive, Capture
from pipeline.backfill.archives import COMMONCRAWL_AT_ONCE, COMMONCRAWL_SECONDS, RANGE, forget, lines_of
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import MOST_BYTES, MOST_READINGS, Batch, Estimate, Nothing, Tools
from storage.backfills import Spec, Unit

STRETCH = 20_000
"""Records after which a place is stored though nothing was found."""
NEWS_FILE = 1_072_700_000
"""Bytes of one file of the news archive (commoncrawl/news-crawl#46)."""
_STAMP = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})\d{6}(?!\d)")


def wanted_hosts(hosts: Sequence[str]) -> Callable[[bytes], bool] | None:
    """Whether an address is of one of these hosts, or below one; None where all are wanted."""
    if not hosts:
        return None
    names = frozenset(host.lower().removeprefix("www.").encode() for host in hosts)

    def wanted(url: bytes) -> bool:
        host = url.split(b"/", 3)[2] if url.count(b"/") >= 2 else b""
        host = host.rpartition(b"@")[2].partition(b":")[0].lower()
        while host:
            if host in names:
                return True
            host = host.partition(b".")[2]
        return False

    return wanted


def read_file(tools: Tools, path: Path, hosts: Sequence[str], place: int) -> Iterator[Batch]:
    """The stretches of a WARC file from a place on. Raises OSError."""
    size = path.stat().st_size
    archive = Archive(path, tools.sieve.prefilter.may_tell, wanted_hosts(hosts))
    found, counted = Gathered(), _Counted(archive)
    for record in archive.captures(place):
        if len(found.readings) >= MOST_READINGS or found.weight >= MOST_BYTES or counted.since() >= STRETCH:
            counted.into(found, record.start - place)
            place = record.start
            yield Batch(place, found, size=size)
            found = Gathered()
        if isinstance(record, Capture):
            tools.sieve.reply(record.raw, record.url, record.captured_at or _start_of(path) or tools.clock(), found)
        elif isinstance(record, Damage):
            found.reject("damaged", f"{path.name}: the record at byte {record.start:,}: {record.why}")
    if not archive.replies and not place:
        found.reject("damaged", f"{path.name}: no reply of a web server in it")
    counted.into(found, max(size - place, 0))
    yield Batch(max(size, place), found, done=True, size=size)


@dataclass
class _Counted:
    """How much of what an archive has counted was told before."""

    archive: Archive
    replies: int = 0
    skipped: int = 0

    def since(self) -> int:
        return self.archive.replies - self.replies

    def into(self, found: Gathered, read: int) -> None:
        found.tally.pages += self.archive.replies - self.replies
        found.tally.skipped += self.archive.skipped - self.skipped
        found.tally.bytes += read
        self.replies, self.skipped = self.archive.replies, self.archive.skipped


@dataclass(frozen=True)
class Warc:
    """Files on this machine, or folders of them."""

    paths: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    name: ClassVar[str] = "warc"
    at_once: ClassVar[int] = 1_000
    fixed: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """Files are units of one job, whichever were named together."""
        return "hosts " + ",".join(sorted(self.hosts)) if self.hosts else "all hosts"

    @property
    def terms(self) -> dict[str, object]:
        """Of which the files are in the units."""
        return {"paths": [], "hosts": list(self.hosts)}

    def units(self, tools: Tools) -> Iterable[Spec]:
        """One for each file; the same name with another size is another file. Raises Nothing for an empty folder."""
        for path in sorted({path for given in self.paths for path in _files(Path(given))}):
            size = path.stat().st_size
            day = _day_of(path.name)
            yield Spec(f"{path} ({size:,} bytes)", {"path": str(path)}, size=size, since=day, until=day)

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """Read the file."""
        return read_file(tools, Path(str(unit.terms["path"])), self.hosts, unit.place)

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """Nothing is asked of anybody."""
        return Estimate(len(specs), 0, sum(spec.size or 0 for spec in specs), None)


@dataclass(frozen=True)
class CcNews:
    """Months of Common Crawl's news archive: files of about a gigabyte, fetched range by range, removed once read."""

    months: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    name: ClassVar[str] = "cc-news"
    at_once: ClassVar[int] = COMMONCRAWL_AT_ONCE
    fixed: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """The months, and the hosts where not all are wanted."""
        return " ".join([*sorted(self.months), *(f"hosts {','.join(sorted(self.hosts))}" for _ in self.hosts[:1])])

    @property
    def terms(self) -> dict[str, object]:
        """Months and hosts."""
        return {"months": list(self.months), "hosts": list(self.hosts)}

    def units(self, tools: Tools) -> Iterable[Spec]:
        """One for each file that the month's list names."""
        base = tools.archives.settings.commoncrawl_url.rstrip("/")
        for month in sorted(self.months):
            address = f"{base}/crawl-data/CC-NEWS/{month.replace('-', '/')}/warc.paths.gz"
            for line in lines_of(tools.archives.ask(address, COMMONCRAWL_SECONDS)):
                day = _day_of(line)
                yield Spec(line, {"file": line}, since=day, until=day)

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """Fetch the file, read it, remove it."""
        address = f"{tools.archives.settings.commoncrawl_url.rstrip('/')}/{unit.terms['file']}"
        path = tools.archives.download(address, tools.folder_of(unit))
        for batch in read_file(tools, path, self.hosts, unit.place):
            if batch.done:
                batch.found.tally.requests += -(-(batch.size or 0) // RANGE)
            yield batch
        forget(path)

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """Files of the size that they are said to have."""
        requests = len(specs) * -(-NEWS_FILE // RANGE)
        note = "files of the news archive are about 1.07 GB each"
        return Estimate(len(specs), requests, len(specs) * NEWS_FILE, requests * COMMONCRAWL_SECONDS, note)


def _files(given: Path) -> Iterator[Path]:
    if not given.is_dir():
        yield given.resolve(strict=True)
        return
    found = [path.resolve() for pattern in ("*.warc", "*.warc.gz") for path in given.rglob(pattern)]
    if not found:
        raise Nothing(f"{given}: no *.warc and no *.warc.gz in this folder")
    yield from found


def _day_of(name: str) -> date | None:
    start = _start_of(Path(name))
    return start.date() if start else None


def _start_of(path: Path) -> datetime | None:
    """When an archive was begun, by the fourteen digits in its name."""
    found = _STAMP.search(path.name)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None

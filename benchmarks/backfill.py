"""How fast an archive is read, beside what others do with each page of it.

    python benchmarks/backfill.py [PAGES] [FOLDER]

Builds a WARC file of PAGES (20,000) pages of our own making in FOLDER (kept there for the next time), once with and
once without the two sites that have keywords in their menus. Then, in one go and taking turns, prints CPU seconds on
one core, those of child processes included: only inflating (FastWARC); our whole backfill, with hyperscan and without,
with one host in twenty allowed; trafilatura (fast) and selectolax (text) for each page, of a sample.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fastwarc.warc import ArchiveIterator, WarcRecordType
from newsweb import host, pages, write_warc
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from config.settings import Settings
from extractors.read.prefilter import Prefilter, aho_corasick, hyperscan
from pipeline.assembly import Assembly
from pipeline.backfill.sieve import Sieve
from pipeline.backfill.units import Tools, work_off
from pipeline.backfill.warc import Warc
from storage.backfills import Unit, add_units, job_of, open_units
from storage.tables import StoredArticle

ROUNDS = 3
TRAFILATURA = 200
SELECTOLAX = 3_000
ALLOWED = (host(3), host(31))
"""Two of the forty hosts."""


@dataclass
class Row:
    """One contestant: what it works on, how many pages that are; CPU seconds of the best round, and what it found."""

    name: str
    prepare: Callable[[], Callable[[], set[str] | None]]
    of: int
    best: float = float("inf")
    found: set[str] | None = None

    def round(self, cpu: Callable[[], float]) -> None:
        work = self.prepare()
        began = cpu()
        found = work()
        self.best = min(self.best, cpu() - began)
        self.found = found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        whole = built(folder / f"{count}.warc.gz", count, keywords=True)
        clean = built(folder / f"{count}-clean.warc.gz", count, keywords=False)
        with closing(Bench(Path(temporary))) as bench:
            compare(bench, whole, clean, count)


def built(path: Path, count: int, *, keywords: bool) -> Path:
    """The corpus, made where it is not there."""
    if not path.exists():
        half = path.with_suffix(".half")
        write_warc(half, pages(count, keywords=keywords))
        half.rename(path)
    return path


class Bench:
    """A Greenlit whose worker is warm: what it costs to start is told apart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.parts = Assembly(Settings(data_dir=folder / "data"), floor=0.0)
        self._small = write_small(folder)
        began = self.cpu()
        self._warm(self.parts, Tools.of(self.parts))
        self.started = self.cpu() - began

    def cpu(self) -> float:
        """CPU seconds of this process and its living children."""
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        return time.process_time() + sum(map(_spent, children))

    def backfill(self, path: Path, engine: Any, hosts: tuple[str, ...] = ()) -> Callable[[], set[str]]:
        """All of a backfill: read, sift, understand, store; its database has seen twenty pages before."""
        self._number += 1
        settings = Settings(data_dir=self._folder / f"run-{self._number}")
        parts = Assembly(settings, floor=0.0)
        parts.__dict__["sieve"] = self._sieve(parts, engine)
        way = Warc((str(path),), hosts)
        tools = Tools.of(parts)
        self._warm(parts, tools)
        known = stored(parts)
        unit = unit_of(parts, tools, way)

        def work() -> set[str]:
            work_off(tools, way, unit)
            return stored(parts) - known

        return work

    def _warm(self, parts: Assembly, tools: Tools) -> None:
        way = Warc((str(self._small),))
        work_off(tools, way, unit_of(parts, tools, way))

    def _sieve(self, parts: Assembly, engine: Any) -> Sieve:
        sieve = self.parts.sieve
        sieve._ingest = parts.ingest
        sieve.prefilter = Prefilter(engine)
        return sieve

    def close(self) -> None:
        self.parts.close()


def unit_of(parts: Assembly, tools: Tools, way: Warc) -> Unit:
    """The one unit of a new job."""
    with parts.database.write() as session:
        job = job_of(session, way.name, way.key, way.terms, parts.clock())
        add_units(session, job.id, list(way.units(tools)), parts.clock())
    with parts.database.read() as session:
        (unit,) = open_units(session, job.id)
    return unit


def stored(parts: Assembly) -> set[str]:
    """The addresses of all articles."""
    with parts.database.read() as session:
        return {url for url in session.scalars(select(StoredArticle.url)) if url}


def _spent(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_small(folder: Path) -> Path:
    path = folder / "small.warc.gz"
    write_warc(path, pages(20, seed=2, every=5))
    return path


def compare(bench: Bench, whole: Path, clean: Path, count: int) -> None:
    """Let all take turns, and print what they took."""
    rows = {
        "inflate": Row("inflate only (FastWARC)", lambda: lambda: inflated(whole), count),
        "inflate clean": Row("the same, without keywords in menus", lambda: lambda: inflated(clean), count),
        "hyperscan": Row("backfill, hyperscan", lambda: bench.backfill(whole, hyperscan), count),
        "aho-corasick": Row("backfill, ahocorasick-rs", lambda: bench.backfill(whole, aho_corasick), count),
        "clean": Row("backfill, hyperscan, no keywords", lambda: bench.backfill(clean, hyperscan), count),
        "hosts": Row("backfill, 2 of 40 hosts", lambda: bench.backfill(whole, hyperscan, ALLOWED), count),
        "trafilatura": Row("trafilatura fast, each page", lambda: lambda: trafilatura(whole), TRAFILATURA),
        "selectolax": Row("selectolax text, each page", lambda: lambda: selectolax(whole), SELECTOLAX),
    }
    for _ in range(ROUNDS):
        for row in rows.values():
            row.round(bench.cpu)
    report(rows, whole.stat().st_size, count, bench.started)


def report(rows: dict[str, Row], size: int, count: int, started: float) -> None:
    """The table, and the ratios that matter."""
    each = {name: row.best / row.of for name, row in rows.items()}
    print(f"{count:,} pages, {size / 1e6:.0f} MB of gzip; CPU on one core, best of {ROUNDS}")
    for name, row in rows.items():
        speed = size / count / each[name] / 1e6
        print(f"{row.name:<38}{each[name] * 1e3:9.4f} ms/page {1 / each[name]:9,.0f} pages/s {speed:7.0f} MB/s")
    print(f"{'starting the worker, once':<38}{started:9.2f} s")
    for name in ("hyperscan", "aho-corasick", "hosts"):
        print(f"{name}: {each['trafilatura'] / each[name]:.1f} x trafilatura fast,", end=" ")
        print(f"{each['selectolax'] / each[name]:.1f} x selectolax, {each['inflate'] / each[name]:.2f} of inflating")
    print(f"without keywords in menus: {each['inflate clean'] / each['clean']:.2f} of inflating")
    found = {name: rows[name].found for name in ("hyperscan", "aho-corasick", "clean", "hosts")}
    print("hits:", {name: len(urls or ()) for name, urls in found.items()}, "of", count // 1_000, "relevant pages")
    allowed = {url for url in found["hyperscan"] or () if url.split("/")[2] in ALLOWED}
    same = found["hyperscan"] == found["aho-corasick"] and found["hosts"] == allowed
    print("same hits in every variant:", same and numbers(found["hyperscan"]) == numbers(found["clean"]))


def numbers(urls: set[str] | None) -> set[str]:
    """The pages' numbers: without keywords in menus, the same articles stand on other sites."""
    return {url.rpartition("/")[2] for url in urls or ()}


def replies(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for record in ArchiveIterator(
            file, record_types=WarcRecordType.response, parse_http=False, buffer_size=1 << 20
        ):
            yield record.reader.read()


def inflated(path: Path) -> None:
    for _ in replies(path):
        pass


def sample(path: Path, most: int) -> Iterator[str]:
    for number, raw in enumerate(replies(path)):
        if number == most:
            return
        head, _, body = raw.partition(b"\r\n\r\n")
        yield body.decode("gb18030" if b"gb18030" in head else "utf-8", "replace")


def trafilatura(path: Path) -> None:
    from trafilatura import extract

    for page in sample(path, TRAFILATURA):
        extract(page, fast=True)


def selectolax(path: Path) -> None:
    for page in sample(path, SELECTOLAX):
        body = LexborHTMLParser(page).body
        assert body is not None
        body.text()


if __name__ == "__main__":
    main()

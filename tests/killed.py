"""Runs Greenlit in a process of its own that kills itself (SIGKILL) at its n-th commit.

    python killed.py N DATA_DIR SOURCES_DIR round|first|backfill|reextract
    python killed.py N DATA_DIR URL archives        (all of tests/archive_server.py, at URL)

`first` is a round whose finds are history, `round` one whose finds are announced.

N = 0 lets it live. Real parts throughout; exit code 0 where it got to the end.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from archive_server import addresses
from sqlalchemy import event

from config.settings import Settings
from config.source import load_sources
from pipeline.assembly import Assembly
from pipeline.backfill.commoncrawl import CommonCrawl
from pipeline.backfill.gdelt import Gdelt
from pipeline.backfill.listing import backfill
from pipeline.backfill.pool import hands
from pipeline.backfill.run import run
from pipeline.backfill.units import Way
from pipeline.backfill.warc import CcNews
from pipeline.backfill.wayback import Wayback
from pipeline.reextract import read_all, store

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def main(at: int, data: Path, sources: Path, what: str) -> None:
    web = str(sources).replace("http:/", "http://") if what == "archives" else ""
    entities = "rules" if web else "crf"  # there are many runs: they are quick to start
    settings = Settings(data_dir=data, allow_private_networks=True, entities=entities, **addresses(web))
    parts = Assembly(settings, clock=lambda: NOON, floor=0.0)
    commits = 0

    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(parts.database.engine, "commit", count)
    if what == "archives":
        every_way_back(parts, web)
        parts.close()
        return
    if what == "reextract":
        store(parts, read_all(parts, since=None, again=False, progress=lambda at, of: None))
        parts.close()
        return
    (source,) = load_sources([sources]).sources.values()
    watch = parts.watch(announce=what != "first")
    if what in ("round", "first"):
        watch.round([source])
    else:
        backfill(watch, source, date(2026, 3, 1), date(2026, 3, 31), lambda at, counts: None)
    parts.close()


def every_way_back(parts: Assembly, web: str) -> None:
    days = ("2026-03-01", "2026-03-31")
    ways: list[Way] = [
        Wayback(f"{web}/", *days),
        Gdelt("备案", *days),
        CommonCrawl(f"{web}/", *days),
        CcNews(("2026-03",)),
    ]
    for way in ways:
        outcome = run(parts, way, lambda at_once: hands(parts, 1), lambda progress: None)
        assert outcome.progress.done == outcome.progress.units, outcome


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])

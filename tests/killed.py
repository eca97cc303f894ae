"""Greenlit in a process of its own that kills itself (SIGKILL) at its n-th commit; of archives, of a unit's place.

    killed.run(n, data, sources, "round")     # or "first", "backfill", "reextract"
    killed.run(n, data, url, "archives")      # all of tests/archive_server.py, at that address

`first` is a round whose finds are history, `round` one whose finds are announced. n = 0 lets it live. Real parts
throughout; returns the exit code, 0 where it got to the end. n < 0 kills it right behind that commit.
"""

from __future__ import annotations

import os
import signal
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from archive_server import addresses
from forked import in_child
from outlet import article
from sqlalchemy import Engine, event

from config.companies import load_companies
from config.settings import Settings
from config.source import load_sources
from extractors.records import Page
from extractors.sift import Sifter
from pipeline.assembly import Assembly
from pipeline.backfill.commoncrawl import CommonCrawl
from pipeline.backfill.gdelt import Gdelt
from pipeline.backfill.listing import backfill
from pipeline.backfill.pool import hands
from pipeline.backfill.run import run as work_through
from pipeline.backfill.units import Way
from pipeline.backfill.warc import CcNews
from pipeline.backfill.wayback import Wayback
from pipeline.reextract import read_all, store

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def run(at: int, data: Path, where: Path | str, what: str) -> int:
    warm()
    return in_child(lambda: _run(at, data, where, what))


@cache
def warm() -> None:
    """Load what reads a page and understands it, once for all processes that begin as copies of this one."""
    url = "https://a.example/1.html"
    page = Page(url, url, 200, (), article(1).encode(), NOON, "")
    Sifter.of(load_companies(), "crf").page(page, None)


def _run(at: int, data: Path, where: Path | str, what: str) -> None:
    web = str(where) if what == "archives" else ""
    settings = Settings(data_dir=data, allow_private_networks=True, **addresses(web))
    parts = Assembly(settings, clock=lambda: NOON, floor=0.0)
    kill_at(at, parts.database.engine, "backfill_units" if web else "")
    if what == "archives":
        every_way_back(parts, web)
        parts.close()
        return
    if what == "reextract":
        store(parts, read_all(parts, since=None, again=False, progress=lambda at, of: None))
        parts.close()
        return
    (source,) = load_sources([Path(where)]).sources.values()
    watch = parts.watch(announce=what != "first")
    if what in ("round", "first"):
        watch.round([source])
    else:
        backfill(watch, source, date(2026, 3, 1), date(2026, 3, 31), lambda at, counts: None)
    parts.close()


def kill_at(at: int, engine: Engine, table: str) -> None:
    """Make this process kill itself at its n-th commit of a transaction that wrote into `table`, or of any."""
    commits, wrote = 0, not table

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal wrote
        wrote = wrote or (table in statement and not statement.startswith("SELECT"))

    def count(_connection: object) -> None:
        nonlocal commits, wrote
        commits += wrote
        if wrote and commits == at:
            die()
        if wrote and commits == -at:
            event.listen(engine, "checkin", lambda *_: die())  # the connection is let go when the commit is done
        wrote = not table

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", count)


def every_way_back(parts: Assembly, web: str) -> None:
    days = ("2026-03-01", "2026-03-31")
    ways: list[Way] = [
        Wayback(f"{web}/", *days),
        Gdelt("备案", *days),
        CommonCrawl(f"{web}/", *days),
        CcNews(("2026-03",)),
    ]
    for way in ways:
        outcome = work_through(parts, way, lambda at_once: hands(parts, 1), lambda progress: None)
        assert outcome.progress.done == outcome.progress.units, outcome

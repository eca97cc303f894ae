"""SIGKILL over a whole backfill, through every remote archive: the rows are those of a run that nobody killed."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from archive_server import ArchiveServer
from killed import run as run_killed
from newsweb import pages, write_warc
from outlet import pages_asked
from sqlalchemy import func, select
from web import Web

from pipeline.backfill import pool
from pipeline.backfill.run import run
from pipeline.backfill.warc import Warc
from storage import queries
from storage.database import Database, open_database
from storage.tables import BackfillUnit, OutboxItem, StoredArticle, StoredMention


@pytest.fixture
def web():
    with Web() as server:
        archives = ArchiveServer(server, page_rows=2)
        for number in range(3):
            archives.keep(number)
        yield server


def held(data: Path) -> tuple[list[str], int, int, int]:
    """Numbers, names and days of approvals; how many articles, mentions and outbox items there are."""
    database = open_database(f"sqlite:///{data / 'greenlit.db'}")
    found = rows(database)
    database.close()
    return found


def rows(database: Database) -> tuple[list[str], int, int, int]:
    with database.read() as session:
        told = sorted(
            f"{a.filing_no} {a.product} {a.approved_on} {len(a.articles)}" for a in queries.approvals(session)
        )
        counts = [
            session.scalar(select(func.count()).select_from(t)) for t in (StoredArticle, StoredMention, OutboxItem)
        ]
    return (told, *counts)


def test_a_backfill_killed_at_any_commit_ends_with_the_same_rows(web, tmp_path) -> None:
    assert run_killed(0, tmp_path / "whole", web.url, "archives") == 0
    whole = held(tmp_path / "whole")
    assert (len(whole[0]), whole[1], whole[3]) == (3, 3, 0)
    states = []
    for commit in range(200):  # one run after the other, killed before its first commit of a unit, or right behind it
        code = run_killed((1, -1)[commit % 2], tmp_path / "killed", web.url, "archives")
        if code == 0:
            break
        assert code == -signal.SIGKILL
        states.append(places(tmp_path / "killed"))
    assert held(tmp_path / "killed") == whole
    assert len(states) >= 40
    assert len(set(states)) == len(states) // 2 + 1  # a commit that was killed left all as it was


def places(data: Path) -> tuple[tuple[str, int, bool], ...]:
    """Where the units stand, and which are done."""
    database = open_database(f"sqlite:///{data / 'greenlit.db'}")
    with database.read() as session:
        found = session.execute(select(BackfillUnit.key, BackfillUnit.place, BackfillUnit.done)).all()
    database.close()
    return tuple(sorted((row.key, row.place, row.done) for row in found))


def test_a_backfill_that_goes_on_asks_for_no_page_twice(web, tmp_path) -> None:
    assert run_killed(11, tmp_path / "killed", web.url, "archives") == -signal.SIGKILL
    before = len(web.log)
    assert run_killed(0, tmp_path / "killed", web.url, "archives") == 0
    asked = [path for path in pages_asked(web.log) if path.startswith("/wayback/web/")]
    assert before
    assert len(asked) <= len(set(asked)) + 1  # the page whose commit was killed


@contextmanager
def mourning(parts, count, victims):
    """Worker processes, of which `victims` are killed as soon as they have something to do."""
    with pool.hands(parts, count) as workers:
        take = workers.take

        def take_and_die(unit: int) -> None:
            take(unit)
            if victims:
                victims.pop()
                worker = next(w for w in workers._workers if w.unit == unit)
                os.kill(worker.process.pid, signal.SIGKILL)

        workers.take = take_and_die
        yield workers


def test_worker_processes_that_are_killed_lose_only_their_unit(make, tmp_path) -> None:
    for number in range(4):
        write_warc(tmp_path / f"{number}.warc.gz", pages(8, seed=number, every=2), level=1)
    whole, broken = make(), make(database_url=f"sqlite:///{tmp_path / 'broken.db'}")
    way = Warc((str(tmp_path),))
    first = run(whole, way, lambda at_once: pool.hands(whole, 1), lambda progress: None)
    second = run(broken, way, lambda at_once: mourning(broken, 2, [1, 2]), lambda progress: None)
    assert (first.progress.done, second.progress.done, second.lost) == (4, 4, {})
    assert rows(broken.database) == rows(whole.database)
    assert second.progress.tally == first.progress.tally


def test_a_unit_that_kills_every_worker_is_left_and_told(make, tmp_path) -> None:
    write_warc(tmp_path / "a.warc.gz", pages(2), level=1)
    parts = make()
    outcome = run(parts, Warc((str(tmp_path),)), lambda at_once: mourning(parts, 2, [1] * 9), lambda progress: None)
    assert outcome.progress.done == 0
    assert list(outcome.lost.values()) == ["3 workers died of it"]


def test_a_unit_that_two_work_on_is_stored_once(make, tmp_path) -> None:
    from pipeline.backfill.run import plan
    from pipeline.backfill.units import Batch, Tools, commit
    from storage.backfills import Overtaken, open_units

    write_warc(tmp_path / "a.warc.gz", pages(6, every=2), level=1)
    parts = make()
    way = Warc((str(tmp_path),))
    job = plan(parts, way)
    with parts.database.read() as session:
        (unit,) = open_units(session, job.id)
    first, second = (list(way.work(Tools.of(parts), unit)) for _ in range(2))
    assert isinstance(first[0], Batch)
    commit(parts.ingest, unit, first[0])
    before = rows(parts.database)
    with pytest.raises(Overtaken):
        commit(parts.ingest, unit, second[0])
    assert rows(parts.database) == before

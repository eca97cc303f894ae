"""Dask over real processes, with a real PostgreSQL: the same rows whatever dies."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from dask_cluster import port, scheduler, worker
from newsweb import pages, write_warc
from sqlalchemy import func, select

from config.settings import Settings
from pipeline.assembly import Assembly
from pipeline.backfill.cluster import Missing, cluster
from pipeline.backfill.run import run
from pipeline.backfill.warc import Warc
from storage import queries
from storage.tables import BackfillUnit, StoredArticle, StoredMention

FILES = 6


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("warc")
    for number in range(FILES):
        write_warc(folder / f"{number}.warc.gz", pages(12, seed=number, every=3), level=1)
    return folder


@pytest.fixture
def make(new_postgres, tmp_path) -> Iterator:
    """Puts a Greenlit together on a new database."""
    made: list[Assembly] = []

    def assemble(name: str) -> Assembly:
        settings = Settings(data_dir=tmp_path / name, database_url=new_postgres(), entities="rules")
        made.append(Assembly(settings, floor=0.0))
        return made[-1]

    yield assemble
    for parts in made:
        parts.close()


def back(parts: Assembly, files: Path, at: int, told=lambda progress: None):
    return run(parts, Warc((str(files),)), lambda at_once: cluster(parts, f"tcp://127.0.0.1:{at}", at_once), told)


def rows(parts: Assembly) -> tuple[list[str], int, int]:
    with parts.database.read() as session:
        told = sorted(
            f"{a.filing_no} {a.product} {a.approved_on} {len(a.articles)}" for a in queries.approvals(session)
        )
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (StoredArticle, StoredMention)]
    return (told, *counts)


def test_two_workers_one_that_dies_and_a_new_scheduler_all_give_the_rows_of_one(make, files) -> None:
    """One test, since a cluster is slow to start."""
    with ExitStack() as stack:
        at = port()
        first = scheduler(stack, at)
        worker(stack, at)
        one = make("one")
        whole = back(one, files, at)
        assert (whole.progress.done, whole.lost) == (FILES, {})
        assert rows(one)[1] >= 4

        doomed = worker(stack, at)
        two = make("two")
        killed = threading.Event()

        def kill(progress: object) -> None:
            if not killed.is_set() and _begun(two):
                killed.set()
                os.killpg(doomed.pid, signal.SIGKILL)

        outcome = back(two, files, at, kill)
        assert killed.is_set()
        assert (outcome.progress.done, outcome.lost) == (FILES, {})
        assert rows(two) == rows(one)
        assert outcome.progress.tally == whole.progress.tally

        three = make("three")
        gone = threading.Event()

        def kill_scheduler(progress: object) -> None:
            if not gone.is_set() and _begun(three):
                gone.set()
                os.killpg(first.pid, signal.SIGKILL)

        with pytest.raises(Missing, match="scheduler"):
            back(three, files, at, kill_scheduler)
        at = port()
        scheduler(stack, at)
        worker(stack, at)
        again = back(three, files, at)
        assert (again.progress.done, again.lost) == (FILES, {})
        assert rows(three) == rows(one)


def _begun(parts: Assembly) -> bool:
    with parts.database.read() as session:
        return bool(session.scalar(select(func.count()).where(BackfillUnit.done)))


def test_a_file_of_one_machine_is_no_database_for_many(tmp_path, files) -> None:
    parts = Assembly(Settings(data_dir=tmp_path))
    with pytest.raises(Missing, match="PostgreSQL"):
        back(parts, files, 1)


def test_a_scheduler_that_does_not_answer_is_told(make, files, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.backfill.cluster.PATIENCE", 0.5)
    with pytest.raises(Missing, match="no Dask scheduler answers"):
        back(make("none"), files, port())


def test_a_scheduler_without_a_worker_is_told(make, files, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.backfill.cluster.NO_WORKER", 0.5)
    with ExitStack() as stack:
        at = port()
        scheduler(stack, at)
        with pytest.raises(Missing, match=f"{at}: the scheduler has no worker"):
            back(make("none"), files, at)


@pytest.mark.parametrize("address", ["nonsense", "tcp://host", "8786", ""])
def test_a_wrong_address_is_told_at_once(tmp_path, address) -> None:
    with pytest.raises(Missing, match="tcp://host:8786"), cluster(Assembly(Settings(data_dir=tmp_path)), address, 1):
        pass

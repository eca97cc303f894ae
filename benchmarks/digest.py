"""How long a digest takes for very many readers: 1,000 approvals, 10,000 subscribers with mixed filters.

    python benchmarks/digest.py [--approvals 1000] [--subscribers 10000]

Announces the approvals to all whose filter wants them; makes and renders the mails of a round and takes that back, as
`digest send --dry-run` does; then sends the round: a transport of our own takes each mail after the time that a server
takes, so that the sending overlaps with the rendering. Prints seconds of CPU and of the clock for each step, how many
mails were on their way at once, and the peak of memory after a tenth of the mails and after all.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from extractors.records import ApprovalFact, Article, CompanyName, Facts, Kind
from extractors.understand.lexicon import Lexicon
from pipeline.digest.preview import plan
from pipeline.digest.send import send_digest
from storage.articles import save
from storage.database import Database, open_database
from storage.filters import Filter
from storage.records import Origin, Policy, Reading
from storage.subscribers import add
from storage.wishes import Schedule, Wish

NOON = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
PROVINCES = ("北京", "上海", "广东", "浙江", "江苏", "四川", "湖北", "陕西", "山东", "福建")
KINDS = tuple(kind for kind in Kind if kind is not Kind.UNSPECIFIED)
DELAY = 0.02
"""Seconds that the server takes for a mail."""


def subscribe(database: Database, count: int, chance: random.Random) -> None:
    with database.write() as session:
        for n in range(count):
            add(
                session,
                f"reader{n}@example.org",
                Wish(chance.choice(("en", "zh", "both")), Schedule(), wish(chance)),
                NOON,
            )


def wish(chance: random.Random) -> Filter:
    """A fifth want everything; the others a province, a kind, a word, or some of these."""
    if chance.random() < 0.2:
        return Filter()
    province = (chance.choice(PROVINCES),) if chance.random() < 0.7 else ()
    kind = (chance.choice(KINDS).value,) if chance.random() < 0.4 else ()
    keyword = (f"公司{chance.randrange(20)}",) if chance.random() < 0.2 else ()
    return Filter(province=province, kind=kind, keyword=keyword, confidence=chance.choice((0.0, 0.95)))


def announce(database: Database, count: int, chance: random.Random) -> None:
    lexicon = Lexicon.build([])
    for start in range(0, count, 20):
        facts = tuple(fact(n, chance) for n in range(start, min(start + 20, count)))
        text = "".join(f.quote for f in facts)
        article = Article(
            "新一批", text, url=f"https://news.example/{start}", published=NOON, language="zh", source="s"
        )
        with database.write() as session:
            save(session, Reading(article, Facts(True, facts, (), ()), Origin.LIVE, "b", NOON), lexicon, Policy())


def fact(n: int, chance: random.Random) -> ApprovalFact:
    company, product = f"公司{n}", f"产品{n}大模型"
    quote = f"{company}的{product}已通过备案。"
    said = CompanyName(None, company, (company,))
    return ApprovalFact(
        said, product, chance.choice(KINDS), quote, 0, len(quote),
        date="2026-03-03", confidence=chance.choice((0.93, 0.97)), province=chance.choice(PROVINCES),
    )  # fmt: skip


class Server:
    """Takes each mail after a while; counts, also those at once, and notes the peak of memory after a tenth of them."""

    def __init__(self, tenth: int) -> None:
        self.taken, self.bytes, self.tenth, self.early = 0, 0, tenth, 0.0
        self.now, self.most = 0, 0
        self.lock = threading.Lock()

    def __call__(self, message: object) -> None:
        size = len(message.as_bytes())  # type: ignore[attr-defined]
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(DELAY)
        with self.lock:
            self.now -= 1
            self.taken += 1
            self.bytes += size
            if self.taken == self.tenth:
                self.early = peak()


def peak() -> float:
    """MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Step:
    """Prints what a step took, in a `with`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.clock, self.cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        spent, passed = time.process_time() - self.cpu, time.perf_counter() - self.clock
        print(f"{self.name}: {spent:.1f} s CPU, {passed:.1f} s", flush=True)


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--approvals", type=int, default=1_000)
    given.add_argument("--subscribers", type=int, default=10_000)
    options = given.parse_args()
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'greenlit.db'}")
        subscribe(database, options.subscribers, chance)
        with Step("approvals stored, and their readers chosen"):
            announce(database, options.approvals, chance)
        settings = Settings(data_dir=Path(folder), smtp_from="greenlit@desk.example", smtp_connections=8)
        with Step("mails made and rendered"):
            plan(database, settings, lambda: NOON, {})
        server = Server(options.subscribers // 10)
        with Step("mails made, rendered and sent"):
            report = send_digest(database, settings, lambda: NOON, server)
        print(f"{report.summary}; {server.bytes / 1e6:.0f} MB of mail")
        print(f"{server.most} mails at once; the server alone, one by one: {DELAY * server.taken:.0f} s")
        print(f"peak of memory after a tenth {server.early:.0f} MB, after all {peak():.0f} MB")
        database.close()


if __name__ == "__main__":
    main()

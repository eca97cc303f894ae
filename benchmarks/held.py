"""A database with as many articles as wanted, for benchmarks: invented ones, stored in bulk as `save` stores them.

One article in ten tells of an approval; companies have five approvals each. Articles come at a steady rate, so that
more of them reach further back: the density of a fortnight is that of every size.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
from sqlalchemy import text

from extractors.understand.names import squeeze
from storage.database import Database
from storage.identity.copies import HASHES, KEYS, Sketch, hashes_of
from storage.search import Entry, What, rebuild
from storage.stories import packed
from storage.tables import (
    Company,
    CompanyAlias,
    SearchText,
    StoredApproval,
    StoredArticle,
    StoredMention,
    StoredSketch,
    Story,
    Table,
)

PER_DAY = 300
"""Articles a day: about what the built-in sources bring."""
RELEVANT = 10
"""One article in so many tells of an approval."""
POOL = 10_000
"""Sketches that are made; beyond them they come again, more than a month apart."""
END = datetime(2026, 3, 1, 4, tzinfo=UTC)
ROWS = 20_000
BOILERPLATE = (
    "根据《生成式人工智能服务管理暂行办法》，提供者应当在显著位置公示所用服务的备案编号。",
    "面向公众提供服务的大模型应当依法履行备案手续，未经备案不得上线。",
    "相关负责人表示，下一步将继续推进行业应用落地，加强安全评估。",
    "本文仅代表作者观点，不构成投资建议，转载请注明来源。",
)


@dataclass
class Press:
    """Invents words, texts and names, always the same ones."""

    random: Random

    def __post_init__(self) -> None:
        letters = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]
        self.words = ["".join(self.random.choices(letters, k=2)) for _ in range(6_000)]

    def text(self, words: int = 110) -> str:
        """A text of our own, with a sentence that many others have, too."""
        said = "".join(self.random.choices(self.words, k=words))
        batch, count = self.random.randrange(2, 40), self.random.randrange(50, 999)
        named = f"{said[:20]}的“{self.name()}”列入第{batch}批，共{count}款。"
        return f"{named}{said[20:words]}。{self.random.choice(BOILERPLATE)}{said[words:]}。"

    def name(self) -> str:
        """A name of four characters."""
        return "".join(self.random.choices(self.words, k=2))


@dataclass(frozen=True)
class Service:
    """One approval as it is told: whose, which, under which number."""

    company: str
    product: str
    number: str


def services(count: int) -> list[Service]:
    """Invented services, five of each company."""
    press = Press(Random(1))
    companies = [press.name() for _ in range(count // 5 + 1)]
    return [Service(companies[n // 5], press.name(), f"Haidong-Fu{n:06}-20260301{n:04}"[:60]) for n in range(count)]


def fill(database: Database, articles: int) -> list[Service]:
    """Store so many articles; returns the services that they tell of."""
    known = services(articles // RELEVANT)
    press = Press(Random(2))
    texts = [press.text() for _ in range(min(500, articles))]
    hashes = _hashes(min(POOL, articles))
    companies = sorted({one.company for one in known})
    ids = {name: f"d-{n}" for n, name in enumerate(companies)}
    _load(database, Company, ({"id": ids[n], "name": n, "name_en": None, "origin": "discovered"} for n in companies))
    _load(database, CompanyAlias, ({"key": n, "name": n, "company_id": ids[n]} for n in companies))
    _load(database, Story, ({"id": n + 1, "key": _digest(n)} for n in range(articles)))
    _load(database, StoredSketch, (_sketch(n, hashes[n % len(hashes)], articles) for n in range(articles)))
    _load(database, StoredArticle, (_article(n, texts, known, articles) for n in range(articles)))
    _load(database, StoredApproval, (_approval(n, one, ids) for n, one in enumerate(known)))
    _load(database, StoredMention, (_mention(n, one, ids) for n, one in enumerate(known)))
    _keys(database, hashes, articles)
    entries = (_entries(n, texts, known, companies, ids, articles) for n in range(articles))
    _load(database, SearchText, (row for rows in entries for row in rows))
    with database.write() as session:
        rebuild(session)
    _settle(database)
    return known


def _hashes(count: int) -> list[tuple[int, ...]]:
    """Sketches as those of so many texts: passages of their own, and those of a sentence that many have."""
    dice = np.random.default_rng(1)
    common = [hashes_of(squeeze(said)) for said in BOILERPLATE]
    own = dice.integers(0, 2**32, size=(count, 220))
    return [tuple(sorted({*row.tolist(), *common[n % len(common)]})[:HASHES]) for n, row in enumerate(own)]


def day_of(n: int, articles: int) -> datetime:
    """When the n-th of so many articles was published."""
    return END - timedelta(days=(articles - n) // PER_DAY)


def _day(n: int, articles: int) -> int:
    return day_of(n, articles).date().toordinal()


def _digest(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def _sketch(n: int, hashes: tuple[int, ...], articles: int) -> dict[str, Any]:
    row = Sketch(_digest(n), _day(n, articles), hashes)
    return {"id": n + 1, "digest": row.digest, "day": row.day, "hashes": packed(hashes), "said": {}, "story_id": n + 1}


def _article(n: int, texts: list[str], known: list[Service], articles: int) -> dict[str, Any]:
    relevant = n % RELEVANT == 0 and n // RELEVANT < len(known)
    one = known[n // RELEVANT] if relevant else None
    title = f"{one.company}“{one.product}”完成备案" if one else texts[n % len(texts)][:18]
    return {
        "id": n + 1, "key": f"https://n.example/{n}", "url": f"https://n.example/{n}", "source": "press",
        "origin": "backfill", "title": title, "text": texts[n % len(texts)] if relevant else "",
        "text_sha256": _digest(n), "published": day_of(n, articles), "relevant": relevant, "edition": 1,
        "first_seen_at": day_of(n, articles), "extractor": "bench", "lexicon": "bench", "story_id": n + 1,
        "sketch_id": n + 1, "external_id": None, "language": "zh", "page_id": None,
    }  # fmt: skip


def _approval(n: int, one: Service, ids: dict[str, str]) -> dict[str, Any]:
    return {
        "id": n + 1, "kind": "genai_filing", "status": "reported", "company_id": ids[one.company],
        "product": one.product, "product_names": [one.product], "filing_no": one.number,
        "number_key": one.number.lower(), "province": "海东", "authority": None, "approved_on": "2026-03-01",
        "batch": None, "scope": None, "confidence": 1.0, "first_seen_at": END, "merged_into": None,
    }  # fmt: skip


def _mention(n: int, one: Service, ids: dict[str, str]) -> dict[str, Any]:
    return {
        "id": n + 1, "article_id": n * RELEVANT + 1, "ordinal": 0, "role": "approval", "approval_id": n + 1,
        "company_id": ids[one.company], "company_name": one.company, "company_names": [one.company],
        "product": one.product, "product_key": one.product, "kind": "genai_filing", "filing_no": one.number,
        "number_key": one.number.lower(), "date": "2026-03-01", "batch": None, "province": "海东", "authority": None,
        "scope": None, "background": False, "register": False, "confidence": 1.0, "quote": one.company, "start": 0,
        "end": len(one.company), "seen_at": END, "origin": "backfill",
    }  # fmt: skip


def _entries(
    n: int, texts: list[str], known: list[Service], companies: list[str], ids: dict[str, str], articles: int
) -> Iterator[dict[str, Any]]:
    row = _article(n, texts, known, articles)
    yield _found(Entry(What.ARTICLE, str(n + 1), (row["title"], row["text"]), _day(n, articles)))
    if n < len(known):
        yield _found(
            Entry(What.APPROVAL, str(n + 1), tuple(sorted((known[n].company, known[n].product, known[n].number))))
        )
    if n < len(companies):
        yield _found(Entry(What.COMPANY, ids[companies[n]], (companies[n],)))


def _found(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "what": entry.what.value, "ref": entry.ref, "text": entry.text}


def _keys(database: Database, hashes: list[tuple[int, ...]], articles: int) -> None:
    """The keys of all texts, in the order of their index: that is how so many are loaded in reasonable time."""
    short = np.array([one[:KEYS] for one in hashes], dtype=np.int64)
    ids = np.arange(articles)
    days = np.array([_day(n, articles) for n in range(articles)], dtype=np.int64)
    keys = short[ids % len(hashes)].reshape(-1)
    owners, when = np.repeat(ids + 1, short.shape[1]), np.repeat(days, short.shape[1])
    order = np.lexsort((owners, when, keys))
    with database.write() as session:
        session.execute(text("DROP INDEX ix_sketch_keys_sketch_id"))
    for start in range(0, len(order), ROWS * 10):
        some = order[start : start + ROWS * 10]
        _insert(database, "sketch_keys", ("hash", "day", "sketch_id"),
                zip(keys[some].tolist(), when[some].tolist(), owners[some].tolist(), strict=True))  # fmt: skip
    with database.write() as session:
        session.execute(text("CREATE INDEX ix_sketch_keys_sketch_id ON sketch_keys (sketch_id)"))


def _load(database: Database, table: type[Table], rows: Iterable[dict[str, Any]]) -> None:
    made: list[tuple[Any, ...]] = []
    names: tuple[str, ...] = ()
    for row in rows:
        names = names or tuple(row)
        made.append(tuple(_plain(value) for value in row.values()))
        if len(made) == ROWS:
            _insert(database, table.__tablename__, names, made)
            made = []
    if made:
        _insert(database, table.__tablename__, names, made)


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value)
    return value.replace(tzinfo=None).isoformat(" ", "microseconds") if isinstance(value, datetime) else value


def _insert(database: Database, table: str, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    quoted = ", ".join(f'"{name}"' for name in names)
    with database.write() as session:
        raw = session.connection().connection.cursor()
        if database.engine.dialect.name == "sqlite":
            raw.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' * len(names))})", rows)
        else:
            with raw.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        raw.close()


def _settle(database: Database) -> None:
    """Let both databases know how their rows lie, and PostgreSQL where its numbers go on."""
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if database.engine.dialect.name == "postgresql":
            for name in ("stories", "sketches", "articles", "approvals", "mentions"):
                connection.execute(text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))
            connection.execute(text("VACUUM (ANALYZE, PARALLEL 0)"))  # helpers want shared memory
    if database.engine.dialect.name == "sqlite":
        with database.write() as session:
            session.execute(text("ANALYZE"))

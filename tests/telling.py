"""Approvals stored by the ingest's own path, for tests of digest and desk."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from extractors.records import ApprovalFact, Article, Claim, CompanyName, Facts, Kind, RevocationFact
from extractors.understand.lexicon import Lexicon
from storage.articles import save
from storage.database import Database, open_database
from storage.records import Origin, Policy, Reading, Stored

NOON = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
"""The time at which the tests' approvals come in: noon in Shanghai."""


def database_at(folder: Path) -> Database:
    """A new SQLite database in `folder`."""
    return open_database(f"sqlite:///{folder / 'greenlit.db'}")


def fact(
    company: str | None = "澜序科技",
    product: str | None = "澜序大模型",
    *,
    names: tuple[str, ...] = (),
    kind: Kind = Kind.GENAI_FILING,
    quote: str | None = None,
    filing_no: str | None = None,
    date: str | None = "2026-03-03",
    confidence: float = 0.97,
    province: str | None = None,
) -> ApprovalFact:
    """One fact; its quote says company and product unless given."""
    quote = f"{company}的{product}已通过备案。" if quote is None else quote
    said = CompanyName(None, company, names or ((company,) if company else ()))
    return ApprovalFact(
        said,
        product,
        kind,
        quote,
        0,
        len(quote),
        filing_no=filing_no,
        date=date,
        confidence=confidence,
        province=province,
    )


def tell(
    database: Database,
    *facts: ApprovalFact,
    url: str = "https://news.example/1",
    title: str = "新一批大模型通过备案",
    origin: Origin = Origin.LIVE,
    claims: tuple[Claim, ...] = (),
    revocations: tuple[RevocationFact, ...] = (),
    register: bool = False,
    at: datetime = NOON,
) -> Stored:
    """Store one article that says `facts`, as the ingest does."""
    text = "".join(f.quote for f in facts) or title
    article = Article(title, text, url=url, published=at, language="zh", source="测试新闻")
    reading = Reading(article, Facts(True, facts, claims, revocations), origin, "test", at, register=register)
    with database.write() as session:
        return save(session, reading, Lexicon.build([]), Policy())

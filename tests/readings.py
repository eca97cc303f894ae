"""Articles as understood, for tests that store them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from extractors.records import ApprovalFact, Article, CompanyName, Facts, Kind, RevocationFact
from storage.records import Origin, Reading

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def fact(name: str | None = "蓝鲸智语", product: str | None = None, **known: Any) -> ApprovalFact:
    """An approval of one company; `id` and `names` go into its company."""
    names = known.pop("names", (name,) if name else ())
    company = CompanyName(known.pop("id", None), name, tuple(names))
    text = name or product or "x"
    base = ApprovalFact(company, product, Kind.GENAI_FILING, text, 0, len(text))
    return replace(base, **known)


def reading(key: str, *facts: ApprovalFact | RevocationFact, origin: Origin = Origin.LIVE, **known: Any) -> Reading:
    """An article with these facts; `text`, `url` and `published` are its own, the rest the reading's."""
    article = Article(
        title=f"title of {key}",
        text=known.pop("text", f"text of {key}"),
        id=key,
        url=known.pop("url", None),
        published=known.pop("published", NOON),
        source=known.pop("source", "test"),
    )
    approvals = tuple(f for f in facts if isinstance(f, ApprovalFact))
    revocations = tuple(f for f in facts if isinstance(f, RevocationFact))
    said = Facts(bool(approvals), approvals, known.pop("batches", ()), revocations)
    return Reading(article, said, origin, "test", known.pop("seen_at", NOON), **known)

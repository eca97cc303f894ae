"""The JSONL lines that programs rely on (DESIGN, section 5), to and from records."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from extractors.records import CHINA, Article, CompanyName, Facts

_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_FIRST, _LAST = 1990, 2100
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


class LineError(Exception):
    """A line can't be read as an article; `id` is the line's own, where it has one."""

    def __init__(self, id: str | None, message: str) -> None:
        super().__init__(message)
        self.id = id
        self.message = message


def article_from_line(obj: object) -> Article:
    """The article of one line. Raises LineError naming the key that is wrong.

    A `published` (1990 to 2100) that is a date means 00:00 in Shanghai; a time without a zone is Shanghai's. Lone
    surrogates and NULs become U+FFFD; keys that are not known are passed over.
    """
    if not isinstance(obj, dict):
        raise LineError(None, f"a line must be a JSON object, not {type(obj).__name__}")
    id = _id(obj)
    texts = {key: _text(obj, key, id) for key in ("title", "url", "language", "source")}
    text = _text(obj, "text", id)
    if text is None:
        raise LineError(id, "text: is missing")
    return Article(
        texts["title"] or "",
        text,
        id=id,
        url=texts["url"],
        published=_published(obj.get("published"), id),
        language=texts["language"],
        source=texts["source"],
    )


def article_to_line(id: str | None, article: Article) -> dict[str, Any]:
    """The line that `parse` prints."""
    return {
        "id": id,
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
    }


def facts_to_line(id: str | None, facts: Facts) -> dict[str, Any]:
    """The facts line that `extract` prints."""
    return {
        "id": id,
        "relevant": facts.relevant,
        "approvals": [
            {
                "company": _company(fact.company),
                "product": fact.product,
                "kind": str(fact.kind),
                "filing_no": fact.filing_no,
                "date": fact.date,
                "batch": fact.batch,
                "province": fact.province,
                "authority": fact.authority,
                "background": fact.background,
                "confidence": fact.confidence,
                "quote": fact.quote,
                "start": fact.start,
                "end": fact.end,
            }
            for fact in facts.approvals
        ],
        "batches": [
            {"batch": c.batch, "count": c.count, "cumulative": c.cumulative, "date": c.date, "kind": str(c.kind)}
            for c in facts.batches
        ],
        "revocations": [
            {
                "company": _company(fact.company),
                "product": fact.product,
                "kind": str(fact.kind),
                "filing_no": fact.filing_no,
                "date": fact.date,
                "quote": fact.quote,
                "start": fact.start,
                "end": fact.end,
            }
            for fact in facts.revocations
        ],
    }


def _company(company: CompanyName) -> dict[str, Any]:
    return {"id": company.id, "name": company.name, "names": list(company.names)}


def _id(obj: dict[str, Any]) -> str | None:
    value = obj.get("id")
    if value is None or isinstance(value, str):
        return _clean(value) if value else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise LineError(None, "id: must be a text")


def _text(obj: dict[str, Any], key: str, id: str | None) -> str | None:
    value = obj.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise LineError(id, f"{key}: must be a text, not {type(value).__name__}")
    return _clean(value)


def _clean(text: str) -> str:
    return _UNUSABLE.sub("\ufffd", text)


def _published(value: object, id: str | None) -> datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise LineError(id, f"published: must be a date or time as text, not {type(value).__name__}")
    try:
        if _DATE.fullmatch(value):
            year, month, day = map(int, value.split("-"))
            moment = datetime(year, month, day, tzinfo=CHINA)
        else:
            moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise LineError(id, f"published: {value[:40]!r} is no date or time such as 2024-01-30") from error
    if not _FIRST <= moment.year <= _LAST:
        raise LineError(id, f"published: {value[:40]!r} is not in the years {_FIRST} to {_LAST}")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)

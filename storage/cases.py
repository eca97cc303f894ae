"""Decisions as test cases: what was said, and what a person made of it, whole enough to be tried without a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from storage.decided import about
from storage.decisions import standing
from storage.queries import QUOTE
from storage.records import Action, Policy
from storage.tables import DecidedMention, StoredMention

CASES = (Action.MERGE, Action.SPLIT, Action.REJECT, Action.CONFIRM, Action.RENAME)
_SAID = ("role", "company_id", "company_name", "product", "kind", "filing_no", "date", "batch", "province", "authority",
         "background", "register", "confidence", "start", "end")  # fmt: skip


def cases(session: Session, policy: Policy) -> Iterator[dict[str, Any]]:
    """One case for each standing decision about mentions, oldest first.

    `mentions` are what was decided about, each with its `side` (those of one side are one approval) and its article.
    """
    decided = [one for one in standing(session) if one.action in CASES and not one.subject.startswith("company:")]
    found = about(session, [one.id for one in decided])
    for one in decided:
        mentions = found.get(one.id, [])
        if mentions:
            yield {
                "decision": one.id,
                "at": one.at.isoformat(),
                "author": one.author,
                "reason": one.reason,
                "expect": one.action.value,
                "fields": one.value.get("fields", {}),
                "min_confidence": policy.min_confidence,
                "mentions": [_mention(mention, remembered) for mention, remembered in mentions],
            }


def _mention(mention: StoredMention, remembered: DecidedMention) -> dict[str, Any]:
    article = mention.article
    return {
        "side": remembered.side,
        **{name: getattr(mention, name) for name in _SAID},
        "quote": mention.quote[:QUOTE],
        "article": {
            "id": article.external_id or article.key,
            "url": article.url,
            "title": article.title,
            "source": article.source,
            "published": article.published.isoformat() if article.published else None,
        },
    }

"""What is worth telling, written in the transaction in which it came true: items, and one delivery each.

Told are: a new approval; then, to those who were told of it, that a field of it arrived or changed, that it was
cancelled, and that telling it was wrong. Each once: the newest item about an approval holds what readers know of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from extractors.records import CHINA
from storage.addressees import Wishes, deliver, deliver_to_told, wishes
from storage.corrections import follow
from storage.filters import Facets, facets_of, fold
from storage.items import FIELDS, Event, add_item, facts_of, is_told, items_of, last_items, standing_of
from storage.news import is_cancelled_now, is_news
from storage.queries import approvals_by_id
from storage.records import Approval, Origin, Policy, Reading
from storage.tables import OutboxItem


def announce(session: Session, approvals: Iterable[int], reading: Reading, policy: Policy) -> tuple[int, ...]:
    """Put what is new (DESIGN section 4) of these approvals into the outbox; returns the ids of the new ones.

    What those know who were told before is set right whatever the reading's origin; amended only by a live one.
    """
    touched, at = list(approvals), reading.seen_at
    live = reading.origin is Origin.LIVE
    known = last_items(session, touched)
    follow(session, at, touched)
    if not live or not touched:
        return ()
    today = at.astimezone(CHINA).date()
    standing = standing_of(session, touched)
    untold = [a for a in touched if a in standing and a not in known]
    fresh = [a for a in untold if is_news(session, a, reading.article.source, today, policy.news_days)]
    cancelled = [a for a in touched if a not in known or known[a].event != Event.REVOKED]
    over = [a for a in cancelled if is_cancelled_now(session, a, today, policy.news_days)]
    amended = [a for a in touched if a in standing and a in known]
    if fresh or over or amended:
        _tell(session, at, policy, wishes(session), fresh, over, amended, known)
    return tuple(fresh)


def announce_confirmed(session: Session, approvals: Iterable[int], at: datetime, policy: Policy) -> tuple[int, ...]:
    """Tell of those that a reviewer confirmed, where they would have been told at once had they been sure."""
    chosen = list(approvals)
    known, standing = last_items(session, chosen), standing_of(session, chosen)
    today = at.astimezone(CHINA).date()
    fresh = [
        a for a in chosen if a in standing and a not in known and is_news(session, a, None, today, policy.news_days)
    ]
    if fresh:
        _tell(session, at, policy, wishes(session), fresh, (), (), known)
    return tuple(fresh)


def _tell(
    session: Session,
    at: datetime,
    policy: Policy,
    wanted: Wishes,
    fresh: Sequence[int],
    over: Sequence[int],
    amended: Sequence[int],
    known: dict[int, OutboxItem],
) -> None:
    for approval in approvals_by_id(session, fresh):
        item = add_item(session, approval, Event.NEW, at, policy)
        deliver(session, item.id, wanted.of(facets_of(approval, policy.source_kinds)))
    for approval in approvals_by_id(session, over):
        item = add_item(session, approval, Event.REVOKED, at, policy)
        deliver(session, item.id, wanted.of(facets_of(approval, policy.source_kinds)))
        deliver_to_told(session, item)
    for approval in approvals_by_id(session, amended):
        _amend(session, approval, known[approval.id], at, policy, wanted)
    session.flush()


def _amend(
    session: Session, approval: Approval, last: OutboxItem, at: datetime, policy: Policy, wanted: Wishes
) -> None:
    """Tell what differs from what was told last, unless just that was told before.

    Those whose filter wants the approval only now hear of it as new.
    """
    facts = facts_of(approval, policy)
    changes = {f: [last.facts.get(f), facts[f]] for f in FIELDS if facts[f] and facts[f] != last.facts.get(f)}
    if not last.facts:
        return  # told before such things were remembered
    seen = facets_of(approval, policy.source_kinds)
    newcomers = wanted.of(seen, _as_it_was(seen, last.facts))
    key = json.dumps({f: after for f, (_, after) in changes.items()}, ensure_ascii=False, sort_keys=True)
    if changes and not is_told(session, approval.id, key):
        deliver_to_told(session, add_item(session, approval, Event.AMENDED, at, policy, key, changes))
    first = session.scalars(items_of(approval.id).where(OutboxItem.event == Event.NEW)).first()
    if first is not None and newcomers:
        deliver(session, first.id, newcomers)


def _as_it_was(seen: Facets, facts: dict[str, Any]) -> Facets:
    return replace(
        seen,
        kind=facts["kind"],
        status=facts["status"],
        province=fold(facts["province"] or ""),
        confidence=facts["confidence"],
        source_kinds=frozenset(facts["source_kinds"]),
    )

"""What reviewers do to approvals: each call writes a decision and recomputes what follows from it, in one transaction.

A decision is about the mentions that an approval has at that time. It is replayed by every later recomputation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from storage.approvals import recompute
from storage.corrections import correct, take_back
from storage.decided import about, former_of, remember
from storage.decisions import DecisionRecord, record
from storage.outbox import announce_confirmed
from storage.queries import heir_of
from storage.records import Action, Policy
from storage.tables import StoredApproval, StoredMention

RENAMED = ("product", "approved_on", "province", "authority", "batch")
"""The fields that a reviewer can set."""
_WRONG = (Action.REJECT, Action.SPLIT, Action.RENAME)
"""After these, who was told must be told again."""


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, why, and when."""

    author: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision, and the ids of the approvals that came of it; `told` and `corrected` are those to be mailed."""

    decision: DecisionRecord
    approvals: tuple[int, ...]
    told: tuple[int, ...] = ()
    corrected: tuple[int, ...] = ()


class CannotDecide(ValueError):
    """That can't be decided as things are; the message says why, and the way out."""


def merge(session: Session, ids: Sequence[int], by: By, policy: Policy) -> Outcome:
    """These approvals are one. Raises CannotDecide."""
    rows = list(dict.fromkeys(_live(session, id) for id in ids))
    if len(rows) < 2:
        raise CannotDecide("these are one approval already; `greenlit approvals show` tells them apart")
    rejected = [row.id for row in rows if row.status == "rejected"]
    if rejected and len(rejected) < len(rows):
        raise CannotDecide(f"approval {rejected[0]} is rejected: `greenlit approvals confirm {rejected[0]}` first")
    together = [mention for row in rows for mention in _mentions(session, row.id)]
    value = {"approvals": [row.id for row in rows]}
    return _decide(session, Action.MERGE, f"approval:{rows[0].id}", [together], by, policy, value)


def split(session: Session, id: int, mentions: Iterable[int], by: By, policy: Policy) -> Outcome:
    """These mentions of an approval are an approval of their own. Raises CannotDecide."""
    row, chosen = _live(session, id), set(mentions)
    held = _mentions(session, row.id)
    for unknown in sorted(chosen - {m.id for m in held}):
        raise CannotDecide(f"approval {row.id} has no mention {unknown}; `greenlit approvals show {row.id}` lists them")
    sides = [[m for m in held if m.id not in chosen], [m for m in held if m.id in chosen]]
    if not all(sides):
        raise CannotDecide(f"approval {row.id} would keep all of its mentions or none: name some of them")
    return _decide(session, Action.SPLIT, f"approval:{row.id}", sides, by, policy, {"approvals": [row.id]})


def confirm(session: Session, id: int, by: By, policy: Policy) -> Outcome:
    """An approval is right as it is: what was held is reported, what was rejected stands again."""
    row = _live(session, id)
    return _decide(session, Action.CONFIRM, f"approval:{row.id}", [_mentions(session, row.id)], by, policy)


def reject(session: Session, id: int, by: By, policy: Policy) -> Outcome:
    """An approval is none: it stays as a row, and is neither listed nor mailed."""
    row = _live(session, id)
    return _decide(session, Action.REJECT, f"approval:{row.id}", [_mentions(session, row.id)], by, policy)


def rename(session: Session, id: int, fields: Mapping[str, Any], by: By, policy: Policy) -> Outcome:
    """Show these values of an approval instead of those that its articles give. Raises CannotDecide."""
    row = _live(session, id)
    for unknown in sorted(set(fields) - set(RENAMED)):
        raise CannotDecide(f"{unknown} can't be set; it is one of {', '.join(RENAMED)}")
    value = {"fields": dict(fields), "was": {name: getattr(row, name) for name in fields}}
    return _decide(session, Action.RENAME, f"approval:{row.id}", [_mentions(session, row.id)], by, policy, value)


def place(session: Session, mention_id: int, approval_id: int | None, by: By, policy: Policy) -> Outcome:
    """A mention that waits for review speaks of this approval; of one of its own where that is None."""
    mention = _waiting(session, mention_id)
    if approval_id is None:
        apart = [[mention], *(_mentions(session, id) for id in rivals(session, mention))]
        return _decide(session, Action.SPLIT, f"mention:{mention.id}", apart, by, policy)
    row = _live(session, approval_id)
    together, value = [*_mentions(session, row.id), mention], {"approvals": [row.id]}
    return _decide(session, Action.MERGE, f"mention:{mention.id}", [together], by, policy, value)


def rivals(session: Session, mention: StoredMention) -> list[int]:
    """The approvals that a mention might be drawn into: of its number or product, else of its company."""
    shared = [StoredMention.number_key == mention.number_key] if mention.number_key else []
    if mention.product_key:
        shared.append(StoredMention.product_key == mention.product_key)
    elif mention.company_id:
        shared.append(StoredMention.company_id == mention.company_id)
    held = StoredMention.approval_id.is_not(None)
    near = select(StoredMention.approval_id).where(held, or_(false(), *shared)).distinct()
    return sorted(id for id in session.scalars(near) if id is not None)


def dismiss(session: Session, mention_id: int, by: By, policy: Policy) -> Outcome:
    """A mention that waits for review speaks of no approval."""
    mention = _waiting(session, mention_id)
    return _decide(session, Action.REJECT, f"mention:{mention.id}", [[mention]], by, policy)


def redo(session: Session, undone: DecisionRecord, at: datetime, policy: Policy) -> tuple[int, ...]:
    """Recompute what an undone decision was about, as if it had never been; returns the approvals left."""
    found = about(session, [undone.id]).get(undone.id, [])
    former = former_of([found])
    left = recompute(session, [m for m, _ in found], policy.min_confidence, at, former)
    take_back(session, {approval for approvals in former.values() for approval in approvals})
    return tuple(left)


def _live(session: Session, id: int) -> StoredApproval:
    """The approval of that id, or what it was merged into. Raises CannotDecide."""
    row = heir_of(session, id)
    if row is None or not _mentions(session, row.id):
        raise CannotDecide(f"no approval {id}; `greenlit approvals list` shows those there are")
    return row


def _waiting(session: Session, id: int) -> StoredMention:
    mention = session.get(StoredMention, id)
    if mention is None or mention.approval_id is not None:
        raise CannotDecide(f"no mention {id} waits for review; `greenlit review` lists those that do")
    return mention


def _mentions(session: Session, approval_id: int) -> list[StoredMention]:
    wanted = select(StoredMention).where(StoredMention.approval_id == approval_id).order_by(StoredMention.id)
    return list(session.scalars(wanted))


def _decide(
    session: Session,
    action: Action,
    subject: str,
    sides: Sequence[Sequence[StoredMention]],
    by: By,
    policy: Policy,
    value: Mapping[str, Any] | None = None,
) -> Outcome:
    made = record(session, action, subject, author=by.author, reason=by.reason, at=by.at, value=value)
    remember(session, made.id, sides)
    mentions = [mention for side in sides for mention in side]
    before = sorted({m.approval_id for m in mentions if m.approval_id is not None})
    recompute(session, mentions, policy.min_confidence, by.at)
    left = tuple(sorted({m.approval_id for m in mentions if m.approval_id is not None}))
    told = announce_confirmed(session, left, by.at, policy) if action is Action.CONFIRM else ()
    return Outcome(made, left, told, correct(session, before, by.at) if action in _WRONG else ())

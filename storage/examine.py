"""Whether a database holds together: what the engine says, and what must be true of approvals and mentions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from storage.database import Database
from storage.tables import Company, Decision, OutboxItem, StoredApproval, StoredMention

K = TypeVar("K")


def examine(database: Database) -> list[str]:
    """What is wrong with the database, in words; empty where nothing is."""
    with database.read() as session:
        return [*_engine(session), *_approvals(session), *_companies(session)]


def _engine(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL checks its pages and its keys itself
    for (said,) in session.execute(text("PRAGMA integrity_check(20)")):
        if said != "ok":
            yield f"the file is damaged: {said}"
    for table, row, parent, _ in session.execute(text("PRAGMA foreign_key_check")):
        yield f"{table} {row} points to a row of {parent} that is not there"


def _approvals(session: Session) -> Iterator[str]:
    supported = exists().where(StoredMention.approval_id == StoredApproval.id)
    told = exists().where(OutboxItem.approval_id == StoredApproval.id)
    kept = told & (StoredApproval.status == "rejected")  # told once, and nothing says so any more
    bare = select(StoredApproval.id).where(StoredApproval.merged_into.is_(None), ~supported, ~kept)
    for id in session.scalars(bare):
        yield f"approval {id} has no mention"
    heirs = dict(session.execute(select(StoredApproval.id, StoredApproval.merged_into)).all())
    led = select(StoredMention.approval_id).distinct().where(StoredMention.approval_id.is_not(None))
    for approval in session.scalars(led):
        if approval is not None and heirs.get(approval) is not None:
            yield f"approval {approval} was merged into {heirs[approval]}, and has mentions still"
    yield from (f"approval {id} is merged into itself" for id in heirs if _in_a_circle(id, heirs))


def _companies(session: Session) -> Iterator[str]:
    heirs = dict(session.execute(select(Company.id, Company.merged_into)).all())
    yield from (f"company {id} is merged into itself" for id in heirs if _in_a_circle(id, heirs))
    for id, heir in heirs.items():
        if heir is not None and heir not in heirs:
            yield f"company {id} is merged into {heir}, which is not there"


def _in_a_circle(start: K, heirs: Mapping[K, K | None]) -> bool:
    seen: set[K] = {start}
    at = heirs.get(start)
    while at is not None and at not in seen:
        seen.add(at)
        at = heirs.get(at)
    return at is not None


def counts(database: Database) -> dict[str, int]:
    """How many rows of what matters are held."""
    tables = {"approvals": StoredApproval, "mentions": StoredMention, "companies": Company, "decisions": Decision}
    with database.read() as session:
        return {name: session.scalars(select(func.count()).select_from(t)).one() for name, t in tables.items()}

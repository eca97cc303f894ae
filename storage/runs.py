"""The record of each round over a source. Its status is derived from its counts, never from silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from storage.tables import Run


@dataclass(slots=True)
class Counts:
    """What one round came to. `problems` are named: the listing's first, then one for each page that failed."""

    source: str
    listed: int = 0
    new: int = 0
    fetched: int = 0
    not_modified: int = 0
    read: int = 0
    rejected: int = 0
    relevant: int = 0
    bytes: int = 0
    approvals: int = 0
    news: int = 0
    listing_error: str | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """`failed` where the listing did, `partial` where pages did, else `ok`."""
        if self.listing_error:
            return "failed"
        return "partial" if self.rejected else "ok"

    @property
    def error(self) -> str | None:
        """The first thing that went wrong."""
        return self.listing_error or next(iter(self.problems), None)


def record(session: Session, counts: Counts, started_at: datetime, finished_at: datetime) -> int:
    """Keep a finished round."""
    row = Run(
        source=counts.source,
        started_at=started_at,
        finished_at=finished_at,
        listed=counts.listed,
        new=counts.new,
        fetched=counts.fetched,
        not_modified=counts.not_modified,
        read=counts.read,
        rejected=counts.rejected,
        relevant=counts.relevant,
        bytes=counts.bytes,
        status=counts.status,
        error=counts.error,
    )
    session.add(row)
    session.flush()
    return row.id

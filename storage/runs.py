"""The record of each round over a source. Its status is derived from its counts, never from silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.records import Stored
from storage.tables import Run


class Reason(StrEnum):
    """Why a round failed, or a page was rejected: the names that messages, metrics and rows use."""

    ZERO_LINKS = "zero_links"  # the listing answered, and shows none
    FEW_LINKS = "few_links"  # fewer than `expect.links`
    UNREADABLE = "unreadable"  # not what the source's rules describe, or built to exhaust a parser
    CHALLENGE = "challenge"  # status 200, but a proof of being human is asked for
    SHORT_BODY = "short_body"  # an article under its floor
    REPLACED = "replaced"  # replacement characters: the wrong charset, or damage on the way
    REFUSED = "refused"  # robots.txt, or an address that we don't ask
    UNREACHABLE = "unreachable"
    HTTP_STATUS = "http_status"
    BAD_REPLY = "bad_reply"  # over a bound, or against the protocol
    HELD = "held"  # the host wants no request before a time that has not come
    BUSY = "busy"  # another process reads this source
    UNDERSTAND = "understand"
    STORE = "store"
    FAULT = "fault"  # ours
    MANY_REJECTED = "many_rejected"  # more of the round's pages than `expect.rejected`


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A finished round, as it was written down; `reasons` counts its rejected pages."""

    started_at: datetime
    seconds: float
    listed: int
    new: int
    fetched: int
    not_modified: int
    read: int
    rejected: int
    relevant: int
    bytes: int
    reasons: Mapping[str, int] = field(hash=False)
    status: str
    reason: str | None
    error: str | None


@dataclass(slots=True)
class Counts:
    """What one round came to. `problems` are named: the listing's first, then one for each page that failed.

    `limit` is the largest share (0..1) of the pages asked for the first time that may be rejected: a dead link that
    is tried again is no news of its source. `read` are the pages that were read (or found not to matter), `left` those
    that the round had no time for.
    """

    source: str
    listed: int = 0
    new: int = 0
    fetched: int = 0
    not_modified: int = 0
    read: int = 0
    left: int = 0
    rejected: int = 0
    relevant: int = 0
    bytes: int = 0
    approvals: int = 0
    news: int = 0
    seconds: float = 0.0
    listing_error: str | None = None
    listing_reason: Reason | None = None
    problems: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    limit: float = 1.0
    fresh: int = 0
    fresh_rejected: int = 0

    def fail(self, reason: Reason, message: str) -> None:
        """The listing failed."""
        self.listing_reason, self.listing_error = reason, message

    def accept(self, stored: Stored | None, *, fresh: bool) -> None:
        """One page was read; `stored` is None where it can't matter."""
        self.read += 1
        self.fresh += fresh
        if stored is not None:
            self.relevant += bool(stored.approvals)
            self.approvals += len(stored.approvals)
            self.news += len(stored.news)

    def reject(self, reason: Reason, message: str, *, fresh: bool) -> None:
        """One page failed; `fresh`: it was asked for the first time."""
        self.rejected += 1
        self.reasons[reason.value] = self.reasons.get(reason.value, 0) + 1
        self.problems.append(message)
        self.fresh += fresh
        self.fresh_rejected += fresh

    @property
    def reason(self) -> Reason | None:
        """Why the round failed, None where it did not."""
        if self.listing_error:
            return self.listing_reason or Reason.FAULT
        return Reason.MANY_REJECTED if self.fresh_rejected > self.limit * self.fresh else None

    @property
    def status(self) -> str:
        """`failed` where the listing did or too many pages, `partial` where some pages did, else `ok`."""
        if self.reason:
            return "failed"
        return "partial" if self.rejected else "ok"

    @property
    def error(self) -> str | None:
        """The first thing that went wrong."""
        first = next(iter(self.problems), None)
        if self.reason is Reason.MANY_REJECTED:
            return f"{self.fresh_rejected} of {self.fresh} new pages were rejected ({self.why}); the first: {first}"
        return self.listing_error or first

    @property
    def why(self) -> str:
        """The reasons of the rejected pages, the most frequent first: `challenge 3, short_body 1`."""
        return ", ".join(f"{name} {count}" for name, count in sorted(self.reasons.items(), key=lambda n: (-n[1], n[0])))


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
        reasons=dict(counts.reasons),
        relevant=counts.relevant,
        bytes=counts.bytes,
        status=counts.status,
        reason=counts.reason,
        error=counts.error,
    )
    session.add(row)
    session.flush()
    return row.id


def last_run(session: Session, source: str) -> RunRecord | None:
    """The newest round over a source."""
    row = session.scalars(select(Run).where(Run.source == source).order_by(Run.id.desc()).limit(1)).first()
    if row is None:
        return None
    ended = row.finished_at or row.started_at
    return RunRecord(
        started_at=row.started_at,
        seconds=(ended - row.started_at).total_seconds(),
        listed=row.listed,
        new=row.new,
        fetched=row.fetched,
        not_modified=row.not_modified,
        read=row.read,
        rejected=row.rejected,
        relevant=row.relevant,
        bytes=row.bytes,
        reasons=row.reasons,
        status=row.status or "ok",
        reason=row.reason,
        error=row.error,
    )

"""What is news (DESIGN section 4), and what is history."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from extractors.records import CHINA
from storage.identity.days import span
from storage.records import Origin
from storage.tables import StoredApproval, StoredMention


def is_news(session: Session, approval_id: int, source: str | None, today: date, news_days: int) -> bool:
    """Whether an approval that may be told is new: a live `source` told of it first, and it is not old."""
    approval = session.get_one(StoredApproval, approval_id)
    mentions = _mentions(session, approval_id, "approval")
    if not _live_first(mentions, source):
        return False
    return _happened(approval, mentions) >= today - timedelta(days=news_days)


def is_cancelled_now(session: Session, approval_id: int, today: date, news_days: int) -> bool:
    """Whether a live source said first, and of late, that the approval was cancelled."""
    approval = session.get(StoredApproval, approval_id)
    if approval is None or approval.merged_into is not None or approval.status != "revoked":
        return False
    notices = _mentions(session, approval_id, "revocation")
    first = min(notices, key=lambda m: (m.first_seen_at, m.article_id), default=None)
    if first is None or first.came_by != Origin.LIVE:
        return False
    said = min(m.article.published or m.first_seen_at for m in notices).astimezone(CHINA).date()
    return said >= today - timedelta(days=news_days)


def _mentions(session: Session, approval_id: int, role: str) -> list[StoredMention]:
    wanted = select(StoredMention).where(StoredMention.approval_id == approval_id, StoredMention.role == role)
    return list(session.scalars(wanted))


def _live_first(mentions: list[StoredMention], source: str | None) -> bool:
    """Whether a live source told of it first, and as news; what history or a background line knew is none.

    What a source in shadow mode said does not count, as nobody was told; but for the source itself: once it is
    promoted, its older finds are history.
    """
    counted = [m for m in mentions if m.article.origin != Origin.SHADOW or m.article.source == source]
    first = min(counted, key=lambda m: (m.first_seen_at, m.article_id, m.background), default=None)
    return first is not None and first.came_by == Origin.LIVE and not first.background


def _happened(approval: StoredApproval, mentions: list[StoredMention]) -> date:
    """The last day on which the approval can have happened; without a date, the day it was announced."""
    told = [m.article.published or m.first_seen_at for m in mentions if not m.background]
    announced = min(told).astimezone(CHINA).date()
    return min(span(approval.approved_on)[1], announced) if approval.approved_on else announced

"""What every digest of one round says beside its news: what is known in all, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from config.settings import Settings
from config.source import Source
from pipeline.clean import one_line
from pipeline.digest.chart import Month, draw
from pipeline.digest.content import unseen_of
from pipeline.digest.mail import operator_of
from pipeline.digest.render import Frame
from pipeline.digest.totals import Reconciled, reconciled_of
from storage.alarms import blind_spots
from storage.desk import doubts, per_month, standings
from storage.reconcile import changed_since

MONTHS = 12
"""In the chart, up to the current one."""


def frame_of(
    session: Session, settings: Settings, moment: datetime, sources: Mapping[str, Source], leave: str | None = None
) -> Frame:
    """The frame of the mails made at `moment`; `leave` as in Frame. Raises ConfigError (no sender)."""
    counts = per_month(session)
    months = tuple(Month(name, counts.get(name, 0)) for name in _months(moment.astimezone(settings.zone)))
    shown = any(month.count for month in months)
    return Frame(
        day=moment.astimezone(settings.zone).date().isoformat(),
        standings=standings(session),
        desk=settings.public_url,
        operator=operator_of(settings),
        unseen=unseen_of(blind_spots(session), sources, settings.zone),
        doubts=doubts(session),
        months=months if shown else (),
        undated=counts.get("", 0) if shown else 0,
        chart=draw(months) if shown else None,
        leave=leave,
        names={id: (one_line(one.name, 80), one_line(one.name_en or one.name, 80)) for id, one in sources.items()},
    )


def news_of_totals(session: Session, since: datetime | None) -> Reconciled | None:
    """Stated totals and lists that are new since a reader's mail before; None for the first mail."""
    if since is None:
        return None
    return reconciled_of(*changed_since(session, since))


def _months(moment: datetime) -> list[str]:
    """The last months as YYYY-MM, the oldest first."""
    last = moment.year * 12 + moment.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(last - MONTHS + 1, last + 1)]

"""Leases: who may do one thing alone; a dead holder's lease runs out by itself (see `pipeline.lease`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from storage.tables import Lease

TERM = timedelta(seconds=90)
"""How long a lease holds without being renewed."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another's lease that is in the way."""

    holder: str
    expires_at: datetime


def take(session: Session, name: str, holder: str, now: datetime) -> Other | None:
    """Take or renew the lease for `holder`; None, or the lease of another that is in the way."""
    row = session.get(Lease, name)
    if row is not None and row.holder != holder and row.expires_at > now:
        return Other(row.holder, row.expires_at)
    session.merge(Lease(name=name, holder=holder, expires_at=now + TERM))
    session.flush()
    return None


def bury(session: Session, name: str, is_dead: Callable[[str], bool]) -> None:
    """End the lease of a holder that is known to be dead."""
    row = session.get(Lease, name)
    if row is not None and is_dead(row.holder):
        session.delete(row)
        session.flush()


def give_back(session: Session, name: str, holder: str) -> None:
    """End the lease, if `holder` has it."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))

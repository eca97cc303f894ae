"""Whether the service does its work, for `/healthz`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from storage.alarms import open_alarms
from storage.database import Database
from storage.desk import probe

BEAT_BOUND = timedelta(minutes=5)
"""How long a service that works may be silent."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold: its name, whether it does, and a word on it (no secret: it is public)."""

    name: str
    ok: bool
    detail: str


Checks = Callable[[], tuple[Check, ...]]


def no_checks() -> tuple[Check, ...]:
    """Nothing beyond the database: for a desk that runs without the service."""
    return ()


def heartbeat(
    last: Callable[[], datetime | None], now: Callable[[], datetime], bound: timedelta = BEAT_BOUND
) -> Checks:
    """The check that the service gave a sign of life (`last`, None: not yet) within `bound`."""

    def check() -> tuple[Check, ...]:
        beat = last()
        if beat is None:
            return (Check("service", False, "not started"),)
        silent = now() - beat
        seconds = int(silent.total_seconds())
        return (Check("service", silent <= bound, f"last sign of life {seconds} s ago"),)

    return check


def alarms_check(database: Database) -> Check:
    """The check that every alarm that was to be mailed could be: an alarm that nobody hears must be seen here."""
    try:
        with database.read() as session:
            alarms = open_alarms(session)
    except SQLAlchemyError as error:
        return Check("alarms", False, type(error).__name__)
    unheard = sum(alarm.told_at is None and alarm.attempts > 0 for alarm in alarms)
    return Check("alarms", not unheard, f"{len(alarms)} open, {unheard} could not be mailed")


def database_check(database: Database) -> Check:
    """The check that the approvals can be read."""
    try:
        with database.read() as session:
            probe(session)
    except SQLAlchemyError as error:
        return Check("database", False, type(error).__name__)
    return Check("database", True, "reachable")

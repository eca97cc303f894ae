"""Tables of backfills: what was asked for, and the units of work that it was cut into."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class BackfillJob(Table):
    """One way back, as it was asked for: `key` is the same whenever the same is asked for again."""

    __tablename__ = "backfill_jobs"
    __table_args__ = (UniqueConstraint("way", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    way: Mapped[str] = mapped_column(String(16))
    key: Mapped[str]
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    planned: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class BackfillUnit(Table):
    """One unit of a job: a window, a page of results, a file. `place` says how far into it all is stored.

    It moves in the transaction that stores what was found before it. `size` is where the unit ends, in the same
    measure, where that is known; `since` and `until` are the days that the unit covers.
    """

    __tablename__ = "backfill_units"
    __table_args__ = (UniqueConstraint("job_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("backfill_jobs.id"), index=True)
    key: Mapped[str]
    since: Mapped[str | None] = mapped_column(String(10))
    until: Mapped[str | None] = mapped_column(String(10))
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    place: Mapped[int] = mapped_column(BigInteger, default=0)
    size: Mapped[int | None] = mapped_column(BigInteger)
    done: Mapped[bool] = mapped_column(default=False)
    tally: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    error: Mapped[str | None]
    updated_at: Mapped[datetime]

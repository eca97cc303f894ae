"""What a subscriber wants: in which language, when, and of what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from storage.filters import Filter, WishProblem

Language = Literal["en", "zh", "both"]
Cadence = Literal["at_once", "hourly", "daily", "weekly"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a digest is due: `at` (HH:MM), `weekday` (0 is Monday) and `zone`, each as the settings say where None."""

    cadence: Cadence = "daily"
    at: str | None = None
    weekday: int | None = None
    zone: str | None = None

    def __post_init__(self) -> None:
        """Raises WishProblem."""
        if self.cadence not in get_args(Cadence):
            raise WishProblem(f"cadence {self.cadence!r} is not one of {', '.join(get_args(Cadence))}")
        if self.at is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", self.at):
            raise WishProblem(f"{self.at!r} is not a time such as 08:30")
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise WishProblem(f"weekday {self.weekday} is not from 0 (Monday) to 6 (Sunday)")
        if self.zone is not None:
            _check_zone(self.zone)

    def boundary(self, now: datetime, at: str, zone: ZoneInfo) -> datetime:
        """The last moment at or before `now` at which a digest was due; `at` and `zone` are the settings'.

        A digest at once is due always; an hourly one at each full hour of its zone.
        """
        if self.cadence == "at_once":
            return now
        place = ZoneInfo(self.zone) if self.zone else zone
        local = now.astimezone(place)
        if self.cadence == "hourly":
            return now - (local - local.replace(minute=0, second=0, microsecond=0))
        hour = time.fromisoformat(self.at or at)
        back = (local.weekday() - (self.weekday or 0)) % 7 if self.cadence == "weekly" else 0
        step = 7 if self.cadence == "weekly" else 1
        day = local.toordinal() - back
        due = _moment(day, hour, place)
        return due if due <= now else _moment(day - step, hour, place)


def _moment(day: int, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(datetime.fromordinal(day), hour, zone).astimezone(UTC)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise WishProblem(f"{name!r} is not a zone such as Asia/Shanghai") from error


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber wants: language, when, of what, and whether a digest with nothing in it, too."""

    language: str = "both"
    schedule: Schedule = field(default_factory=Schedule)
    filter: Filter = field(default_factory=Filter)
    empty: bool = False

    def __post_init__(self) -> None:
        """Raises WishProblem."""
        if self.language not in get_args(Language):
            raise WishProblem(f"language {self.language!r} is not one of {', '.join(get_args(Language))}")

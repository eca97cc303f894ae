"""Subscribers as a table: one row each, read back to the same wishes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import IO

from pipeline.export import inert
from storage.filters import WishProblem, filter_from
from storage.subscribers import SubscriberRecord
from storage.wishes import Schedule, Wish

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FILTERS = ("kind", "company", "province", "status", "confidence", "source_kind", "keyword")
COLUMNS = ("address", "language", "cadence", "at", "weekday", "zone", *FILTERS, "empty", "state")
LIST = ";"
"""Between the values of one cell."""


def row_of(subscriber: SubscriberRecord) -> dict[str, str]:
    """A subscriber as `COLUMNS`."""
    wish, schedule = subscriber.wish, subscriber.wish.schedule
    filters = {name: _cell(value) for name, value in asdict(wish.filter).items()}
    weekday = "" if schedule.weekday is None else DAYS[schedule.weekday]
    return {
        "address": subscriber.address,
        "language": wish.language,
        "cadence": schedule.cadence,
        "at": schedule.at or "",
        "weekday": weekday,
        "zone": schedule.zone or "",
        **filters,
        "empty": "yes" if wish.empty else "",
        "state": subscriber.state,
    }


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return LIST.join(value)
    return str(value) if value else ""


def write_csv(subscribers: Iterable[SubscriberRecord], out: IO[str]) -> None:
    """All as CSV, with a header."""
    rows = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for subscriber in subscribers:
        row = row_of(subscriber)
        rows.writerow({name: inert(value) for name, value in row.items()})


def read_csv(lines: Iterable[str]) -> Iterator[tuple[int, str, Wish | WishProblem]]:
    """Line number, address, and wish or what is wrong with it. Raises WishProblem for a table of another shape."""
    rows = csv.DictReader(lines)
    unknown = [name for name in rows.fieldnames or () if name not in COLUMNS]
    if unknown or "address" not in (rows.fieldnames or ()):
        raise WishProblem(f"the first line must name columns of {', '.join(COLUMNS)}, `address` among them")
    for row in rows:
        cells = {name: (value or "").strip() for name, value in row.items() if name}
        plain = {name: value[1:] if inert(value[1:]) == value else value for name, value in cells.items()}
        try:
            yield rows.line_num, plain["address"], wish_of(plain)
        except WishProblem as error:
            yield rows.line_num, plain["address"], error


def wish_of(row: Mapping[str, str]) -> Wish:
    """The wish that a row states; what is empty is as by default. Raises WishProblem."""
    given = {name: value for name in FILTERS if (value := row.get(name, ""))}
    values = {name: value if name == "confidence" else _list(value) for name, value in given.items()}
    schedule = schedule_from(*(row.get(name) or None for name in ("cadence", "at", "weekday", "zone")))
    state = row.get("state", "")
    if state not in ("", "active"):
        raise WishProblem(f"is {state}: only `subscribers add` (with --ask where it has not agreed) lets it be told")
    empty = row.get("empty", "").lower()
    if empty not in ("", "yes", "no"):
        raise WishProblem(f"empty is yes, no or nothing, not {empty!r}")
    return Wish(row.get("language") or "both", schedule, filter_from(values), empty == "yes")


def _list(value: str) -> list[str]:
    return [one.strip() for one in value.split(LIST) if one.strip()]


def schedule_from(cadence: str | None, at: str | None, weekday: str | None, zone: str | None) -> Schedule:
    """The schedule that a person names. Raises WishProblem, also for what its cadence makes no use of."""
    schedule = Schedule(cadence or "daily", at, weekday_of(weekday), zone)  # type: ignore[arg-type]  # it is checked there
    if at is not None and schedule.cadence not in ("daily", "weekly"):
        raise WishProblem(f"a digest that comes {schedule.cadence} has no time of day: leave out {at!r}")
    if weekday is not None and schedule.cadence != "weekly":
        raise WishProblem(f"a digest that comes {schedule.cadence} has no weekday: leave out {weekday!r}")
    return schedule


def weekday_of(name: str | None) -> int | None:
    """0 (Monday) to 6. Raises WishProblem."""
    if name is None:
        return None
    if name.lower() not in DAYS:
        raise WishProblem(f"weekday {name!r} is not one of {', '.join(DAYS)}")
    return DAYS.index(name.lower())

"""Ways whose archive answers with lists of pages: units of two kinds, lists and stretches of pages.

What a list names is recorded as units of its own, so that a run that goes on asks for no list twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from extractors.records import Page
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import Batch, Tools, is_final
from pipeline.fetch import FetchError, Held, Refused, Stopped
from pipeline.reasons import reason_of
from storage.backfills import Spec, Unit

STRETCH = 50
"""Pages of one unit."""

Item = list[Any]
"""One page to be fetched, as JSON; what is in it is its way's own."""
Sift = Callable[[Item, Page, Gathered], None]
"""What is done with a page that was fetched."""


@dataclass(frozen=True)
class OfDays:
    """What such a way is asked for: its first field, and the days `since` and `until` in the others."""

    @property
    def key(self) -> str:
        """What is asked for, and the days."""
        what, since, until = self.terms.values()
        return f"{what} {since}..{until}"

    @property
    def terms(self) -> dict[str, object]:
        """The same, each under its name."""
        return asdict(self)


def stretches(name: str, items: Sequence[Item], since: date | None = None, until: date | None = None) -> list[Spec]:
    """Units for the pages that a list names."""
    return [
        Spec(
            f"{name} pages {start + 1}-{min(start + STRETCH, len(items))}",
            {"kind": "pages", "items": [list(item) for item in items[start : start + STRETCH]]},
            size=len(items[start : start + STRETCH]),
            since=since,
            until=until,
        )
        for start in range(0, len(items), STRETCH)
    ]


def listed(page: Page, more: Sequence[Spec], found: Gathered | None = None) -> Batch:
    """The one stretch of a list: what it names becomes units."""
    found = found or Gathered()
    found.tally.requests += 1
    found.tally.bytes += len(page.body)
    return Batch(1, found, done=True, more=more, size=1)


def read_items(tools: Tools, unit: Unit, fetch: Callable[[Item], Page], sift: Sift) -> Iterator[Batch]:
    """Fetch and sift the pages of a unit, from its place on. A page that its host refuses costs itself.

    Raises FetchError where the archive is away, or wants a pause: the unit goes on there later.
    """
    items = unit.terms["items"]
    for at in range(unit.place, len(items)):
        found = Gathered()
        try:
            page = fetch(items[at])
        except (Held, Stopped):
            raise
        except FetchError as error:
            if not is_final(error):
                raise
            found.tally.requests += not isinstance(error, Refused)
            found.reject(reason_of(error).value, str(error))
        else:
            found.tally.requests += 1
            found.tally.bytes += len(page.body)
            sift(items[at], page, found)
        yield Batch(at + 1, found, done=at + 1 == len(items))
    if not items:
        yield Batch(0, done=True)


def moment(text: str | None) -> datetime | None:
    """A time as units record it."""
    return datetime.fromisoformat(text) if text else None

"""GDELT's index of the world's news (DOC API): which pages spoke of a query; the pages come from their own sites.

It gives 250 articles at most: a window with more is halved. Asked too often it answers in words, with any status.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from extractors.read.entry import UnreadableListing
from extractors.records import Page
from pipeline.backfill.archives import GDELT_SECONDS
from pipeline.backfill.items import Item, OfDays, Sift, listed, moment, read_items, stretches
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import Batch, Estimate, Tools
from pipeline.fetch import HttpStatus, Request
from storage.backfills import Spec, Unit

WINDOW = timedelta(days=90)
"""GDELT looks no further than three months at a time."""
MOST = 250
SMALLEST = timedelta(hours=1)
"""A window that is not halved again: what it has beyond the most that is given stays unseen, and is said."""
TOO_FAST = timedelta(minutes=1)
_STAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True)
class Gdelt(OfDays):
    """A query in GDELT's own words, and the days."""

    query: str
    since: str
    until: str
    name: ClassVar[str] = "gdelt"
    at_once: ClassVar[int] = 1
    fixed: ClassVar[bool] = True

    def units(self, tools: Tools) -> Iterable[Spec]:
        """Windows of three months."""
        start = datetime.combine(date.fromisoformat(self.since), time(), UTC)
        end = datetime.combine(date.fromisoformat(self.until), time(), UTC) + timedelta(days=1)
        while start < end:
            yield _window(start, min(start + WINDOW, end))
            start += WINDOW

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """A window, or the pages that one named."""
        if unit.terms["kind"] == "list":
            yield self._list(tools, unit)
        else:
            yield from read_items(tools, unit, lambda item: tools.polite.fetch(Request(item[0])), _sifted(tools))

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """The requests to GDELT itself, where no window is halved."""
        note = f"and up to {MOST} pages for each window, from their own sites; full windows are halved"
        return Estimate(len(specs), len(specs), None, len(specs) * GDELT_SECONDS, note)

    def _list(self, tools: Tools, unit: Unit) -> Batch:
        start, end = _of(unit.terms["start"]), _of(unit.terms["end"])
        page = tools.archives.ask(self._address(tools, start, end), GDELT_SECONDS)
        articles = _articles(page)
        found = Gathered()
        if len(articles) >= MOST and end - start > SMALLEST:
            half = start + (end - start) / 2
            half = half.replace(microsecond=0)
            return listed(page, [_window(start, half), _window(half, end)])
        if len(articles) >= MOST:
            found.problems.append(f"{unit.key}: GDELT gives no more than {MOST} articles, and has more")
        return listed(page, stretches(unit.key, articles, start.date(), end.date()), found)

    def _address(self, tools: Tools, start: datetime, end: datetime) -> str:
        asked = {
            "query": self.query,
            "mode": "artlist",
            "format": "json",
            "sort": "dateasc",
            "maxrecords": str(MOST),
            "startdatetime": start.strftime(_STAMP),
            "enddatetime": (end - timedelta(seconds=1)).strftime(_STAMP),
        }
        return f"{tools.archives.settings.gdelt_url}?{urlencode(asked)}"


def _window(start: datetime, end: datetime) -> Spec:
    terms = {"kind": "list", "start": start.strftime(_STAMP), "end": end.strftime(_STAMP)}
    last = (end - timedelta(seconds=1)).date()
    return Spec(f"{start:%Y-%m-%d %H:%M:%S}..{end:%Y-%m-%d %H:%M:%S}", terms, since=start.date(), until=last)


def _of(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def _articles(page: Page) -> list[Item]:
    """Address and time of each article. Raises HttpStatus where GDELT wants a pause, UnreadableListing."""
    text = page.body.decode("utf-8", "replace").strip()
    if not text:
        return []
    try:
        answer: Any = json.loads(text, strict=False)
    except ValueError as error:
        if "limit requests" in text.lower():
            raise HttpStatus(page.url, 429, TOO_FAST) from error
        raise UnreadableListing(f"GDELT says: {text[:200]}") from error
    rows = answer.get("articles", []) if isinstance(answer, dict) else []
    return [[row["url"], _seen(row.get("seendate"))] for row in rows if isinstance(row, dict) and row.get("url")]


def _seen(stamp: Any) -> str | None:
    """20240115T093000Z, as it is recorded."""
    try:
        return datetime.strptime(str(stamp), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    except ValueError:
        return None


def _sifted(tools: Tools) -> Sift:
    def sift(item: Item, page: Page, found: Gathered) -> None:
        tools.sieve.page(page, found, moment(item[1]))

    return sift

"""The Wayback Machine: its CDX index, page after page with the resume key, and the captures as they were taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import ClassVar
from urllib.parse import urlencode

from extractors.read.entry import UnreadableListing
from extractors.records import Page
from pipeline.backfill.archives import WAYBACK_SECONDS
from pipeline.backfill.items import Item, OfDays, Sift, listed, read_items, stretches
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import Batch, Estimate, Tools
from storage.backfills import Spec, Unit

ROWS = 1_000
"""Captures of one page of the index."""
_CAPTURE = re.compile(r"/web/(\d{14})(?:id_)?/")


@dataclass(frozen=True)
class Wayback(OfDays):
    """The captures of all addresses that begin as `prefix`, the first of each within the days."""

    prefix: str
    since: str
    until: str
    name: ClassVar[str] = "wayback"
    at_once: ClassVar[int] = 1
    fixed: ClassVar[bool] = True

    def units(self, tools: Tools) -> Iterable[Spec]:
        """The first page of the index."""
        return [self._list(1, None)]

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """A page of the index, or the captures that one named."""
        if unit.terms["kind"] == "list":
            yield self._page(tools, unit)
        else:
            yield from read_items(tools, unit, lambda item: self._capture(tools, item), _sifted(tools))

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """One request tells how many captures there are, up to a page's worth."""
        page = tools.archives.ask(self._address(tools, None), WAYBACK_SECONDS)
        items, resume = _rows(page)
        count = len(items)
        note = f"at least {count:,} captures: the index has further pages" if resume else f"{count:,} captures"
        return Estimate(1 + count // 50, count + 1, None, (count + 1) * WAYBACK_SECONDS, note)

    def _list(self, number: int, resume: str | None) -> Spec:
        since, until = date.fromisoformat(self.since), date.fromisoformat(self.until)
        terms = {"kind": "list", "number": number, "resume": resume}
        return Spec(f"index page {number}", terms, since=since, until=until)

    def _page(self, tools: Tools, unit: Unit) -> Batch:
        page = tools.archives.ask(self._address(tools, unit.terms["resume"]), WAYBACK_SECONDS)
        items, resume = _rows(page)
        number = int(unit.terms["number"])
        more = stretches(f"index page {number}", items)
        if resume:
            more.append(self._list(number + 1, resume))
        return listed(page, more)

    def _address(self, tools: Tools, resume: str | None) -> str:
        asked = {
            "url": self.prefix,
            "matchType": "prefix",
            "output": "json",
            "fl": "timestamp,original",
            "from": self.since.replace("-", ""),
            "to": self.until.replace("-", ""),
            "collapse": "urlkey",
            "limit": str(ROWS),
            "showResumeKey": "true",
        }
        filters = [("filter", "statuscode:200"), ("filter", "mimetype:text/html")]
        query = urlencode([*asked.items(), *filters, *([("resumeKey", resume)] if resume else [])])
        return f"{tools.archives.settings.wayback_url.rstrip('/')}/cdx/search/cdx?{query}"

    def _capture(self, tools: Tools, item: Item) -> Page:
        """A capture under the address of the page itself, fetched when the archive did."""
        stamp, original = item
        base = tools.archives.settings.wayback_url.rstrip("/")
        page = tools.archives.ask(f"{base}/web/{stamp}id_/{original}", WAYBACK_SECONDS)
        nearest = _CAPTURE.search(page.final_url)
        taken = _time(nearest[1] if nearest else stamp)
        return replace(page, url=original, final_url=original, fetched_at=taken)


def _rows(page: Page) -> tuple[list[Item], str | None]:
    """Captures, and the key with which the index goes on; both may be missing. Raises UnreadableListing."""
    if not page.body.strip():
        return [], None
    try:
        rows = json.loads(page.body)
    except ValueError as error:
        raise UnreadableListing(f"the Wayback index answered with what is not JSON: {page.body[:80]!r}") from error
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise UnreadableListing("the Wayback index answered with JSON of another shape; try again later")
    resume = None
    if len(rows) >= 2 and rows[-2] == [] and len(rows[-1]) == 1:
        resume, rows = str(rows[-1][0]), rows[:-2]
    found = [[str(row[0]), str(row[1])] for row in rows[1:] if len(row) == 2 and re.fullmatch(r"\d{14}", str(row[0]))]
    return found, resume


def _time(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _sifted(tools: Tools) -> Sift:
    def sift(item: Item, page: Page, found: Gathered) -> None:
        tools.sieve.page(page, found)

    return sift

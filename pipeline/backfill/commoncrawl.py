"""Common Crawl's index of captures: those of one prefix, each a range of one of its WARC files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from extractors.read.entry import UnreadableListing
from extractors.read.members import LARGEST, Damage, records
from extractors.records import Page
from pipeline.backfill.archives import COMMONCRAWL_AT_ONCE, COMMONCRAWL_SECONDS, lines_of
from pipeline.backfill.items import Item, OfDays, Sift, listed, read_items, stretches
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import Batch, Estimate, Tools
from pipeline.fetch import BadReply, HttpStatus
from storage.backfills import Spec, Unit

_CRAWL = re.compile(r"CC-MAIN-(20\d{2})-(\d{2})")


@dataclass(frozen=True)
class CommonCrawl(OfDays):
    """The captures of all addresses that begin as `prefix`, in the crawls of the days."""

    prefix: str
    since: str
    until: str
    name: ClassVar[str] = "common-crawl"
    at_once: ClassVar[int] = COMMONCRAWL_AT_ONCE
    fixed: ClassVar[bool] = True

    def units(self, tools: Tools) -> Iterable[Spec]:
        """One for each crawl of these days."""
        page = tools.archives.ask(f"{_index(tools)}/collinfo.json", COMMONCRAWL_SECONDS)
        for crawl, first, last in _crawls(page):
            if first.isoformat() <= self.until and last.isoformat() >= self.since:
                yield Spec(crawl, {"kind": "crawl", "crawl": crawl}, since=first, until=last)

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """How many pages of results a crawl has, one of these, or the captures that one named."""
        kind = unit.terms["kind"]
        if kind == "crawl":
            yield self._crawl(tools, unit)
        elif kind == "list":
            yield self._list(tools, unit)
        else:
            yield from read_items(tools, unit, lambda item: _capture(tools, item), _sifted(tools))

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """One request for each crawl, and one for each page of its results, are sure."""
        requests = 2 * len(specs)
        note = "and one request for each capture"
        return Estimate(len(specs), requests, None, requests * COMMONCRAWL_SECONDS, note)

    def _crawl(self, tools: Tools, unit: Unit) -> Batch:
        crawl = str(unit.terms["crawl"])
        try:
            page = self._ask(tools, crawl, showNumPages="true")
        except HttpStatus as error:
            if error.status == 404:  # how the index says that it has none
                return Batch(1, done=True, size=1)
            raise
        count = next(iter(_objects(page)), {}).get("pages")
        if not isinstance(count, int):
            raise UnreadableListing(f"{crawl}: the index does not say how many pages of results it has")
        more = [
            Spec(f"{crawl} results {number + 1}", {"kind": "list", "crawl": crawl, "number": number})
            for number in range(count)
        ]
        return listed(page, more)

    def _list(self, tools: Tools, unit: Unit) -> Batch:
        try:
            page = self._ask(tools, str(unit.terms["crawl"]), page=str(unit.terms["number"]))
        except HttpStatus as error:
            if error.status == 404:
                return Batch(1, done=True, size=1)
            raise
        items = [item for row in _objects(page) if (item := _item(row))]
        return listed(page, stretches(unit.key, items))

    def _ask(self, tools: Tools, crawl: str, **more: str) -> Page:
        fields = {"url": self.prefix, "matchType": "prefix", "output": "json", "filter": "=status:200", **more}
        return tools.archives.ask(f"{_index(tools)}/{crawl}-index?{urlencode(fields)}", COMMONCRAWL_SECONDS)


def _index(tools: Tools) -> str:
    return tools.archives.settings.commoncrawl_index_url.rstrip("/")


def _crawls(page: Page) -> Iterator[tuple[str, date, date]]:
    """Each crawl with its days, at least the first of its week. Raises UnreadableListing."""
    try:
        rows = json.loads(page.body)
    except ValueError as error:
        raise UnreadableListing("Common Crawl's list of crawls is not JSON; try again later") from error
    for row in rows if isinstance(rows, list) else ():
        name = str(row.get("id")) if isinstance(row, dict) else ""
        found = _CRAWL.fullmatch(name)
        if found:
            week = date.fromisocalendar(int(found[1]), min(max(int(found[2]), 1), 52), 1)
            yield name, _day(row.get("from")) or week, _day(row.get("to")) or week


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _objects(page: Page) -> Iterator[dict[str, Any]]:
    for line in lines_of(page):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UnreadableListing(f"Common Crawl's index answered with what is not JSON: {line[:80]!r}") from error
        if isinstance(row, dict):
            yield row


def _item(row: dict[str, Any]) -> Item | None:
    """File, first byte, length, address and time of one capture of a web page."""
    kind = str(row.get("mime-detected") or row.get("mime") or "text/html")
    try:
        offset, length = int(row["offset"]), int(row["length"])
    except (KeyError, TypeError, ValueError):
        return None
    if "html" not in kind or not row.get("filename") or not 0 < length <= LARGEST:
        return None
    return [str(row["filename"]), offset, length, str(row.get("url", "")), str(row.get("timestamp", ""))]


def _capture(tools: Tools, item: Item) -> Page:
    """The record of a capture, as it came from the server: its body is one reply. Raises FetchError."""
    name, offset, length, url, stamp = item
    address = f"{tools.archives.settings.commoncrawl_url.rstrip('/')}/{name}"
    page = tools.archives.part(address, offset, offset + length - 1)
    reply = next(records(page.body, 0), None)
    if reply is None or isinstance(reply, Damage) or reply.raw is None:
        why = reply.why if isinstance(reply, Damage) else "no reply of a web server"
        raise BadReply(url or address, f"byte {offset:,} of {name}: {why}")
    taken = _taken(stamp) or page.fetched_at
    return replace(page, url=url, final_url=url, body=bytes(reply.raw), fetched_at=taken)


def _taken(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _sifted(tools: Tools) -> Sift:
    def sift(item: Item, page: Page, found: Gathered) -> None:
        found.tally.pages += 1
        if tools.sieve.prefilter.may_tell(page.body):
            tools.sieve.reply(page.body, page.url, page.fetched_at, found)

    return sift

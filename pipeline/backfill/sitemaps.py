"""Sitemaps, news sitemaps and indexes of them, of any site: the pages of the days that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from config.source import Listing
from extractors.read.listing import Link
from extractors.read.page import china_day
from extractors.records import Page
from pipeline.backfill.items import Item, OfDays, Sift, listed, moment, read_items, stretches
from pipeline.backfill.sieve import Gathered
from pipeline.backfill.units import Batch, Estimate, Tools
from pipeline.fetch import Request
from storage.backfills import Spec, Unit


@dataclass(frozen=True)
class Sitemap(OfDays):
    """The address of a sitemap, or of an index of some."""

    url: str
    since: str
    until: str
    name: ClassVar[str] = "sitemap"
    at_once: ClassVar[int] = 1
    fixed: ClassVar[bool] = True

    def units(self, tools: Tools) -> Iterable[Spec]:
        """The sitemap itself."""
        return [_list(self.url)]

    def work(self, tools: Tools, unit: Unit) -> Iterator[Batch]:
        """A sitemap, or the pages that one named."""
        if unit.terms["kind"] == "list":
            yield self._list(tools, unit)
        else:
            yield from read_items(tools, unit, lambda item: tools.polite.fetch(Request(item[0])), _sifted(tools))

    def estimate(self, tools: Tools, specs: Sequence[Spec]) -> Estimate:
        """One request tells how many there are."""
        page = self._fetch(tools, self.url)
        index = tools.ingest.read_index(page)
        if index is not None:
            count = len(index.sitemaps)
            return Estimate(count, count + 1, None, count + 1.0, f"{count} sitemaps; and one request for each page")
        links = self._links(tools, page)
        return Estimate(1, len(links) + 1, None, len(links) + 1.0, f"{len(links)} pages")

    def _list(self, tools: Tools, unit: Unit) -> Batch:
        url = str(unit.terms["url"])
        page = self._fetch(tools, url)
        index = tools.ingest.read_index(page) if url == self.url else None
        if index is not None:
            return listed(page, [_list(address) for address in index.sitemaps])
        items: list[Item] = [
            [link.url, link.published.isoformat() if link.published else None] for link in self._links(tools, page)
        ]
        return listed(page, stretches(unit.key, items, date.fromisoformat(self.since), date.fromisoformat(self.until)))

    def _fetch(self, tools: Tools, url: str) -> Page:
        return tools.polite.fetch(Request(url, operator=url == self.url))

    def _links(self, tools: Tools, page: Page) -> list[Link]:
        """The links of the days; those without a day may be of any."""
        rules = Listing(kind="sitemap", url=page.final_url)
        days = [(link, china_day(link.published)) for link in tools.ingest.read_listing(page, rules)]
        return [link for link, day in days if day is None or self.since <= day.isoformat() <= self.until]


def _list(url: str) -> Spec:
    return Spec(url, {"kind": "list", "url": url})


def _sifted(tools: Tools) -> Sift:
    def sift(item: Item, page: Page, found: Gathered) -> None:
        tools.sieve.page(page, found, moment(item[1]))

    return sift

"""What pages of archives pass through: only one that says something of approvals comes out, ready to be stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from config.companies import CompanyEntry
from config.source import Source
from extractors.read.prefilter import Prefilter, fastest
from extractors.read.reply import NoPage
from extractors.read.rights import may_be_kept
from extractors.read.urls import canonical_url
from extractors.records import Article, Page
from extractors.sift import Sifted, Sifter, Stage
from extractors.understand import EXTRACTOR_VERSION
from pipeline.ingest import Broken, Ingest, refuse_damage, refuse_damaged_names, safely
from pipeline.reasons import reason_of
from pipeline.worker import Limit, Worker
from storage.backfills import Tally
from storage.records import Origin, Reading
from storage.shadow import origin_for

READ_CPU = 5.0
"""Seconds of CPU to read one page and understand it."""


@dataclass
class Gathered:
    """What a stretch of a unit came to, before it is stored."""

    readings: list[Reading] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    problems: list[str] = field(default_factory=list)

    def reject(self, reason: str, what: str) -> None:
        """Count and name what gave nothing."""
        self.tally.reject(reason)
        self.problems.append(what)

    @property
    def weight(self) -> int:
        """Bytes of the pages that wait to be stored."""
        return sum(len(reading.page.body) for reading in self.readings if reading.page)


class Sieve:
    """Sifts replies, pages and articles, in a process of its own. One thread at a time."""

    def __init__(self, ingest: Ingest, sources: dict[str, Source], worker: Worker) -> None:
        self.prefilter = Prefilter(fastest())
        self._ingest = ingest
        self._sources = sources
        self._worker = worker
        self._origins: dict[str, Origin] = {}

    @classmethod
    def of(cls, ingest: Ingest, sources: Iterable[Source], companies: Sequence[CompanyEntry], entities: str) -> Sieve:
        """One that knows these companies, and the rules of these sources for pages of their hosts."""
        worker = Worker(Limit(cpu=READ_CPU), resident=partial(Sifter.of, tuple(companies), entities))
        return cls(ingest, by_host(sources), worker)

    def reply(self, raw: bytes, url: str, captured_at: datetime, into: Gathered) -> None:
        """A reply that an archive kept, and whose words matter."""
        source = self.source_of(url)
        self._sift(url, source, into, lambda: self._worker.ask(Sifter.reply, raw, url, captured_at, source))

    def page(self, page: Page, into: Gathered, published: datetime | None = None) -> None:
        """A page; `published` as far as whoever named it knows."""
        into.tally.pages += 1
        if self.prefilter.may_tell(page.body):
            source = self.source_of(page.final_url)
            self._sift(page.url, source, into, lambda: self._worker.ask(Sifter.page, page, source, published))

    def article(self, article: Article, into: Gathered) -> None:
        """An article without a page."""
        into.tally.pages += 1
        if self.prefilter.may_matter(f"{article.title}\n{article.text}".encode("utf-8", "replace")):
            name = article.url or article.id or article.title
            self._sift(name, None, into, lambda: self._worker.ask(Sifter.article, article))

    def source_of(self, url: str) -> Source | None:
        """The source whose rules are those of a page's host."""
        return self._sources.get(_host(url))

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def _sift(self, name: str, source: Source | None, into: Gathered, work: Callable[[], Sifted]) -> None:
        into.tally.candidates += 1
        try:
            sifted = safely("read", work)
            if sifted.stage is Stage.WHOLE:
                into.readings.append(self._reading(sifted, source))
        except Broken as error:
            if isinstance(error.__cause__, NoPage):
                into.tally.reject("no_page")
            else:
                into.reject(reason_of(error).value, f"{name}: {error}")

    def _reading(self, sifted: Sifted, source: Source | None) -> Reading:
        article, page = sifted.article, sifted.page
        assert article is not None
        refuse_damage(article)
        refuse_damaged_names(sifted.facts)
        if source is not None:
            article = replace(article, source=source.id)
        keep = page is None or may_be_kept(page)
        origin = self._origin(source)
        return Reading(article, sifted.facts, origin, EXTRACTOR_VERSION, self._ingest.clock(), page, keep=keep)

    def _origin(self, source: Source | None) -> Origin:
        """History; unseen where it is put down to a source in shadow mode."""
        if source is None:
            return Origin.BACKFILL
        if source.id not in self._origins:
            with self._ingest.database.read() as session:
                self._origins[source.id] = origin_for(session, source, Origin.BACKFILL)
        return self._origins[source.id]


def by_host(sources: Iterable[Source]) -> dict[str, Source]:
    """The source of each host: of several, the first by name that has rules for articles, lists last."""
    ranked = sorted(sources, key=lambda source: (not source.article.body, source.lists, source.id))
    found: dict[str, Source] = {}
    for source in ranked:
        listing = source.listing
        if listing is not None and listing.kind != "register":
            for address in filter(None, (source.homepage, listing.referer, listing.url)):
                found.setdefault(_host(address), source)
    return found


def _host(url: str) -> str:
    """The host under which a page is known: without www., in lower case."""
    return urlsplit(canonical_url(url)).hostname or ""

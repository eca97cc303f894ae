"""Puts Greenlit together from its settings: the one place where parts are made and handed to each other.

Every part is made on first use, so that a command pays only for what it needs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings

if TYPE_CHECKING:
    from config.companies import CompanyEntry
    from config.source import SourceFiles
    from extractors.understand.lexicon import Lexicon
    from pipeline.backfill.archives import Archives
    from pipeline.backfill.pool import Outfit
    from pipeline.backfill.sieve import Sieve
    from pipeline.digest.hooks import Hooks
    from pipeline.fetch import Client, Polite
    from pipeline.ingest import Ingest
    from pipeline.rhythm import Calendar
    from pipeline.watch import Watch
    from pipeline.worker import Worker
    from storage.database import Database
    from storage.records import Policy


ARCHIVE = 300.0
"""Seconds for one range of an archive's file."""
LIST_CPU = 120.0
"""Seconds of CPU for one official list: a PDF of sixty pages takes half a minute."""


def system_clock() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Assembly:
    """The parts of one Greenlit, made from `settings`.

    `companies` are files of companies beyond the shipped one and `<data dir>/companies.toml`, `known` the companies
    themselves, where no file is to be read; `floor` is the least pause in seconds between two requests to one host
    (the demo's is 0).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        companies: Iterable[Path] = (),
        known: tuple[CompanyEntry, ...] | None = None,
        floor: float = 1.0,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.stop = threading.Event()
        self._companies = tuple(companies)
        self._given = known
        self._floor = floor

    @cached_property
    def database(self) -> Database:
        """The database, made or checked on first use. Raises DatabaseProblem and OtherVersion."""
        from storage.database import open_database

        return open_database(self.settings.database)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The shipped companies, the operator's own, and what reviewers know of them. Raises CompaniesError."""
        from extractors.understand.lexicon import Lexicon

        return Lexicon.build(self._known)

    @cached_property
    def _known(self) -> tuple[CompanyEntry, ...]:
        if self._given is not None:
            return self._given
        from config.companies import load_companies
        from pipeline.curated import with_curated

        own = self.settings.data_dir / "companies.toml"
        files = [*([own] if own.is_file() else []), *self._companies]
        listed = (*load_companies(), *(entry for path in files for entry in load_companies(path)))
        return with_curated(listed, self.settings.data_dir)

    @property
    def policy(self) -> Policy:
        """What decides whether an approval is told."""
        from storage.records import Policy

        kinds = {id: source.kind for id, source in self.sources.sources.items()}
        return Policy(self.settings.min_confidence, self.settings.news_days, kinds)

    @cached_property
    def ingest(self) -> Ingest:
        """The stages behind the fetch."""
        from extractors.read.prefilter import Prefilter
        from pipeline.ingest import Ingest

        return Ingest(self.database, self.reader, self.lexicon, Prefilter(), self.policy, self.clock, self.lists)

    @cached_property
    def reader(self) -> Worker:
        """The process that reads what came from outside, and understands it: its resident is an Analyst."""
        from extractors.understand import Analyst
        from pipeline.worker import Worker

        return Worker(resident=partial(Analyst.of, self._known, self.settings.entities))

    @cached_property
    def lists(self) -> Worker:
        """The process that reads official lists; it starts with the first one."""
        from pipeline.worker import Limit, Worker

        return Worker(Limit(cpu=LIST_CPU, wall=2 * LIST_CPU))

    @cached_property
    def polite(self) -> Polite:
        """The HTTP client with its manners."""
        from pipeline.fetch import Polite, make_client
        from storage.frontier import StoredHostTimes

        client = make_client(self.settings, clock=self.clock)
        times = StoredHostTimes(self.database)
        return Polite(
            client, times, clock=self.clock, floor=self._floor, sleep=self.stop.wait, stopped=self.stop.is_set
        )

    @cached_property
    def sieve(self) -> Sieve:
        """What pages of archives pass through."""
        from pipeline.backfill.sieve import Sieve

        return Sieve.of(self.ingest, self.sources.sources.values(), self._known, self.settings.entities)

    @property
    def outfit(self) -> Outfit:
        """What workers in other processes need to be as this one."""
        from pipeline.backfill.pool import Outfit

        # Of the plain class: the one that read the file can't be sent to another process.
        settings = Settings.model_construct(**self.settings.model_dump())
        return Outfit(settings, self._known, self._floor)

    @cached_property
    def archives(self) -> Archives:
        """The archives of others: a client with room for ranges of large files, and its pauses."""
        from pipeline.backfill.archives import RANGE, Archives
        from pipeline.fetch import Limits, Polite, make_client
        from storage.frontier import StoredHostTimes

        limits = Limits(seconds=ARCHIVE, decoded=2 * RANGE, wire=2 * RANGE)
        client = make_client(self.settings, clock=self.clock, limits=limits)
        times = StoredHostTimes(self.database)
        polite = Polite(
            client, times, clock=self.clock, floor=self._floor, sleep=self.stop.wait, stopped=self.stop.is_set
        )
        return Archives(polite, self.settings, pace=self._floor)

    @cached_property
    def sources(self) -> SourceFiles:
        """The built-in sources and the operator's, by id, with the files that can't be used."""
        from config.source import built_in_sources, load_sources

        own = [self.settings.sources_dir] if self.settings.sources_dir else []
        return load_sources([built_in_sources(), *own])

    def watch(self, *, announce: bool = False) -> Watch:
        """Rounds over sources."""
        from config.source import readers_of_lists
        from pipeline.watch import Watch

        zone, lists = self.settings.zone, readers_of_lists(self.sources.sources.values())
        return Watch(self.ingest, self.polite, self.stop, announce, zone, self.calendar, lists=lists)

    @cached_property
    def hooks(self) -> Hooks:
        """The operator's webhooks. Raises ConfigError."""
        from config.hook import load_hooks
        from pipeline.digest.hooks import Hooks

        return Hooks(load_hooks(self.settings.hooks), lambda: self._hook_client, self.clock)

    @cached_property
    def _hook_client(self) -> Client:
        """A client that follows no redirect: what is signed for one address goes to no other."""
        from pipeline.fetch import Limits, make_client

        return make_client(self.settings, clock=self.clock, limits=Limits(redirects=0))

    @cached_property
    def calendar(self) -> Calendar:
        """Mainland China's days, holidays and working weekends."""
        from pipeline.rhythm import china_calendar

        return china_calendar()

    def close(self) -> None:
        """Let go of what was opened."""
        for worker in ("reader", "lists", "sieve"):
            if worker in self.__dict__:
                getattr(self, worker).close()
        if "database" in self.__dict__:
            self.database.close()

"""From a page to the register: prefilter, read, understand, resolve, store; one transaction for each page.

A stage that breaks raises Broken with its name and version; nothing of the page is stored then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from config.source import Listing, Source
from extractors.read.entry import UnreadableListing
from extractors.read.guard import UnreadablePage, may_be_hollow
from extractors.read.html import read_carried
from extractors.read.listing import Link, read_listing
from extractors.read.page import china_day, read_page, refuse_hollow
from extractors.read.prefilter import Prefilter
from extractors.read.rights import may_be_kept
from extractors.read.sitemap import SitemapIndex, sitemap_index
from extractors.records import ApprovalFact, Article, Facts, Page, RevocationFact
from extractors.registers.reading import VERSION as LISTS_VERSION
from extractors.registers.reading import ListContext, RegisterReading, read_register
from extractors.understand import EXTRACTOR_VERSION, Analyst, Ruling
from extractors.understand.lexicon import Lexicon
from pipeline.clean import one_line
from pipeline.worker import Fault, Worker, WorkerError
from storage.articles import save
from storage.database import Database
from storage.pages import keep_page
from storage.records import Origin, Policy, Reading, Stored

READER_VERSION = "2"
"""Raise it when the reader changes: pages that the reader broke on are then tried once more."""
STAGES = {"read": READER_VERSION, "understand": EXTRACTOR_VERSION, "register": LISTS_VERSION, "store": "1"}
"""The stages that can break on a page, with their versions."""
REPLACED_PER = 2_000
"""More than one replacement character in so many is a page read in the wrong charset."""

P = ParamSpec("P")
T = TypeVar("T")


class Broken(Exception):
    """A stage broke on one page: `stage`, and why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage = stage
        self.reason = reason


class Damaged(Broken):
    """Characters of the page were lost on its way, or it was read in the wrong charset."""


@dataclass(frozen=True)
class Ingest:
    """The stages behind the fetch, with all that they need.

    `reader` is the process that reads pages, `lists` the one that reads official lists, which may take longer.
    """

    database: Database
    reader: Worker
    lexicon: Lexicon
    prefilter: Prefilter
    policy: Policy
    clock: Callable[[], datetime]
    lists: Worker

    def page(
        self,
        page: Page,
        source: Source,
        origin: Origin,
        also: Callable[[Session], None],
        known: Article | None = None,
        *,
        proof: bool = False,
    ) -> Stored | None:
        """Store what a fetched page says, and do `also` in the same transaction; None for a page that can't matter.

        `known` is what the listing said of it (title, time), used where the page is silent; `proof`: a list hangs on
        the page, so it matters whatever it says. Raises Broken.
        """
        if not proof and not self.prefilter.may_matter(page.body):
            if may_be_hollow(page.body):
                self.read(refuse_hollow, page, source.article)
            with self.database.write() as session:
                keep_page(session, page, with_body=False)
                also(session)
            return None
        article = self.read_page(page, source, known.published if known else None)
        article = replace(
            article,
            source=source.id,
            title=article.title or (known.title if known else ""),
        )
        return self.article(article, origin, also, page, proof=proof)

    def article(
        self,
        article: Article,
        origin: Origin,
        also: Callable[[Session], None] | None = None,
        page: Page | None = None,
        *,
        proof: bool = False,
    ) -> Stored:
        """Understand and store one article, and do `also` in the same transaction. Raises Broken."""
        refuse_damage(article)
        facts = self.facts(article)
        keep = page is None or may_be_kept(page)
        reading = Reading(article, facts, origin, EXTRACTOR_VERSION, self.clock(), page, keep=keep, proof=proof)
        return self.store(reading, also)

    def store(self, reading: Reading, also: Callable[[Session], None] | None = None) -> Stored:
        """Store what was read. Raises Broken for what this article can't be stored for."""
        try:
            with self.database.write() as session:
                stored = save(session, reading, self.lexicon, self.policy)
                if also is not None:
                    also(session)
        except (OperationalError, InterfaceError):
            raise  # the database itself is away, locked or full: no fault of this article
        except Exception as error:
            raise Broken("store", fault(error)) from error
        return stored

    def explain(self, article: Article) -> tuple[Ruling, ...]:
        """How each sentence of the article was judged. Raises Broken."""
        return safely("understand", lambda: self.reader.ask(Analyst.explain, article))

    def facts(self, article: Article) -> Facts:
        """What the article says of approvals. Raises Broken, whatever went wrong in there."""
        facts = safely("understand", lambda: self.reader.ask(Analyst.facts, article))
        refuse_damaged_names(facts)
        return facts

    def read_page(self, page: Page, source: Source | None = None, published: datetime | None = None) -> Article:
        """The article of a page, published then as far as its listing says. Raises Broken, whatever went wrong."""
        return self.read(read_page, page, source, published)

    def read_listed(self, link: Link, source: Source) -> Article:
        """The article that its listing carried. Raises Broken, whatever went wrong in there."""
        return replace(self.read(read_carried, link, source.rules_for(china_day(link.published))), source=source.id)

    def read_listing(self, page: Page, rules: Listing) -> tuple[Link, ...]:
        """The links of one page of a listing. Raises UnreadableListing."""
        return self._listed(read_listing, page.body, page.header("content-type"), page.final_url, rules)

    def read_index(self, page: Page) -> SitemapIndex | None:
        """What an index of sitemaps names; None for a plain sitemap. Raises UnreadableListing."""
        return self._listed(sitemap_index, page.body, page.header("content-type"), page.final_url)

    def read_list(self, body: bytes, name: str, context: ListContext) -> RegisterReading:
        """The rows of an official list, with their account. Raises Broken, whatever went wrong in there."""
        return safely("register", lambda: self.lists.call(read_register, body, name, context))

    def _listed(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return self.reader.call(function, *args, **kwargs)
        except (WorkerError, Fault) as error:
            raise UnreadableListing(f"the listing {error}") from error

    def read(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a reading function returns, run in the worker. Raises Broken, whatever went wrong in there."""
        return safely("read", lambda: self.reader.call(function, *args, **kwargs))


def safely(stage: str, work: Callable[[], T]) -> T:
    """What `work` returns. Raises Broken: one page never stops the run, it is put aside with its reason."""
    try:
        return work()
    except (UnreadablePage, Fault) as error:
        raise Broken(stage, one_line(str(error), 300)) from error
    except WorkerError as error:
        raise Broken(stage, f"the page {error}") from error
    except Exception as error:
        raise Broken(stage, fault(error)) from error


def refuse_damage(article: Article) -> None:
    """More than one replacement character in 2,000 is a text read in the wrong charset (DESIGN section 3)."""
    text = article.title + article.text
    damaged = text.count("\ufffd")
    if damaged > max(1, len(text) // REPLACED_PER):
        raise Damaged("read", f"{damaged} of {len(text)} characters can't be read: wrong charset, or damaged")


def refuse_damaged_names(facts: Facts) -> None:
    """One replacement character inside a name is one too many (DESIGN section 3)."""
    said: list[ApprovalFact | RevocationFact] = [*facts.approvals, *facts.revocations]
    if any("\ufffd" in name for fact in said for name in (fact.product or "", *fact.company.names)):
        raise Damaged("understand", "a name holds a replacement character: the page was damaged on its way")


def fault(error: Exception) -> str:
    """A fault of ours as one line."""
    return one_line(f"{type(error).__name__}: {error}", 300)

"""From a page to the register: prefilter, read, understand, resolve, store; one transaction for each page.

A stage that breaks raises Broken with its name and version; nothing of the page is stored then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from config.source import ArticleRules, Source
from extractors.read.charset import Decoded, decode
from extractors.read.guard import UnreadablePage
from extractors.read.html import read_article, read_carried
from extractors.read.listing import Link
from extractors.read.prefilter import Prefilter
from extractors.records import Article, Facts, Page
from extractors.understand import EXTRACTOR_VERSION, Analyst
from extractors.understand.lexicon import Lexicon
from storage.articles import keep_page, save
from storage.database import Database
from storage.records import Origin, Policy, Reading, Stored

READER_VERSION = "1"
"""Raise it when the reader changes: pages that the reader broke on are then tried once more."""
STAGES = {"read": READER_VERSION, "understand": EXTRACTOR_VERSION}
"""The stages that can break on a page, with their versions."""
REPLACED_PER = 2_000
"""More than one replacement character in so many is a page read in the wrong charset."""


class Broken(Exception):
    """A stage broke on one page: `stage`, and why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage = stage
        self.reason = reason


@dataclass(frozen=True)
class Ingest:
    """The stages behind the fetch, with all that they need."""

    database: Database
    lexicon: Lexicon
    analyst: Analyst
    prefilter: Prefilter
    policy: Policy
    clock: Callable[[], datetime]

    def page(
        self, page: Page, source: Source, origin: Origin, also: Callable[[Session], None], known: Article | None = None
    ) -> Stored | None:
        """Store what a fetched page says, and do `also` in the same transaction; None for a page that can't matter.

        `known` is what the listing said of it (title, time), used where the page is silent. Raises Broken.
        """
        if not self.prefilter.may_matter(page.body):
            with self.database.write() as session:
                keep_page(session, page, with_body=False)
                also(session)
            return None
        article = read_page(page, source.article)
        article = replace(
            article,
            source=source.id,
            title=article.title or (known.title if known else ""),
            published=article.published or (known.published if known else None),
        )
        return self.article(article, origin, also, page)

    def article(
        self,
        article: Article,
        origin: Origin,
        also: Callable[[Session], None] | None = None,
        page: Page | None = None,
    ) -> Stored:
        """Understand and store one article, and do `also` in the same transaction. Raises Broken."""
        facts = self.facts(article)
        reading = Reading(article, facts, origin, EXTRACTOR_VERSION, self.clock(), page)
        return self.store(reading, also)

    def store(self, reading: Reading, also: Callable[[Session], None] | None = None) -> Stored:
        """Store what was read."""
        with self.database.write() as session:
            stored = save(session, reading, self.lexicon, self.policy)
            if also is not None:
                also(session)
        return stored

    def facts(self, article: Article) -> Facts:
        """What the article says of approvals. Raises Broken, whatever went wrong in there."""
        try:
            facts = self.analyst.facts(article)
        except Exception as error:  # one page never stops the run: it is put aside with its reason
            raise Broken("understand", f"{type(error).__name__}: {error}") from error
        names = [fact.company.name or "" for fact in facts.approvals] + [f.product or "" for f in facts.approvals]
        if any("\ufffd" in name for name in names):
            raise Broken("understand", "a name holds a replacement character: the page was damaged on its way")
        return facts


def read_page(page: Page, rules: ArticleRules) -> Article:
    """The article of a page. Raises Broken."""
    decoded = decode(page.body, page.header("content-type"))
    _refuse_damage(decoded)
    try:
        return read_article(decoded.text, page.final_url, rules)
    except UnreadablePage as error:
        raise Broken("read", str(error)) from error


def read_listed(link: Link, source: Source) -> Article:
    """The article that its listing carried. Raises Broken."""
    try:
        return replace(read_carried(link, source.article), source=source.id)
    except UnreadablePage as error:
        raise Broken("read", str(error)) from error


def _refuse_damage(decoded: Decoded) -> None:
    if decoded.replaced > 1 + len(decoded.text) // REPLACED_PER:
        raise Broken("read", f"{decoded.replaced} characters can't be read as {decoded.charset}: wrong charset?")

"""From a reply that may matter to the facts in it, in steps that each cost more than the one before.

The words that let a page pass are asked for again in what it tells, then in its article: most pages have them only
in a menu or a script. Whatever says nothing of approvals ends here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.companies import CompanyEntry
from config.source import Source
from extractors.read.page import read_page
from extractors.read.prefilter import Prefilter, fastest
from extractors.read.reply import page_of
from extractors.records import Article, Facts, Page
from extractors.understand import Analyst


class Stage(StrEnum):
    """How far a page came."""

    TOLD = "told"  # the words that matter are in its menus or scripts only
    ARTICLE = "article"  # its article has none of them
    FACTS = "facts"  # it says nothing of approvals
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Sifted:
    """What became of a page: its article and facts where it says anything of approvals."""

    stage: Stage
    page: Page | None = None
    article: Article | None = None
    facts: Facts = Facts()  # noqa: RUF009 (frozen)


class Sifter:
    """Reads pages and understands them. It is heavy: it lives in a worker process."""

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst
        self._prefilter = Prefilter(fastest())

    @classmethod
    def of(cls, companies: Sequence[CompanyEntry], entities: str) -> Sifter:
        """One that knows these companies; `entities` chooses who reads names (see `Analyst.of`)."""
        return cls(Analyst.of(companies, entities))

    def reply(self, raw: bytes, url: str, captured_at: datetime, source: Source | None) -> Sifted:
        """What a captured reply says. Raises UnreadablePage."""
        return self.page(page_of(raw, url, captured_at), source)

    def page(self, page: Page, source: Source | None, published: datetime | None = None) -> Sifted:
        """What a page says, read by the rules of its source for its day. Raises UnreadablePage."""
        if not self._prefilter.may_tell(page.body):
            return Sifted(Stage.TOLD)
        return self.article(read_page(page, source, published), page)

    def article(self, article: Article, page: Page | None = None) -> Sifted:
        """What an article says."""
        if not self._may_matter(f"{article.title}\n{article.text}"):
            return Sifted(Stage.ARTICLE)
        facts = self._analyst.facts(article)
        if not (facts.relevant or facts.approvals or facts.batches or facts.revocations):
            return Sifted(Stage.FACTS)
        return Sifted(Stage.WHOLE, page, article, facts)

    def _may_matter(self, text: str) -> bool:
        return self._prefilter.may_matter(text.encode("utf-8", "replace"))

"""One source on trial: what its listing shows, its first article as read, and what would be extracted.

A trial of its samples needs no network; a live one asks as a round does, with the same manners. Neither keeps
anything, but for a pause that a host asks for: that holds for the next round, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from config.source import Listing, Source
from extractors.read.charset import decode
from extractors.read.entry import UnreadableListing
from extractors.read.guard import UnreadablePage
from extractors.read.html import read_article, read_carried
from extractors.read.listing import Link, read_listing
from extractors.read.page import china_day, exact_time
from extractors.records import Article, Facts, Page

if TYPE_CHECKING:
    from pipeline.ingest import Ingest
    from pipeline.listings import Listings

_DOCUMENTS = {b"%PDF": "PDF", b"PK\x03\x04": "docx or xlsx", b"\xd0\xcf\x11\xe0": "doc or xls"}


class NothingToTry(Exception):
    """The source has no listing, or no sample of one; the message says what to do."""


@dataclass(slots=True)
class Trial:
    """What came of a trial.

    `seconds` says how long each step took, in their order; `problems` what went wrong, in words; `note` why there
    is no article where none should be; `facts` is None where nothing was understood.
    """

    source: Source
    monotonic: Callable[[], float]
    seconds: dict[str, float] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    article: Article | None = None
    facts: Facts | None = None
    note: str | None = None
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Around one step: how long it took."""
        start = self.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.monotonic() - start


def try_samples(
    source: Source, folder: Path, understand: Callable[[Article], Facts], monotonic: Callable[[], float]
) -> Trial:
    """Try a source on the samples in `folder`. Raises NothingToTry."""
    trial, rules = Trial(source, monotonic), _listing(source)
    listing = _sample(folder, "listing")
    if listing is None:
        raise NothingToTry(
            f"{source.id} has no sample: a reply of its listing belongs in {folder}/listing.*; or try it --live"
        )
    try:
        with trial.step("list"):
            trial.links = read_listing(listing.read_bytes(), None, rules.address(), rules)
        _read_sample(trial, _sample(folder, "article"))
    except (UnreadableListing, UnreadablePage) as error:
        trial.problems.append(str(error))
    if trial.article:
        with trial.step("understand"):
            trial.facts = understand(trial.article)
    return trial


def try_live(source: Source, ingest: Ingest, listings: Listings, monotonic: Callable[[], float]) -> Trial:
    """Try a source on its site: its listing, and the page of the first link. Raises NothingToTry."""
    from pipeline.fetch import FetchError
    from pipeline.ingest import Broken
    from storage.frontier import Validators

    trial, rules = Trial(source, monotonic), _listing(source)
    try:
        with trial.step("list"):
            listed = listings.round(source, Validators())
        trial.links = listed.links
        trial.problems += [*map(str, listed.problems), *_too_few(source, listed.links)]
        for link in trial.links[:1]:
            _read_live(trial, rules, link, ingest, listings)
        if trial.article:
            with trial.step("understand"):
                trial.facts = ingest.facts(trial.article)
    except (FetchError, UnreadableListing, Broken) as error:
        trial.problems.append(str(error))
    return trial


def _listing(source: Source) -> Listing:
    if source.listing is None:
        raise NothingToTry(f"{source.id} has no [listing] yet; docs/sources.md says how to write one")
    return source.listing


def _sample(folder: Path, name: str) -> Path | None:
    return next(iter(sorted(folder.glob(f"{name}.*"))), None)


def _read_sample(trial: Trial, file: Path | None) -> None:
    link = next(iter(trial.links), Link(""))
    rules = trial.source.rules_for(china_day(link.published))
    if not link.html and file is None:
        trial.note = "there is no sample of an article"
        return
    with trial.step("read"):
        if link.html:
            article = read_carried(link, rules)
        else:
            assert file is not None
            article = read_article(decode(file.read_bytes()).text, link.url or None, rules)
    trial.article = _completed(article, trial.source, link)


def _read_live(trial: Trial, rules: Listing, link: Link, ingest: Ingest, listings: Listings) -> None:
    from pipeline.links import page_request

    if link.html:
        with trial.step("read"):
            trial.article = ingest.read_listed(link, trial.source)
        return
    with trial.step("fetch"):
        asked = page_request(trial.source, link.url)
        page = listings.polite.fetch(asked, spacing=trial.source.politeness.spacing)
    if document := _document(page):
        trial.note = f"the first link is a document: {document}, {len(page.body):,} bytes"
    elif rules.kind == "register":
        trial.problems.append(f"{link.url}: no document came; some sites send a page to a request without a Referer")
    else:
        with trial.step("read"):
            article = ingest.read_page(page, trial.source, link.published)
        trial.article = _completed(article, trial.source, link)


def _document(page: Page) -> str | None:
    return next((kind for magic, kind in _DOCUMENTS.items() if page.body.startswith(magic)), None)


def _completed(article: Article, source: Source, link: Link) -> Article:
    """The article, with what only its listing says, as a round stores it."""
    return replace(
        article,
        source=source.id,
        title=article.title or link.title or "",
        published=exact_time(article.published, link.published),
    )


def _too_few(source: Source, links: tuple[Link, ...]) -> list[str]:
    if len(links) >= source.expect.links:
        return []
    return [f"the listing shows {len(links)} links, at least {source.expect.links} are expected"]

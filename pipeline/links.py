"""The pages of the links that wait: each fetched and stored, postponed, or put aside with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.source import Source
from extractors.read.listing import Link
from extractors.records import Article
from pipeline.fetch import BadReply, FetchError, Held, HttpStatus, Polite, Request, Stopped
from pipeline.ingest import STAGES, Broken, Ingest
from pipeline.reasons import reason_of
from pipeline.registers import Registers
from storage.frontier import Waiting, done, postpone, quarantine
from storage.records import Stored
from storage.runs import Counts

RETRY = timedelta(minutes=15)
"""The first pause before a page is asked for again; it doubles with each try."""
LONGEST_RETRY = timedelta(days=1)


def read_link(ingest: Ingest, polite: Polite, source: Source, link: Waiting, counts: Counts) -> None:
    """Fetch and store the page of one link; a failure postpones it or puts it aside, and is counted."""
    now = ingest.clock()
    fresh = link.attempts == 0
    try:
        stored = _store(ingest, polite, source, link, counts)
    except Stopped:
        return
    except FetchError as error:
        counts.reject(reason_of(error), str(error), fresh=fresh)
        pause = max(min(RETRY * (1 << min(link.attempts, 10)), LONGEST_RETRY), pause_of(error, now))
        with ingest.database.write() as session:
            postpone(session, link, str(error), now + pause, refused=_refused(error))
    except Broken as error:
        counts.reject(reason_of(error), f"{link.url}: {error}", fresh=fresh)
        with ingest.database.write() as session:
            quarantine(session, link, error.stage, STAGES[error.stage], error.reason, now)
    else:
        counts.accept(stored, fresh=fresh)


def _store(ingest: Ingest, polite: Polite, source: Source, link: Waiting, counts: Counts) -> Stored | None:
    if link.html is not None:
        article = ingest.read_listed(Link(link.url, link.title, link.published, link.html), source)
        return ingest.article(article, link.origin, lambda session: done(session, link.id))
    lists = Registers(ingest, polite, source)
    if link.page_url is not None:
        page = lists.fetch(link)
    else:
        page = polite.fetch(page_request(source, link.url), spacing=source.politeness.spacing)
    counts.fetched += page.status != 304
    counts.not_modified += page.status == 304
    counts.bytes += len(page.body)
    if link.page_url is not None:
        return lists.attachment(page, link)
    known = Article(link.title or "", "", published=link.published)
    if source.lists:
        return lists.notice(page, link, known)
    return ingest.page(page, source, link.origin, lambda session: done(session, link.id), known)


def page_request(source: Source, url: str) -> Request:
    """The request for one article: it comes from the source's listing, where that is one page with an address."""
    listing = source.listing
    if listing is None or listing.referer or listing.windowed or listing.method == "POST":
        return Request(url, referer=listing.referer if listing else None)
    return Request(url, referer=listing.address())


def _refused(error: FetchError) -> bool:
    """Whether the page itself is at fault, not its host's day: such a page is given up in the end."""
    if isinstance(error, HttpStatus):
        return error.status < 500 and error.status not in (408, 425, 429)
    return isinstance(error, BadReply)


def pause_of(error: Exception, now: datetime) -> timedelta:
    """The pause that the host asked for, zero where it named none."""
    if isinstance(error, HttpStatus) and error.retry_after is not None:
        return error.retry_after
    return max(error.until - now, timedelta(0)) if isinstance(error, Held) else timedelta(0)

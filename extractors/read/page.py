"""From a fetched page to its article: what runs in the worker process."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from selectolax.lexbor import LexborHTMLParser

from config.source import ArticleRules, Source
from extractors.read.charset import decode
from extractors.read.dates import published_time
from extractors.read.guard import BlockedPage, ShortPage, blocked, challenge, refuse_hostile
from extractors.read.html import read_article
from extractors.read.text import clean, shown_text
from extractors.read.urls import with_slash
from extractors.records import CHINA, Article, Page

AHEAD = timedelta(days=1)
"""How far a site's clock may be ahead of ours, zones that it forgot to name included."""


def read_page(page: Page, source: Source | None = None, published: datetime | None = None) -> Article:
    """The article of a page, decoded and read by its source's rules for its day. Raises UnreadablePage.

    `published` is when the listing says that it appeared: it chooses the rules, stands in for a page that does not
    say, and gives the minute where the page says only the day. A time after the page was fetched is none.
    """
    decoded = decode(page.body, page.header("content-type"))
    rules = _rules(decoded.text, page, source, published) if source else None
    article = read_article(decoded.text, page.final_url, rules)
    stated = article.published
    if stated and stated > page.fetched_at + AHEAD:
        stated = None
    url = with_slash(page.final_url, source.listing.trailing_slash if source and source.listing else None)
    return replace(article, url=url, published=exact_time(stated, published))


def exact_time(stated: datetime | None, listed: datetime | None) -> datetime | None:
    """What the page states, but for the hour that only its listing knows: a bare day is read as its midnight."""
    if stated is None or listed is None:
        return stated or listed
    bare = stated.astimezone(CHINA).time() == time()
    return listed if bare and china_day(listed) == china_day(stated) else stated


def china_day(moment: datetime | None) -> date | None:
    """The day in China of an aware time."""
    return moment.astimezone(CHINA).date() if moment else None


def _rules(html: str, page: Page, source: Source, published: datetime | None) -> ArticleRules:
    """The rules for a page that was published, or captured by an archive, on some day."""
    if not source.article_before:
        return source.article
    stated = published or _stated(clean(html), page.final_url)
    return source.rules_for(china_day(min(page.fetched_at, stated) if stated else page.fetched_at))


def _stated(html: str, url: str) -> datetime | None:
    refuse_hostile(html)
    return published_time(LexborHTMLParser(html), html, url)


def refuse_hollow(page: Page, rules: ArticleRules) -> None:
    """Raises UnreadablePage for a reply that shows a challenge, or less than an article's floor in all.

    For pages without a word of an approval: "nothing to read" must not be what a blocked reader makes of them.
    """
    html = clean(decode(page.body, page.header("content-type")).text)
    refuse_hostile(html)
    text = shown_text(LexborHTMLParser(html)).strip()
    sign = challenge(html, text)
    if sign:
        raise BlockedPage(blocked(sign))
    if len(text) < rules.min_length:
        raise ShortPage(f"the whole page shows {len(text)} characters, fewer than the {rules.min_length} of an article")

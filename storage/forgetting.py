"""Forget a page: its bytes and its text go for good, the facts with their quotes stay (DESIGN section 8)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from extractors.read.urls import canonical_url
from storage.deciding import By
from storage.decisions import DecisionRecord, record, standing
from storage.records import Action
from storage.search import Entry, What, put
from storage.tables import Link, StoredArticle, StoredMention, StoredPage


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten under an address: pages and texts; `facts` stay. `decision` keeps it so."""

    decision: DecisionRecord
    pages: int
    articles: int
    facts: int


def forget(session: Session, url: str, by: By) -> Forgotten | None:
    """Erase what is kept of that address, and keep it from being kept again; None where nothing is known of it."""
    key = canonical_url(url)
    articles = list(
        session.scalars(select(StoredArticle).where(or_(StoredArticle.key == key, StoredArticle.url == url)))
    )
    ids = {article.page_id for article in articles if article.page_id is not None}
    named = StoredPage.url.in_([url, key]) | StoredPage.final_url.in_([url, key]) | StoredPage.id.in_(ids)
    pages = list(session.scalars(select(StoredPage).where(named)))
    if not articles and not pages:
        return None
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))  # else the bytes stay in the file until they are overwritten
    for page in pages:
        page.record = None
    for article in articles:
        article.text = ""
        put(session, [Entry(What.ARTICLE, str(article.id), (article.title,))])
    session.execute(update(Link).where(Link.key == key).values(html=None))
    held = select(StoredMention.id).where(StoredMention.article_id.in_([article.id for article in articles]))
    facts = len(list(session.scalars(held)))
    made = record(session, Action.FORGET, _subject(key), author=by.author, reason=by.reason, at=by.at)
    return Forgotten(made, len(pages), len(articles), facts)


def is_forgotten(session: Session, article: StoredArticle) -> bool:
    """Whether somebody wanted the text of this article forgotten; a new one, or one with its text, was not."""
    if not article.edition or article.text:
        return False
    return bool(standing(session, Action.FORGET, _subject(article.key)))


def _subject(key: str) -> str:
    return f"url:{key}"

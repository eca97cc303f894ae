"""From a fetched page to its article: what runs in the worker process."""

from __future__ import annotations

from config.source import ArticleRules
from extractors.read.charset import decode
from extractors.read.html import read_article
from extractors.records import Article, Page


def read_page(page: Page, rules: ArticleRules) -> Article:
    """The article of a page, decoded and read by its source's rules. Raises UnreadablePage."""
    decoded = decode(page.body, page.header("content-type"))
    return read_article(decoded.text, page.final_url, rules)

"""Coverage-guided fuzzing of decode, parse and read, with libFuzzer's options after the script's name.

    pip install atheris && python tests/fuzz/read.py -max_total_time=600 CORPUS_DIR

The first byte picks what reads the rest. A crash, a hang over `-timeout`, or an error that is none of ours, ends it
and leaves the input in a file. Not part of the tests: atheris does not install everywhere.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["extractors", "config", "feedparser"]):
    from config.source import ArticleRules, Listing
    from extractors.read.charset import decode
    from extractors.read.entry import UnreadableListing
    from extractors.read.guard import UnreadablePage
    from extractors.read.html import read_article
    from extractors.read.listing import read_listing
    from extractors.read.page import read_page
    from extractors.records import Page

URL = "https://news.example/2026/0305/1.html"
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
RULES = ArticleRules(title=("h1",), body=("#body", "td"), published=("time",), drop=("script", "b"), min_length=0)
LISTINGS = (
    Listing(kind="feed", url=URL, content="summary"),
    Listing(kind="html", url=URL, items="a, div", title="b", published="time"),
    Listing(kind="json", url=URL, items="items", link="url", title="title", content="html"),
    Listing(kind="sitemap", url=URL),
    Listing(kind="register", url=URL),
)


def read(data: bytes) -> None:
    """One input."""
    kind, body = data[:1], data[1:]
    which = kind[0] % (len(LISTINGS) + 2) if kind else 0
    with suppress(UnreadablePage, UnreadableListing):
        if which < len(LISTINGS):
            read_listing(body, None, URL, LISTINGS[which])
        elif which == len(LISTINGS):
            read_page(Page(URL, URL, 200, (), body, NOW, ""))
        else:
            article = read_article(decode(body).text, URL, RULES)
            (article.title + article.text).encode()


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()

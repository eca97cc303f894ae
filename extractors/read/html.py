"""An article page: title, text, published time and language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from config.source import ArticleRules
from extractors.read.dates import published_time
from extractors.read.generic import generic_text
from extractors.read.guard import (
    LONGEST_CHALLENGE,
    BlockedPage,
    ShortPage,
    UnreadablePage,
    blocked,
    challenge,
    refuse_hostile,
)
from extractors.read.listing import Link
from extractors.read.text import clean, fragment_text, lines, node_text, shown_text, shows_over
from extractors.records import Article

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")
_SITE = re.compile(r"\s*[|_｜]\s*|\s+[-–—·]\s+|(?<=[\u3400-\u9fff])\s*[-–—]+\s*(?=[\u3400-\u9fff])")


LONGEST = 1_000_000
"""Characters of an article. More is none, and would cost its memory again on each of its ways between processes."""


def read_article(html: str, url: str | None, rules: ArticleRules | None = None) -> Article:
    """Read one article page (decoded HTML) by its source's selectors, or else by the generic extractor.

    `text` has one line for each paragraph and each table row (cells joined by " | "). Raises UnreadablePage,
    and nothing else, when the page would exhaust the parser, asks for a proof of being human, or has a body
    under `rules.min_length` characters or over `LONGEST`.
    """
    rules = rules or ArticleRules()
    html = clean(html)
    refuse_hostile(html)
    tree = LexborHTMLParser(html)
    text = _bounded(_body(tree, rules) or _without_rules(html, tree), rules)
    return Article(
        title=_title(tree, rules.title),
        text=text,
        url=url,
        published=published_time(tree, html, url, rules.published),
        language=language(text),
    )


def read_fragment(html: str, rules: ArticleRules | None = None) -> str:
    """The text of HTML that a listing carries, without what `rules.drop` selects. Raises UnreadablePage."""
    html = clean(html)
    refuse_hostile(html)
    if rules is None or not rules.drop:
        return fragment_text(html)
    tree = LexborHTMLParser(html)
    _drop(tree, rules.drop)
    return node_text(tree.body)


def read_carried(link: Link, rules: ArticleRules | None = None) -> Article:
    """The article that its listing carried (`link.html`), so that no page is fetched. Raises UnreadablePage."""
    rules = rules or ArticleRules()
    text = _bounded(read_fragment(link.html or "", rules), rules)
    return Article(link.title or "", text, url=link.url, published=link.published, language=language(text))


def language(text: str) -> str | None:
    """ "zh" or "en" by script (a Han character weighs as much as four Latin letters); None without letters."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if not han and not latin:
        return None
    return "zh" if han * 4 >= latin else "en"


def _bounded(text: str, rules: ArticleRules) -> str:
    if len(text) < rules.min_length:
        raise ShortPage(f"the body has {len(text)} characters, fewer than {rules.min_length}")
    if len(text) > LONGEST:
        raise UnreadablePage(f"the body has {len(text):,} characters, more than {LONGEST:,}: not an article")
    return text


def _body(tree: LexborHTMLParser, rules: ArticleRules) -> str:
    if rules.body:
        _drop(tree, rules.drop)
    for selector in rules.body:
        text = _longest(map(node_text, tree.css(selector)))
        if len(text) >= max(rules.min_length, 1):
            return text
    return ""


def _drop(tree: LexborHTMLParser, selectors: Iterable[str]) -> None:
    for selector in selectors:
        for node in tree.css(selector):
            node.decompose()


def _without_rules(html: str, tree: LexborHTMLParser) -> str:
    sign = None if shows_over(tree, LONGEST_CHALLENGE) else challenge(html, shown_text(tree))
    if sign:
        raise BlockedPage(blocked(sign))
    return generic_text(html)


def _title(tree: LexborHTMLParser, selectors: Iterable[str]) -> str:
    for selector in selectors:
        title = _one_line(tree.css_first(selector))
        if title:
            return title
    whole = _one_line(tree.css_first("title"))
    headings = [_one_line(node) for node in tree.css("h1")]
    in_whole = [heading for heading in headings if heading and heading in whole]
    if in_whole:
        return max(in_whole, key=len)
    meta = tree.css_first('meta[property="og:title"]')
    stated = lines((meta.attributes.get("content") or "") if meta else "").replace("\n", " ")
    return stated or (headings[0] if len(headings) == 1 and headings[0] else _longest(_SITE.split(whole)))


def _one_line(node: LexborNode | None) -> str:
    return node_text(node).replace("\n", " ")


def _longest(texts: Iterable[str]) -> str:
    return max(texts, key=len, default="")

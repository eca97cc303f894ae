"""A source's trial, as people and programs see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import console, put, say

if TYPE_CHECKING:
    from extractors.read.listing import Link
    from extractors.records import ApprovalFact, Article, Facts
    from pipeline.trial import Trial

LINKS = 5
LINES = 3
"""How many links of the listing, and lines of the article, are shown."""


def trial_fields(trial: Trial) -> dict[str, Any]:
    """A trial for programs: every link, the whole article, the facts line, seconds by step."""
    from extractors.lines import article_to_line, facts_to_line

    return {
        "source": trial.source.id,
        "links": [
            {"url": link.url, "title": link.title, "published": link.published and link.published.isoformat()}
            for link in trial.links
        ],
        "article": article_to_line(None, trial.article) if trial.article else None,
        "facts": facts_to_line(None, trial.facts) if trial.facts else None,
        "seconds": {step: round(seconds, 3) for step, seconds in trial.seconds.items()},
        "note": trial.note,
        "problems": trial.problems,
    }


def show(trial: Trial, *, live: bool) -> None:
    """Print a trial: tables on a terminal, plain lines in a pipe; problems go to standard error."""
    head = f"{trial.source.id}: {trial.source.name}, {'from its site' if live else 'from its samples'}"
    links = [(_time(link.published), link.title or "-", link.url) for link in trial.links[:LINKS]]
    rows = [("links", _more(trial.links)), *_rows(trial)]
    if console().is_terminal:
        _tables(head, links, rows)
    else:
        _lines(head, links, rows)
    for problem in trial.problems:
        say(f"problem: {problem}")


def _lines(head: str, links: list[tuple[str, str, str]], rows: list[tuple[str, str]]) -> None:
    put(head)
    for row in links:
        put("\t".join(row))
    for name, value in rows:
        put(f"{name:<12}{value}")


def _tables(head: str, links: list[tuple[str, str, str]], rows: list[tuple[str, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    listed = Table("published", "title", "address", title=head, title_justify="left", box=None)
    told = Table(box=None, show_header=False)
    for link in links:
        listed.add_row(*map(Text, link))
    for row in rows:
        told.add_row(*map(Text, row))
    out.print(listed, told)


def _more(links: tuple[Link, ...]) -> str:
    shown = f"{len(links)}" + (f", the first {LINKS} shown" if len(links) > LINKS else "")
    return f"{shown}; {sum(link.published is not None for link in links)} with a time"


def _rows(trial: Trial) -> Iterator[tuple[str, str]]:
    if trial.note:
        yield "note", trial.note
    if trial.article:
        yield from _article(trial.article)
    if trial.facts:
        yield from _facts(trial.facts)
    yield "time", ", ".join(f"{step} {seconds:.2f} s" for step, seconds in trial.seconds.items())


def _article(article: Article) -> Iterator[tuple[str, str]]:
    lines = [line for line in article.text.splitlines() if line.strip()]
    yield "title", article.title or "none found"
    yield "published", _time(article.published)
    yield "text", f"{len(article.text):,} characters, {article.language or 'language unknown'}"
    for line in lines[:LINES]:
        yield "", line[:200]


def _facts(facts: Facts) -> Iterator[tuple[str, str]]:
    for fact in facts.approvals:
        yield "approval", _approval(fact)
    for claim in facts.batches:
        yield "claim", f"{claim.kind.value}, {claim.count or '-'} new, {claim.cumulative or '-'} in all"
    for gone in facts.revocations:
        yield "revocation", f"{gone.company.name or '-'} / {gone.product or '-'} {gone.filing_no or ''}"
    if not (facts.approvals or facts.batches or facts.revocations):
        yield "facts", "none found"


def _approval(fact: ApprovalFact) -> str:
    details = [fact.kind.value, fact.filing_no, fact.date, fact.province, f"confidence {fact.confidence:.2f}"]
    return f"{fact.company.name or '-'} / {fact.product or '-'}: {', '.join(d for d in details if d)}"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "no time"

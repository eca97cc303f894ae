"""search: approvals, companies and articles, by any part of their words."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.approvals import print_approvals
from pipeline.cli.common import assembly, print_json, put, say, text_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from storage.desk import FoundArticle
    from storage.records import CompanyRecord


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(epilog="Example: greenlit search 小米")(search)


def search(
    context: typer.Context,
    text: Annotated[
        list[str], typer.Argument(help="What to look for: parts of names, of numbers, of titles and texts.")
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many of each.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Approvals, companies and articles that hold all of these words.

    Any part of a word will do, in simplified or traditional characters; spaces and punctuation don't count.
    """
    from pipeline.export import approval_line
    from pipeline.web.query import STATUSES
    from storage.desk import find, find_articles, find_companies

    asked = text_of("TEXT", " ".join(text))
    with closing(assembly(context)) as parts, parts.database.read() as session:
        zone = parts.settings.zone
        found = find(session, text=asked, statuses=STATUSES, limit=limit)
        companies = find_companies(session, asked, limit)
        articles = find_articles(session, asked, limit)
        if as_json:
            print_json(
                {
                    "approvals": [approval_line(one, zone) for one in found.approvals],
                    "approvals_found": found.total,
                    "companies": [{"id": one.id, "name": one.name, "names": list(one.names)} for one in companies],
                    "articles": [_line(one, zone) for one in articles],
                }
            )
            return
        _print_companies(companies)
        _print_articles(articles, zone)
        print_approvals(list(found.approvals), quotes=False)
        if found.total > len(found.approvals):
            say(f"{found.total} in all; --limit shows more")


def _line(article: FoundArticle, zone: ZoneInfo) -> dict[str, Any]:
    published = article.published.astimezone(zone).isoformat(timespec="seconds") if article.published else None
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "source": article.source,
        "published": published,
        "story": article.story,
    }


def _print_companies(companies: tuple[CompanyRecord, ...]) -> None:
    for one in companies:
        put(f"company\t{one.id}\t{', '.join(one.names)}")


def _print_articles(articles: tuple[FoundArticle, ...], zone: ZoneInfo) -> None:
    for one in articles:
        day = one.published.astimezone(zone).date().isoformat() if one.published else ""
        put(f"article\t{day}\t{' '.join(one.title.split())}\t{one.source or ''}\t{one.url or one.id}")

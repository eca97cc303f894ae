"""backfill: history, by every way back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import backfill_report, walk
from pipeline.cli.asked import Asked
from pipeline.cli.common import Exit, Failure, assembly, done, named
from pipeline.cli.service import Json, stopping

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pipeline.assembly import Assembly
    from pipeline.backfill.pool import Hands

Text = str | None
Texts = list[str] | None
Names = Annotated[
    Texts,
    typer.Argument(metavar="[SOURCE|status]", help="A source, by its own pages; or what is covered, day by day."),
]
Since = Annotated[Text, typer.Option(metavar="DAY", help="The first day, YYYY-MM-DD.")]
Until = Annotated[Text, typer.Option(metavar="DAY", help="The last day, YYYY-MM-DD; today without.")]
Registers = Annotated[bool, typer.Option("--registers", help="All official lists that the sources know.")]
Sitemap = Annotated[Text, typer.Option(metavar="URL", help="A sitemap, or an index of some.")]
Gdelt = Annotated[Text, typer.Option(metavar="QUERY", help="Pages that GDELT's index names.")]
Wayback = Annotated[Text, typer.Option(metavar="URLPREFIX", help="The Wayback Machine's captures.")]
CommonCrawl = Annotated[Text, typer.Option(metavar="URLPREFIX", help="Common Crawl's captures.")]
CcNews = Annotated[Texts, typer.Option(metavar="MONTH", help="Common Crawl's news of a month, YYYY-MM.")]
Warc = Annotated[Texts, typer.Option(metavar="PATH", help="WARC files, or folders of them.")]
Html = Annotated[Text, typer.Option(metavar="DIR", help="A folder of saved pages.")]
Jsonl = Annotated[Texts, typer.Option(metavar="PATH", help="Files of articles, as `import` takes them.")]
Hosts = Annotated[
    Texts, typer.Option(metavar="HOST", help="In WARC files, only pages of this host: others are not inflated.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it will cost; store nothing.")]
Limit = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="At most so many units (files, windows, lists) this time.")
]
Workers = Annotated[int, typer.Option(metavar="N", min=1, help="Processes of this machine.")]
Scheduler = Annotated[Text, typer.Option(metavar="ADDRESS", help="A Dask scheduler, tcp://host:8786.")]
Announce = Annotated[bool, typer.Option("--announce", help="Mail what a source's own pages bring, as if it were new.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: greenlit backfill --cc-news 2024-01 --workers 4")(backfill)


def backfill(
    context: typer.Context,
    names: Names = None,
    since: Since = None,
    until: Until = None,
    registers: Registers = False,
    sitemap: Sitemap = None,
    gdelt: Gdelt = None,
    wayback: Wayback = None,
    common_crawl: CommonCrawl = None,
    cc_news: CcNews = None,
    warc: Warc = None,
    html: Html = None,
    jsonl: Jsonl = None,
    host: Hosts = None,
    dry_run: DryRun = False,
    limit: Limit = None,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    announce: Announce = False,
    as_json: Json = False,
) -> None:
    """History, by one of many ways back.

    Stop it or kill it: the same command goes on where it stood. Nothing of it is mailed.
    """
    ways = {
        "--registers": registers,
        "--sitemap": sitemap,
        "--gdelt": gdelt,
        "--wayback": wayback,
        "--common-crawl": common_crawl,
        "--cc-news": cc_news,
        "--warc": warc,
        "--html": html,
        "--jsonl": jsonl,
    }
    asked = Asked(tuple(names or ()), since, until, tuple(host or ()), ways)
    with closing(assembly(context)) as parts, stopping(parts.stop):
        if asked.names == ("status",) and not asked.given:
            backfill_report.print_status(parts, as_json=as_json)
        elif asked.is_walk:
            asked.check_walk(workers=workers, scheduler=scheduler, limit=limit)
            sources = walk.with_lists(parts) if registers else [named(parts.sources, name) for name in asked.names]
            walk.walk(parts, sources, *asked.days(parts), announce=announce, dry_run=dry_run, as_json=as_json)
        elif announce:
            raise Failure("--announce is for a source's own pages; archives are history", Exit.USAGE)
        elif dry_run:
            backfill_report.print_estimate(parts, asked.way(parts), as_json=as_json)
        else:
            workforce = _hands(parts, workers, scheduler)
            done(backfill_report.run_way(parts, asked.way(parts), workforce, limit, as_json=as_json))


def _hands(parts: Assembly, workers: int, scheduler: str | None) -> Any:
    """Who does the work: is told how many may at once, and gives them for the time of a `with`."""
    from pipeline.backfill.pool import hands

    def here(at_once: int) -> AbstractContextManager[Hands]:
        return hands(parts, min(workers, at_once))

    def there(at_once: int) -> AbstractContextManager[Hands]:
        from pipeline.backfill.cluster import cluster

        return cluster(parts, str(scheduler), at_once)

    return there if scheduler else here

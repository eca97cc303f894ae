"""What a backfill was asked for on the command line: exactly one way back, and its terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipeline.cli.common import Exit, Failure, parse_day

if TYPE_CHECKING:
    from pipeline.assembly import Assembly
    from pipeline.backfill.units import Way

MANY = ("--warc", "--jsonl", "--cc-news")
"""Ways that take several values, as a shell gives them for a pattern."""
LOCAL = ("--warc", "--jsonl", "--html")
FIRST = "2017-01-01"
"""The first day where none is given: before it no AI service was listed."""


@dataclass(frozen=True)
class Asked:
    """What the command line names; `ways` by option, None for those that were not given."""

    names: tuple[str, ...]
    since: str | None
    until: str | None
    hosts: tuple[str, ...]
    ways: Mapping[str, Any]

    @property
    def given(self) -> list[str]:
        """The ways back that were asked for."""
        return [option for option, value in self.ways.items() if value]

    @property
    def is_walk(self) -> bool:
        """Whether sources' own pages are asked for. Raises Failure unless exactly one way is."""
        given = self.given
        if len(given) + (not given and bool(self.names)) != 1:
            ways = ", ".join(self.ways)
            raise Failure(f"give a SOURCE, `status`, or one of {ways} (`greenlit backfill --help`)", Exit.USAGE)
        if self.names and given and given[0] not in MANY:
            raise Failure(f"{given[0]} stands alone: what is {self.names[0]!r} for?", Exit.USAGE)
        if self.hosts and given[:1] not in (["--warc"], ["--cc-news"]):
            raise Failure("--host is for --warc and --cc-news", Exit.USAGE)
        return not given or given == ["--registers"]

    def check_walk(self, *, workers: int, scheduler: str | None, limit: int | None) -> None:
        """Raises Failure for what a walk through pages can't be told."""
        if len(self.names) > 1:
            raise Failure("one source at a time", Exit.USAGE)
        if workers > 1 or scheduler or limit:
            raise Failure("--workers, --scheduler and --limit are for archives: a site is asked politely", Exit.USAGE)
        if self.since is None and not self.ways["--registers"]:
            raise Failure("--since: give the first day, YYYY-MM-DD", Exit.USAGE)

    def days(self, parts: Assembly) -> tuple[date, date]:
        """The first and the last day. Raises Failure."""
        from extractors.records import CHINA

        today = parts.clock().astimezone(CHINA).date()
        since = parse_day("--since", self.since or FIRST)
        until = parse_day("--until", self.until) if self.until else today
        if since > until:
            raise Failure(f"--since {since} is after --until {until}", Exit.USAGE)
        return since, until

    def way(self, parts: Assembly) -> Way:
        """The way back that was asked for. Raises Failure."""
        from pipeline.backfill.commoncrawl import CommonCrawl
        from pipeline.backfill.folders import Html, Jsonl
        from pipeline.backfill.gdelt import Gdelt
        from pipeline.backfill.sitemaps import Sitemap
        from pipeline.backfill.warc import CcNews, Warc
        from pipeline.backfill.wayback import Wayback

        option = self.given[0]
        value = self.ways[option]
        if option in LOCAL or option == "--cc-news":
            if self.since or self.until:
                raise Failure(f"{option} takes no days: what is in it is read whole", Exit.USAGE)
            local: dict[str, Any] = {
                "--warc": lambda: Warc(self._paths(option), self.hosts),
                "--jsonl": lambda: Jsonl(self._paths(option)),
                "--html": lambda: Html(_folder(value)),
                "--cc-news": lambda: CcNews(tuple(map(_month, [*value, *self.names])), self.hosts),
            }
            return cast("Way", local[option]())
        since, until = (day.isoformat() for day in self.days(parts))
        ways = {"--gdelt": Gdelt, "--wayback": Wayback, "--common-crawl": CommonCrawl, "--sitemap": Sitemap}
        return cast("Way", ways[option](value, since, until))

    def _paths(self, option: str) -> tuple[str, ...]:
        paths = [*self.ways[option], *self.names]
        for path in paths:
            if not Path(path).exists():
                raise Failure(f"{path}: there is no such file", Exit.USAGE)
            if option == "--jsonl" and Path(path).is_dir():
                raise Failure(f"{path} is a folder: --jsonl takes files ({path}/*.jsonl)", Exit.USAGE)
        return tuple(paths)


def _folder(given: str) -> str:
    if not Path(given).is_dir():
        raise Failure(f"{given}: there is no such folder", Exit.USAGE)
    return str(Path(given).resolve())


def _month(given: str) -> str:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", given):
        raise Failure(f"--cc-news {given}: give a month as YYYY-MM", Exit.USAGE)
    return given

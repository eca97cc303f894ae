"""Articles and official lists from files into the database: history, so nothing of it is mailed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from extractors.lines import LineError, article_from_line
from extractors.records import CHINA
from extractors.registers.files import is_document
from extractors.registers.reading import ListContext, RegisterReading, read_register
from extractors.registers.rows import RegisterRow, as_article
from pipeline.ingest import Broken, Ingest
from pipeline.registers import store_list
from storage.articles import is_empty, save
from storage.editions import EXTRACTOR, IMPORTED, ListFile
from storage.records import Origin, Reading, Stored

LISTS = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".docx", ".doc", ".pdf", ".html", ".htm"}
"""Names of text files that hold an official list: text begins in no way of its own."""
SEED_PAGES = {
    "2024-04": (date(2024, 4, 2), "https://www.cac.gov.cn/2024-04/02/c_1713729983803145.htm"),
    "2026-08": (date(2026, 7, 15), "https://www.cac.gov.cn/2026-07/15/c_1785861480767004.htm"),
}
"""When each list of the seed was announced, and on which official page (see `config/seed/README.md`)."""


@dataclass(slots=True)
class Report:
    """What an import came to: of articles, or (`noun`) of lists, whose `account` says line by line what is in them."""

    new: int = 0
    known: int = 0
    editions: int = 0
    touched: set[int] = field(default_factory=set)
    noun: str = "articles"
    account: tuple[str, ...] = ()
    problems: list[tuple[str | None, str]] = field(default_factory=list)
    """What was not taken, or is an open question: its id, where it has one, and what is wrong."""

    @property
    def summary(self) -> str:
        """One line for people."""
        return (
            f"{self.new} {self.noun} new, {self.editions} in a new edition, {self.known} known before;"
            f" {len(self.touched)} approvals touched; {len(self.problems)} {self._open}"
        )

    @property
    def _open(self) -> str:
        return "lines not taken" if self.noun == "articles" else "open questions"

    def count(self, stored: Stored) -> None:
        """Add one stored article."""
        outcome = stored.outcome
        self.new += outcome == "new"
        self.known += outcome == "known"
        self.editions += outcome == "edition"
        self.touched.update(stored.approvals if outcome != "known" else ())


def is_list(head: bytes, file: Path | None) -> bool:
    """Whether a file that begins with `head` is an official list, whatever its name; else it is read as JSONL."""
    named = file is not None and file.suffix.lower() in LISTS
    return is_document(head) or (named and not head.lstrip().startswith(b"{"))


def import_lines(ingest: Ingest, rows: Iterable[tuple[int, dict[str, Any] | str]]) -> Report:
    """Store one article for each row; one that can't be read is a problem of the report, the rest goes on."""
    report = Report()
    for number, row in rows:
        try:
            if isinstance(row, str):
                raise ValueError(row)
            stored = ingest.article(article_from_line(row), Origin.IMPORT)
        except (LineError, ValueError, Broken) as error:
            id = row.get("id") if isinstance(row, dict) else None
            report.problems.append((id, f"line {number}: {error}"))
        else:
            report.count(stored)
    return report


def import_list(
    ingest: Ingest, name: str, body: bytes, *, announced: date | None = None, dry_run: bool = False
) -> Report:
    """Store an official list of any kind of file as an edition; nothing is stored by a `dry_run`.

    `announced` is the day of rows whose list has no column of dates.
    What of the list does not add up is a problem of the report; the rows that could be read are held all the same.
    """
    report = Report(noun="lists")
    try:
        reading = ingest.read_list(body, name, ListContext(published=announced))
        report.account = (*reading.account.lines(), *(f"note: {note}" for note in reading.notes))
        report.problems += [(None, f"{name}: {problem}") for problem in reading.account.problems]
        if dry_run or not reading.rows:
            return report
        stored = store_list(ingest, _list_file(ingest, name, body, reading))
    except Broken as error:
        report.problems.append((None, f"{name}: {error.reason}"))
    else:
        report.count(stored)
    return report


def _list_file(ingest: Ingest, name: str, body: bytes, reading: RegisterReading) -> ListFile:
    digest = hashlib.sha256(body).hexdigest()
    return ListFile(IMPORTED, name, digest, reading, ingest.clock(), Origin.IMPORT)


def load_seed(ingest: Ingest) -> Report | None:
    """The official lists that ship with Greenlit, into a database that holds no article yet; else None."""
    with ingest.database.read() as session:
        if not is_empty(session):
            return None
    body = (files("config") / "seed" / "registers.csv").read_bytes()
    report = Report()
    _store_rows(ingest, read_register(body, None, ListContext()).rows, Origin.SEED, _seed_list, report)
    return report


def _seed_list(key: str) -> tuple[str, str, str | None, datetime | None]:
    day, url = SEED_PAGES[key]
    return (
        f"seed:{key}",
        f"生成式人工智能服务已备案信息（{key}）",
        url,
        datetime(day.year, day.month, day.day, tzinfo=CHINA),
    )


def _store_rows(
    ingest: Ingest,
    rows: Iterable[RegisterRow],
    origin: Origin,
    describe: Callable[[str], tuple[str, str, str | None, datetime | None]],
    report: Report,
) -> None:
    """All rows in one transaction: a list is held whole or not at all."""
    with ingest.database.write() as session:
        for key, group in groupby(sorted(rows, key=lambda row: row.list), key=lambda row: row.list):
            id, title, url, published = describe(key)
            article, facts = as_article(group, ingest.lexicon, title, url, id, published)
            reading = Reading(article, facts, origin, EXTRACTOR, ingest.clock())
            stored = save(session, reading, ingest.lexicon, ingest.policy)
            report.count(stored)

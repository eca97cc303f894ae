"""parse, extract, import, explain: from pages to facts, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from io import BufferedReader
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, opened, parse_day, print_json, progress, put, say

File = Annotated[Path | None, typer.Argument(help="A JSONL file; standard input for - or none.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: greenlit parse pages.jsonl > articles.jsonl")(parse)
    app.command(epilog="Example: greenlit extract articles.jsonl | jq .approvals")(extract)
    app.command("import", epilog="Example: greenlit import articles.jsonl")(import_)
    app.command(epilog="Example: greenlit explain https://www.cac.gov.cn/2024-04/02/c_1713729983803145.htm")(explain)


def parse(file: File = None) -> None:
    """Pages in, articles out (JSONL).

    {"id", "url", "html"} lines to {"id", "url", "title", "text", "published", "language"} lines.
    """
    from extractors.lines import article_to_line
    from extractors.read.html import read_article
    from pipeline.worker import Worker, WorkerError

    def one(row: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(row.get("html"), str):
            raise ValueError('"html" must be a text')
        url = row.get("url") if isinstance(row.get("url"), str) else None
        try:
            return article_to_line(row.get("id"), worker.call(read_article, row["html"], url))
        except WorkerError as error:
            raise ValueError(f"the page {error}") from error

    with opened(file) as lines, Worker() as worker:
        worker.start()
        done(_each_line(lines, one))


def extract(context: typer.Context, file: File = None) -> None:
    """Articles in, facts out (JSONL).

    One line for each article, in the same order, without a database.
    """
    from extractors.lines import article_from_line, facts_to_line
    from extractors.understand import Analyst
    from pipeline.worker import WorkerError

    def one(row: dict[str, Any]) -> dict[str, Any]:
        try:
            return facts_to_line(row.get("id"), worker.ask(Analyst.facts, article_from_line(row)))
        except WorkerError as error:
            raise ValueError(f"the article {error}") from error

    with opened(file) as lines, assembly(context).reader as worker:
        worker.start()
        done(_each_line(lines, one))


def _each_line(lines: IO[bytes], work: Callable[[dict[str, Any]], dict[str, Any]]) -> Exit:
    """Print what `work` makes of each line; a line that can't be read gives {"id", "error"} and exit code 3."""
    code = Exit.DONE
    for number, row in _rows(lines):
        if isinstance(row, str):
            answer, code = {"id": None, "error": f"line {number}: {row}"}, Exit.PART
        else:
            try:
                answer = work(row)
            except Exception as error:  # whatever is wrong with one line, the next is answered
                answer, code = {"id": row.get("id"), "error": f"line {number}: {error}"}, Exit.PART
        print(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace").decode(), flush=True)
    return code


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line's number with its object, or with what is wrong with it; empty lines are skipped."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.strip().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            yield number, f"is not JSON: {error}"
            continue
        yield number, row if isinstance(row, dict) else "is not a JSON object"


def import_(
    context: typer.Context,
    file: File = None,
    announced: Annotated[
        str | None, typer.Option(metavar="DAY", help="When a list was announced (YYYY-MM-DD): for one without dates.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what a list comes to; store nothing.")] = False,
) -> None:
    """Articles or an official list, stored as history.

    Articles as JSONL; a list as docx, pdf, xlsx, xls, csv, html or text, with an account of its rows (exit code 3
    where it does not add up). Nothing of it is mailed; imported again, nothing doubles.
    """
    from pipeline.imports import import_lines, import_list, is_list

    day = parse_day("--announced", announced) if announced else None
    with closing(assembly(context)) as parts, opened(file) as stream:
        if is_list(_head(stream), file):
            name = file.name if file and file.name != "-" else "standard input"
            with progress("reading the list"):
                report = import_list(parts.ingest, name, stream.read(), announced=day, dry_run=dry_run)
        elif dry_run:
            raise Failure("--dry-run is for official lists: docx, pdf, xlsx, xls, csv or html", Exit.USAGE)
        else:
            report = import_lines(parts.ingest, _rows(_with_progress(stream, file)))
    for id, problem in report.problems:
        print(json.dumps({"id": id, "error": problem}, ensure_ascii=False))
    for line in report.account:
        say(line)
    say(report.summary if not dry_run else "dry run: nothing was stored")
    done(Exit.PART if report.problems else Exit.DONE)


def _head(stream: IO[bytes]) -> bytes:
    """The first bytes of a stream, which stay to be read."""
    return stream.peek(4096) if isinstance(stream, BufferedReader) else b""


def _with_progress(stream: IO[bytes], file: Path | None) -> Iterator[bytes]:
    """The lines of a stream, with a progress bar on a terminal."""
    if file is None or str(file) == "-":
        yield from stream
        return
    read, size = 0, file.stat().st_size
    with progress("importing") as at:
        for line in stream:
            yield line
            read += len(line)
            at(read, size)


def explain(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="An address, or a file: HTML, text, or one JSON line.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Every decision about one page, step by step.

    From fetch to digest; nothing is stored. Exit code 3 where the page was refused or put aside: the last line
    says why.
    """
    from pipeline.explain import NoSuchFile, explain_target

    try:
        with closing(assembly(context)) as parts:
            account = explain_target(parts, target)
    except NoSuchFile as error:
        raise Failure(str(error), Exit.USAGE) from error
    if as_json:
        print_json({"steps": [{"step": s.step, "said": s.said} for s in account.steps], "refused": account.refused})
    else:
        for step in account.steps:
            put(f"{step.step:<11}{step.said}")
        if account.refused:
            put(f"{'refused':<11}{account.refused}")
    done(Exit.PART if account.refused else Exit.DONE)

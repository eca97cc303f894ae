"""What every command shares: exit codes, the frame that turns errors into one clear line, and output."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from config.source import Source, SourceFiles
    from pipeline.assembly import Assembly


class Exit(IntEnum):
    """The exit codes of every command (DESIGN section 5)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PART = 3
    DATABASE = 4
    LEASE = 5
    INTERRUPTED = 130


class Failure(Exception):
    """A command can't do what was asked; the message is for the user."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.code = code


def assembly(context: typer.Context) -> Assembly:
    """Greenlit, put together from the effective configuration. Raises ConfigError."""
    from config.settings import load_settings
    from pipeline.assembly import Assembly

    return Assembly(load_settings(context.find_root().obj))


def console(*, error: bool = False) -> Console:
    """The terminal; plain text where it is a pipe."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else 200
    return Console(stderr=error, highlight=False, soft_wrap=not stream.isatty(), width=width)


def say(message: str) -> None:
    """Words for people, on standard error, so that standard output stays clean for programs."""
    print(_safe(message), file=sys.stderr, flush=True)


def put(text: str = "") -> None:
    """Text on standard output: what pages say can't command the terminal."""
    print(_safe(text))


def _safe(text: str) -> str:
    """Without control and invisible format characters, but for line ends and tabs."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def done(code: Exit) -> None:
    """End the command with `code` where that is not 0."""
    if code is not Exit.DONE:
        raise typer.Exit(code)


@contextmanager
def opened(path: Path | None) -> Iterator[IO[bytes]]:
    """The bytes of a file; standard input for None and `-`."""
    if path is None or str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Failure(f"{path}: can't be read: {error.strerror}", Exit.USAGE) from error


def named(files: SourceFiles, name: str) -> Source:
    """The source of that id. Raises Failure, with the ids that are like it."""
    from difflib import get_close_matches

    if name in files.sources:
        return files.sources[name]
    near = get_close_matches(name, files.sources, n=5, cutoff=0.5) or sorted(files.sources)[:5]
    broken = [problem for problem in files.problems if Path(problem.path).stem == name]
    why = f"{broken[0].path}: {broken[0].message}" if broken else f"there are {', '.join(near)} and others"
    raise Failure(f"no source {name!r}: {why}; `greenlit sources list` shows them all", Exit.USAGE)


def parse_day(option: str, text: str) -> date:
    """The day that an option names. Raises Failure."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Failure(f"{option} {text}: give a day as YYYY-MM-DD", Exit.USAGE) from error


def person(given: str | None) -> str:
    """Who decides: the name given, else that of whoever runs the command. Raises Failure."""
    import getpass

    if given is not None:
        return text_of("--author", given)
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise Failure("who decides? give --author NAME", Exit.USAGE) from error


def text_of(option: str, text: str) -> str:
    """What an option says, as one line. Raises Failure where it says nothing."""
    line = " ".join(_safe(text).split())
    if not line:
        raise Failure(f"{option}: say something", Exit.USAGE)
    return line


def counted(count: int, noun: str) -> str:
    """How many of something: `1 approval`, `2 approvals`, `3 companies`."""
    several = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else several}"


def rows(columns: tuple[str, ...], found: Iterable[tuple[str, ...]]) -> None:
    """A table on a terminal; on a pipe one plain line each, with tabs between."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    if out.is_terminal:
        table = Table(*columns, box=None)
        for row in found:
            table.add_row(*map(Text, map(_safe, row)))
        out.print(table)
    else:
        for row in found:
            put("\t".join(row))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on a terminal, else nothing; it is told how many of how many (None: not known) are done."""
    errors = console(error=True)
    if not errors.is_terminal:
        yield lambda at, of: None
        return
    from rich.progress import Progress

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda at, of: bar.update(task, completed=at, total=of)

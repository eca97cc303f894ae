"""sources list, check: what is watched."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.common import Exit, assembly, console, done, print_json, put, say

if TYPE_CHECKING:
    from config.source import Source

group = typer.Typer(help="What is watched.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command("list", epilog="Example: greenlit sources list")(list_)
    group.command(epilog="Example: GREENLIT_SOURCES_DIR=my-sources greenlit sources check")(check)
    app.add_typer(group, name="sources")


def list_(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Every source, and whether it is watched."""
    from rich.table import Table
    from rich.text import Text

    with closing(assembly(context)) as parts:
        files = parts.sources
    if as_json:
        print_json([source.model_dump(mode="json") for source in files.sources.values()])
        return
    rows = [_row(source) for source in files.sources.values()]
    out = console()
    if out.is_terminal:
        table = Table("id", "name", "kind", "language", "every", "state", box=None)
        for row in rows:
            table.add_row(*map(Text, row))
        out.print(table)
    else:
        for row in rows:
            put("\t".join(row))


def _row(source: Source) -> tuple[str, ...]:
    every = f"{source.interval.total_seconds() / 60:g} min"
    state = "watched" if source.enabled else f"off: {source.disabled_reason or 'disabled'}"
    return source.id, source.name, source.kind, source.language, every, state


def check(context: typer.Context) -> None:
    """Validate every source file.

    Each fault is a line with file, line and remedy; exit code 3 where there is one.
    """
    with closing(assembly(context)) as parts:
        files = parts.sources
    for problem in files.problems:
        say(f"{problem.path}: {problem.message}")
    put(f"{len(files.sources)} sources are right, {len(files.problems)} files are not")
    done(Exit.PART if files.problems else Exit.DONE)

"""evidence export: what approvals rest on, in one file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.common import Failure, assembly, counted, say

group = typer.Typer(help="What approvals rest on.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.callback()(_group)
    group.command(epilog="Example: greenlit evidence export 12 --with-pages --output evidence.zip")(export)
    app.add_typer(group, name="evidence")


def _group() -> None:
    """What approvals rest on."""


def export(
    context: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Approvals; all of them without.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path("evidence.zip"),
    with_pages: Annotated[
        bool, typer.Option("--with-pages", help="With the pages that are held, as WARC: for you, not to be published.")
    ] = False,
) -> None:
    """A zip with facts, quotes, addresses, times and hashes.

    The pages themselves only where asked for; it is read without Greenlit.
    """
    from pipeline.evidence import write_bundle
    from storage import queries

    with closing(assembly(context)) as parts, parts.database.read() as session:
        if ids:
            found = [queries.approval(session, id) for id in dict.fromkeys(ids)]
            missing = [str(id) for id, one in zip(dict.fromkeys(ids), found, strict=True) if one is None]
            if missing:
                raise Failure(f"no approval {', '.join(missing)}; `greenlit approvals list` shows those there are")
            wanted = iter({one.id: one for one in found if one is not None}.values())
        else:
            wanted = queries.approvals(session)
        made = write_bundle(session, wanted, output, parts.settings.zone, parts.clock(), with_pages=with_pages)
    known = f"{counted(made.known, 'page')} known by their hash, {made.pages} of them in it"
    say(f"{output}: {counted(made.approvals, 'approval')}, {known}")

"""db upgrade: the database's own verbs."""

from __future__ import annotations

from contextlib import closing

import typer

from pipeline.cli.common import assembly, put

group = typer.Typer(help="The database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command(epilog="Example: greenlit db upgrade")(upgrade)
    app.add_typer(group, name="db")


@group.callback()
def _database() -> None:
    """The database."""


def upgrade(context: typer.Context) -> None:
    """Bring the database to this version.

    A missing one is made; one that is newer than this program is exit code 4.
    """
    from storage.database import open_database
    from storage.schema import HEAD
    from storage.schema import upgrade as bring_up

    parts = assembly(context)
    with closing(open_database(parts.settings.database, check=False)) as database:
        before = bring_up(database.engine)
    put(f"already at {HEAD}" if before == HEAD else f"{before or 'empty'} -> {HEAD}")

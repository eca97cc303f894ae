"""db upgrade, check, backup, restore, copy: the database's own verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, print_json, put, say

if TYPE_CHECKING:
    from pipeline.assembly import Assembly
    from storage.database import Database

group = typer.Typer(help="The database.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command(epilog="Example: greenlit db upgrade")(upgrade)
    group.command(epilog="Example: greenlit db check")(check)
    group.command(epilog="Example: greenlit db backup greenlit-2026-11-26.backup")(backup)
    group.command(epilog="Example: greenlit db restore greenlit-2026-11-26.backup --replace")(restore)
    group.command(epilog="Example: greenlit db copy postgresql://greenlit@db.example.org/greenlit")(copy)
    group.command(epilog="Example: greenlit db metadata > metadata.json; datasette greenlit.db -m metadata.json")(
        metadata
    )
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


def check(context: typer.Context, as_json: Json = False) -> None:
    """Whether the database holds together.

    The file, its keys, and what must be true of approvals. Exit code 1 where something is wrong.
    """
    from storage.examine import counts, examine
    from storage.schema import HEAD

    with closing(assembly(context)) as parts:
        problems, held = examine(parts.database), counts(parts.database)
    if as_json:
        print_json({"version": HEAD, "problems": problems, "rows": held})
    else:
        for problem in problems:
            put(problem)
        rows = ", ".join(f"{count} {name}" for name, count in held.items())
        say(f"version {HEAD}; {rows}; {f'{len(problems)} problems' if problems else 'nothing wrong'}")
    done(Exit.FAILED if problems else Exit.DONE)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to: a new file.")],
) -> None:
    """A backup, while the service goes on.

    One file, verified before it gets its name; `db restore` brings it back, on SQLite and on PostgreSQL.
    """
    from storage.copying import backup as write

    with closing(assembly(context)) as parts:
        write(parts.database, file, _progress)
    put(f"{file}: {file.stat().st_size / 1e6:.1f} MB, verified")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A backup.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the database holds now.")] = False,
) -> None:
    """Bring a backup back.

    It is verified first, and brought to this version where it is older; the database is changed whole or not at all.
    Stop the service before: exit code 5 where it runs.
    """
    from storage.copying import restore as bring_back

    parts = assembly(context)
    with closing(parts), TemporaryDirectory(prefix="greenlit-") as scratch, _alone(parts):
        counts = bring_back(file, parts.settings.database, replace=replace, scratch=Path(scratch))
    put(f"{file}: {counts['articles']} articles, {counts['approvals']} approvals restored")


def copy(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(help="The address of an empty database, in the form of GREENLIT_DATABASE_URL.")
    ],
) -> None:
    """Copy everything into another database: from SQLite to PostgreSQL, or back.

    The target must be empty. Then set GREENLIT_DATABASE_URL to it.
    """
    from storage.copying import copy as carry
    from storage.copying import same_place
    from storage.database import open_database

    with closing(assembly(context)) as parts:
        if same_place(parts.settings.database, target):
            raise Failure("that is the database itself: give the address of another", Exit.USAGE)
        with closing(open_database(target)) as new:
            counts = carry(parts.database, new, _progress)
    put(f"{sum(counts.values())} rows of {len(counts)} tables copied; set GREENLIT_DATABASE_URL to use it")


def metadata(context: typer.Context) -> None:
    """What Datasette is to know of the database (JSON).

    What tables mean, two ready queries, and no one to see pages, texts and addresses.
    """
    from sqlalchemy import make_url

    from pipeline.datasette import metadata as describe

    with closing(assembly(context)) as parts:
        address = make_url(parts.settings.database)
    if address.get_backend_name() != "sqlite":
        raise Failure("Datasette reads SQLite: `greenlit db backup` makes such a file", Exit.USAGE)
    print_json(describe(Path(address.database or "greenlit").stem))


def _progress(table: str, rows: int) -> None:
    say(f"{table}: {rows} rows")


@contextmanager
def _alone(parts: Assembly) -> Iterator[None]:
    """While this goes on the service must not run; a database that is empty or not of this version has none."""
    from storage.database import open_database
    from storage.schema import HEAD, current_version

    with closing(open_database(parts.settings.database, check=False)) as database:
        with database.engine.connect() as connection:
            usable = current_version(connection) == HEAD
        if usable:
            _refuse_service(parts, database)
    yield


def _refuse_service(parts: Assembly, database: Database) -> None:
    from pipeline.lease import SERVICE, Lease

    with Lease(database, parts.clock, SERVICE, "serves this database"):
        pass

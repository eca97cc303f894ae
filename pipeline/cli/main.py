"""`greenlit`: the command, and the frame that turns every error into clear words and an exit code."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import (
    approvals,
    articles,
    asking,
    backfill,
    companies,
    database,
    decisions,
    digest,
    evidence,
    registers,
    rereading,
    review,
    search,
    service,
    sources,
    subscribers,
)
from pipeline.cli.common import Exit, Failure, say

app = typer.Typer(
    name="greenlit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich costs --help a fifth of a second
    help="The register of AI services that China has approved: which, whose, when, under which number,"
    " and the page that says so.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 done in part,"
    " 4 the database needs `greenlit db upgrade`, 5 another instance runs, 130 interrupted.",
)
for group in (
    service,
    backfill,
    articles,
    approvals,
    asking,
    companies,
    review,
    search,
    evidence,
    registers,
    sources,
    rereading,
    subscribers,
    digest,
    database,
):
    group.register(app)
decisions.register(app, approvals.group)


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", help="The configuration, by default greenlit.toml in this folder.")
    ] = None,
) -> None:
    context.obj = config


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code. Prints errors in plain words, never a bare traceback."""
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except typer.TyperException as error:
        say(f"greenlit: {error.format_message()} (`greenlit --help` shows the commands)")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted; what was stored is safe, and the same command goes on from there")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stdout = None  # the reader has gone; the interpreter must not flush to it
        return Exit.DONE
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> Exit:
    code, message = _verdict(error)
    say(f"greenlit: {message}")
    return code


def _verdict(error: Exception) -> tuple[Exit, str]:
    from sqlalchemy.exc import DBAPIError

    from config.companies import CompaniesError
    from config.settings import ConfigError
    from pipeline.lease import Taken
    from storage.database import DatabaseProblem
    from storage.filters import WishProblem
    from storage.schema import OtherVersion

    if isinstance(error, Failure):
        return error.code, str(error)
    if isinstance(error, ConfigError | CompaniesError | WishProblem):
        return Exit.USAGE, str(error)
    if isinstance(error, OtherVersion):
        return Exit.DATABASE, str(error)
    if isinstance(error, Taken):
        return Exit.LEASE, str(error)
    if isinstance(error, DatabaseProblem):
        return Exit.FAILED, str(error)
    if isinstance(error, DBAPIError):
        return Exit.FAILED, f"the database said no: {error.orig}; is it writable, reachable, and the disk not full?"
    if isinstance(error, OSError):
        return Exit.FAILED, f"{error.filename or 'the system'}: {error.strerror or error}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return Exit.FAILED, f"a fault of ours ({type(error).__name__} at {where}): {error}; please report it"


def run() -> None:
    """Entry point of the console script."""
    sys.exit(main(sys.argv[1:]))

"""companies list, show, merge, split, alias, confirm, release: who is who."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.approvals import print_approvals
from pipeline.cli.common import Exit, Failure, assembly, counted, print_json, put, rows, say, text_of
from pipeline.cli.decisions import Author, Json, Reason, decide, decision_fields

if TYPE_CHECKING:
    from storage.decisions import DecisionRecord

group = typer.Typer(help="Who is who.", no_args_is_help=True)
Company = Annotated[str, typer.Argument(help="A company's id, or exactly one of its names.")]
COLUMNS = ("id", "name", "english", "origin", "approvals", "names")


class Origins(StrEnum):
    """How a company came to be known, as an option's choices."""

    seeded = "seeded"
    discovered = "discovered"
    curated = "curated"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command("list", epilog="Example: greenlit companies list 小米")(list_)
    group.command(epilog="Example: greenlit companies show xiaomi")(show)
    group.command(epilog='Example: greenlit companies merge d-0a1b2c3d4e5f xiaomi --reason "its legal name"')(merge)
    group.command(epilog='Example: greenlit companies split d-0a1b2c3d4e5f 蓝鲸智语 --reason "a namesake"')(split)
    group.command(epilog='Example: greenlit companies alias xiaomi 小米澎湃 --reason "its brand"')(alias)
    group.command(epilog='Example: greenlit companies confirm 蓝鲸智语 --id lanjing --reason "looked up"')(confirm)
    group.command(epilog="Example: greenlit companies release")(release)
    app.add_typer(group, name="companies")


def list_(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help="Part of a name.", show_default=False)] = None,
    origin: Annotated[Origins | None, typer.Option("--origin", help="Only those that came to be known so.")] = None,
    as_json: Json = False,
) -> None:
    """The companies known, those with most approvals first."""
    from storage.curating import companies

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = companies(session, text, origin.value if origin else None)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows(
        COLUMNS,
        ((c.id, c.name, c.name_en or "", c.origin, str(c.approvals), ", ".join(c.names[:6])) for c in found),
    )
    say(counted(len(found), "company"))


def show(context: typer.Context, company: Company, as_json: Json = False) -> None:
    """One company: its names, its approvals, and what was decided about it."""
    from pipeline.export import approval_line
    from storage import queries
    from storage.curating import SUBJECT
    from storage.curating import company as find
    from storage.decisions import standing

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = find(session, company)
        if found is None:
            raise Failure(f"no company {company}; `greenlit companies list` shows those there are")
        held = list(queries.approvals_of(session, found.id))
        decided = standing(session, subject=f"{SUBJECT}{found.id}")
        if as_json:
            approvals = [approval_line(approval, parts.settings.zone) for approval in held]
            decisions = [decision_fields(one) for one in decided]
            print_json({**asdict(found), "approvals": approvals, "decisions": decisions})
            return
        put(f"{found.id}  {found.name}  {found.name_en or ''}  ({found.origin})")
        put(f"known as {', '.join(found.names)}")
        for one in decided:
            put(f"decision {one.id}: {one.action.value}, by {one.author} on {one.at:%Y-%m-%d}: {one.reason}")
        print_approvals(held, quotes=False)


def merge(
    context: typer.Context,
    company: Company,
    into: Annotated[str, typer.Argument(help="The company that it is.")],
    reason: Reason,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Two companies are one.

    The first one's names, mentions and approvals are the second one's; its id leads there.
    """
    from storage import curating

    _tell(
        decide(context, lambda s, by, policy: curating.merge(s, company, into, by, policy), reason, author),
        as_json=as_json,
    )


def split(
    context: typer.Context,
    company: Company,
    names: Annotated[list[str], typer.Argument(help="The names that are another company's.")],
    reason: Reason,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Some names of a company are another company's.

    What goes by them goes with them. No text unites the two again.
    """
    from storage import curating

    _tell(
        decide(context, lambda s, by, policy: curating.split(s, company, names, by, policy), reason, author),
        as_json=as_json,
    )


def alias(
    context: typer.Context,
    company: Company,
    name: Annotated[str, typer.Argument(help="The name, in any script.")],
    reason: Reason,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """A company goes by one more name."""
    from storage import curating

    known = text_of("NAME", name)
    _tell(
        decide(context, lambda s, by, _policy: curating.alias(s, company, known, by), reason, author), as_json=as_json
    )


def confirm(
    context: typer.Context,
    company: Company,
    reason: Reason,
    id: Annotated[str | None, typer.Option("--id", help="The id that it gets, such as lanjing.")] = None,
    zh: Annotated[str | None, typer.Option("--zh", help="Its Chinese name.")] = None,
    en: Annotated[str | None, typer.Option("--en", help="Its English name.")] = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """A company that texts named is to be known from now on.

    `companies release` then gives it to the reader of articles.
    """
    from storage import curating

    new_id = _id(id) if id is not None else None
    made = decide(
        context,
        lambda s, by, policy: curating.curate(s, company, by, policy, new_id=new_id, zh=zh, en=en),
        reason,
        author,
    )
    _tell(made, as_json=as_json)


def _id(given: str) -> str:
    import re

    if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", given) or given.startswith("d-"):
        raise Failure(f"--id {given}: 2 to 40 small letters, digits and hyphens, not beginning with d-", Exit.USAGE)
    return given


def release(context: typer.Context, as_json: Json = False) -> None:
    """Give the reader of articles what reviewers know of companies.

    Writes curated.toml in the data directory, which is read beside companies.toml; `greenlit reextract` then reads
    the stored articles anew.
    """
    from pipeline.curated import write
    from storage.curating import reviewed

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = list(reviewed(session))
        path = write(parts.settings.data_dir, found)
    if as_json:
        print_json({"file": str(path), "companies": [asdict(one) for one in found]})
        return
    put(f"{path}: {counted(len(found), 'company')}")
    say("`greenlit reextract --dry-run` shows what follows for the stored articles")


def _tell(made: DecisionRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(decision_fields(made))
        return
    put(f"decision {made.id}: {made.action.value} {made.subject} {made.value.get('into') or made.value.get('name')}")
    say(f"`greenlit undo {made.id}` takes it back; `greenlit companies release` gives it to the reader of articles")

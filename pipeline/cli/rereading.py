"""reextract, forget: what is kept, read anew or erased."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.common import (
    Exit,
    Failure,
    assembly,
    console,
    done,
    parse_day,
    person,
    print_json,
    progress,
    put,
    say,
    text_of,
)
from pipeline.cli.decisions import Author, Json, Reason, decision_fields

if TYPE_CHECKING:
    from pipeline.reextract import Plan
    from storage.rereading import Difference


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: greenlit reextract --dry-run")(reextract)
    app.command(epilog='Example: greenlit forget https://news.example.org/1 --reason "asked to"')(forget)


def reextract(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="Only published from this day on.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what this version has read already.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask on a terminal.")] = False,
    as_json: Json = False,
) -> None:
    """Read the stored articles anew, and show what that adds, changes and drops.

    From stored pages, else texts; those that this version has read are left out. Decisions stand, nothing is mailed.
    Kill it and run it again: it goes on with what is left. Exit code 3 where a page could not be read.
    """
    from pipeline.reextract import preview, read_all, store

    day = parse_day("--since", since) if since else None
    with closing(assembly(context)) as parts:
        first = datetime.combine(day, time(), parts.settings.zone) if day else None
        with progress("reading") as at:
            plan = read_all(parts, since=first, again=again, progress=at)
        found = preview(parts, plan)
        if as_json:
            print_json(_fields(plan, found, stored=not dry_run))
        else:
            _show(plan, found)
        if not dry_run:
            if not (yes or as_json) and console().is_terminal and plan.changed:
                typer.confirm("store this", abort=True)
            with progress("storing") as at:
                store(parts, plan, progress=at)
    say("dry run: nothing was stored" if dry_run else f"{len(plan.changed)} articles stored anew")
    done(Exit.PART if plan.broken else Exit.DONE)


def _show(plan: Plan, found: Difference) -> None:
    for name, approvals in (("+", found.added), ("-", found.dropped)):
        for id, fields in approvals.items():
            put(f"{name} approval {id if name == '-' else 'new'}: {_line(fields)}")
    for id, changes in found.changed.items():
        said = "; ".join(f"{name}: {old or '-'} → {new or '-'}" for name, (old, new) in changes.items())
        put(f"~ approval {id}: {said}")
    for where, why in plan.broken:
        put(f"! {where}: {why}")
    say(
        f"{len(found.added)} added, {len(found.changed)} changed, {len(found.dropped)} dropped;"
        f" of articles {len(plan.changed)} say something else, {len(plan.same)} the same,"
        f" {plan.not_kept} are not kept, {len(plan.broken)} could not be read"
    )


def _line(fields: Any) -> str:
    names = ("kind", "status", "company_id", "product", "filing_no", "approved_on")
    return ", ".join(str(fields[name]) for name in names if fields[name])


def _fields(plan: Plan, found: Difference, *, stored: bool) -> dict[str, Any]:
    return {
        "added": list(found.added.values()),
        "changed": [{"approval": id, "fields": dict(fields)} for id, fields in found.changed.items()],
        "dropped": [{"approval": id, **fields} for id, fields in found.dropped.items()],
        "articles": {"changed": len(plan.changed), "same": len(plan.same), "not_kept": plan.not_kept},
        "broken": [{"article": where, "error": why} for where, why in plan.broken],
        "stored": stored,
    }


def forget(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of the page.")],
    reason: Reason,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Erase a page and its text for good, and keep the facts.

    What it supports stays, with its quotes, address and hash; it is not kept again when it is seen again. Backups
    made before still hold it.
    """
    from storage.deciding import By
    from storage.forgetting import forget as erase

    why, who = text_of("--reason", reason), person(author)
    with closing(assembly(context)) as parts, parts.database.write() as session:
        gone = erase(session, url, By(who, why, parts.clock()))
    if gone is None:
        raise Failure(f"{url}: nothing is kept of that address")
    if as_json:
        counts = {"pages": gone.pages, "articles": gone.articles, "facts": gone.facts}
        print_json({"decision": decision_fields(gone.decision), **counts})
        return
    put(f"decision {gone.decision.id}: forgot {gone.pages} pages and {gone.articles} texts; {gone.facts} facts stay")

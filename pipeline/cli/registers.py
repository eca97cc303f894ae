"""reconcile, batches: what the regulators state, against what is held."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.approvals import Kind_, print_approvals
from pipeline.cli.common import Failure, assembly, print_json, put, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.batches import Round

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
group = typer.Typer(help="Rounds of approvals.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: greenlit reconcile --json | jq '.totals[] | select(.gap > 0)'")(reconcile)
    group.command("list", epilog="Example: greenlit batches list --kind genai_filing")(list_)
    group.command(epilog="Example: greenlit batches show 4 --kind genai_filing")(show)
    app.add_typer(group, name="batches")


def reconcile(context: typer.Context, as_json: Json = False) -> None:
    """Stated totals against what is held, and the lists that do not add up.

    A total counts what was approved by its day, of its kind and, where the text says so, its province.
    """
    from pipeline.reconcile import lines, plain
    from storage.reconcile import reconciliation

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = reconciliation(session)
        names = {id: source.name_en or source.name for id, source in parts.sources.sources.items()}
        if as_json:
            print_json(plain(found, names, parts.settings.zone))
            return
        for line in lines(found, names):
            put(line)
        say(f"{found.open_questions} open questions")


def list_(context: typer.Context, kind: Kind_ = None, as_json: Json = False) -> None:
    """The rounds known: how many each was said to have, how many are held."""
    from storage.batches import rounds

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = [one for one in rounds(session) if kind is None or one.kind.value == kind.value]
    if as_json:
        print_json([_fields(one) for one in found])
        return
    for one in found:
        put("\t".join((one.kind.value, one.name, one.date or "", _stated(one), f"held {len(one.held)}", _missing(one))))
    say(f"{len(found)} rounds")


def _fields(one: Round) -> dict[str, Any]:
    return {**asdict(one), "held": len(one.held), "approvals": one.held, "missing": one.missing}


def _stated(one: Round) -> str:
    return f"stated {' or '.join(map(str, one.stated))}" if one.stated else "no count stated"


def _missing(one: Round) -> str:
    return f"{one.missing} missing" if one.missing else ""


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The batch's number, the list's name, or the day (see `batches list`).")],
    kind: Kind_ = None,
    as_json: Json = False,
) -> None:
    """One round: its count, and the approvals held of it."""
    from storage.batches import rounds
    from storage.queries import approvals_by_id

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = [one for one in rounds(session) if one.name == name and (kind is None or one.kind.value == kind.value)]
        if not found:
            raise Failure(f"no round {name!r}; `greenlit batches list` shows those there are")
        if as_json:
            print_json([_fields(one) for one in found])
            return
        for one in found:
            put(" ".join(filter(None, (one.kind.value, one.name, one.date or "", "-", *_said(one)))))
            print_approvals(approvals_by_id(session, one.held), quotes=False)


def _said(one: Round) -> Iterator[str]:
    yield f"{_stated(one)}; held {len(one.held)}{f'; {_missing(one)}' if one.missing else ''}"
    if one.articles:
        yield f"({', '.join(one.articles[:3])})"

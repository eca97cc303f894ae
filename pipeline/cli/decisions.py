"""approvals merge, split, confirm, reject, rename; undo: what a reviewer decides, with a reason."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from pipeline.cli.approvals import Kinds
from pipeline.cli.common import Exit, Failure, assembly, person, print_json, put, say, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from storage.deciding import By, Outcome
    from storage.decisions import DecisionRecord
    from storage.records import Policy

Made = TypeVar("Made")
Id = Annotated[int, typer.Argument(help="The approval's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept for ever.")]
Author = Annotated[str | None, typer.Option("--author", help="Who decides; you without.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer, approvals: typer.Typer) -> None:
    """Add the commands of this file."""
    approvals.command(epilog='Example: greenlit approvals merge 12 15 --reason "one product, two names"')(merge)
    approvals.command(epilog='Example: greenlit approvals split 12 --mention 34 --reason "another product"')(split)
    approvals.command(epilog='Example: greenlit approvals confirm 12 --reason "seen on the page"')(confirm)
    approvals.command(epilog='Example: greenlit approvals reject 12 --reason "an advertisement"')(reject)
    approvals.command(epilog='Example: greenlit approvals rename 12 --product 文心一言 --reason "a typo"')(rename)
    app.command(epilog="Example: greenlit undo 7")(undo)


def merge(
    context: typer.Context,
    ids: Annotated[list[int], typer.Argument(help="The approvals that are one.")],
    reason: Reason,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Several approvals are one.

    The ids that go lead to the one that stays.
    """
    from storage import deciding

    tell(decide(context, lambda s, by, policy: deciding.merge(s, ids, by, policy), reason, author), as_json=as_json)


def split(
    context: typer.Context,
    id: Id,
    mention: Annotated[
        list[int], typer.Option("--mention", help="A mention that goes (`approvals show`); repeatable.")
    ],
    reason: Reason,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Some mentions of an approval are another approval.

    They stay apart, whatever is read later.
    """
    from storage import deciding

    tell(
        decide(context, lambda s, by, policy: deciding.split(s, id, mention, by, policy), reason, author),
        as_json=as_json,
    )


def confirm(context: typer.Context, id: Id, reason: Reason, author: Author = None, as_json: Json = False) -> None:
    """An approval is right.

    What was held is reported from now on, and mailed if it is news; what was rejected stands again.
    """
    from storage import deciding

    tell(decide(context, lambda s, by, policy: deciding.confirm(s, id, by, policy), reason, author), as_json=as_json)


def reject(context: typer.Context, id: Id, reason: Reason, author: Author = None, as_json: Json = False) -> None:
    """An approval is none.

    It is kept, and neither listed nor mailed; who was mailed of it gets one correction.
    """
    from storage import deciding

    tell(decide(context, lambda s, by, policy: deciding.reject(s, id, by, policy), reason, author), as_json=as_json)


def rename(
    context: typer.Context,
    id: Id,
    reason: Reason,
    company: Annotated[str | None, typer.Option("--company", help="Whose it is: a company's id or name.")] = None,
    product: Annotated[str | None, typer.Option("--product", help="The name of the product.")] = None,
    kind: Annotated[Kinds | None, typer.Option("--kind", help="What it is.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="Its filing number, as printed.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    province: Annotated[str | None, typer.Option("--province", help="Where it was filed.")] = None,
    authority: Annotated[str | None, typer.Option("--authority", help="Who approved it.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="In which round.")] = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Set what an approval is called, or another of its fields.

    It is shown instead of what the articles say; these keep their words.
    """
    from storage import deciding

    texts = {"company": company, "product": product, "number": number, "date": date, "province": province,
             "authority": authority}  # fmt: skip
    called = {"number": "filing_no", "date": "approved_on"}
    fields: dict[str, Any] = {
        called.get(option, option): text_of(f"--{option}", text) for option, text in texts.items() if text is not None
    }
    fields |= {"batch": batch} if batch is not None else {}
    fields |= {"kind": kind.value} if kind is not None else {}
    if not fields:
        raise Failure("say what to set: --company, --product, --kind, --number, --date, or another", Exit.USAGE)
    if date is not None:
        _check_day(date)
    tell(
        decide(context, lambda s, by, policy: deciding.rename(s, id, fields, by, policy), reason, author),
        as_json=as_json,
    )


def _check_day(date: str) -> None:
    from storage.identity.days import span

    try:
        span(date)
    except (ValueError, IndexError) as error:
        raise Failure(f"--date {date}: give YYYY, YYYY-MM or YYYY-MM-DD", Exit.USAGE) from error
    if len(date) not in (4, 7, 10):
        raise Failure(f"--date {date}: give YYYY, YYYY-MM or YYYY-MM-DD", Exit.USAGE)


def decide(
    context: typer.Context, what: Callable[[Session, By, Policy], Made], reason: str, author: str | None
) -> Made:
    """Make a decision, in a transaction of its own. Raises Failure where it can't be made."""
    from storage.deciding import By, CannotDecide

    why, who = text_of("--reason", reason), person(author)
    with closing(assembly(context)) as parts:
        try:
            with parts.database.write() as session:
                return what(session, By(who, why, parts.clock()), parts.policy)
        except CannotDecide as error:
            raise Failure(str(error)) from error


def tell(outcome: Outcome, *, as_json: bool = False) -> None:
    """What came of a decision."""
    if as_json:
        fields = {"approvals": outcome.approvals, "told": outcome.told, "corrected": outcome.corrected}
        print_json({"decision": decision_fields(outcome.decision), **fields})
        return
    made = outcome.decision
    put(f"decision {made.id}: {made.action.value} {made.subject}: now {_ids(outcome.approvals)}")
    if outcome.told:
        say(f"{_ids(outcome.told)} will be in the next digest")
    if outcome.corrected:
        say(f"{_ids(outcome.corrected)}: who was mailed of it gets a correction")
    say(f"`greenlit undo {made.id}` takes it back")


def _ids(approvals: tuple[int, ...]) -> str:
    return " and ".join(f"approval {id}" for id in approvals) or "no approval"


def decision_fields(made: DecisionRecord) -> dict[str, Any]:
    """A decision for programs."""
    undone = made.undone_at.isoformat() if made.undone_at else None
    return {
        "id": made.id,
        "at": made.at.isoformat(),
        "author": made.author,
        "reason": made.reason,
        "action": made.action.value,
        "subject": made.subject,
        "value": dict(made.value),
        "undone_at": undone,
        "undone_by": made.undone_by,
    }


def undo(
    context: typer.Context,
    decision: Annotated[
        int | None, typer.Argument(help="Its number; the newest one without.", show_default=False)
    ] = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Take a decision back: all is as if it had never been made.

    `greenlit review --decisions` lists them. The row stays, with who took it back and when.
    """
    from storage.decisions import AlreadyUndone
    from storage.undoing import undo as take_back

    with closing(assembly(context)) as parts:
        try:
            with parts.database.write() as session:
                undone = take_back(session, decision, author=person(author), at=parts.clock(), policy=parts.policy)
        except AlreadyUndone as error:
            raise Failure(str(error)) from error
    if undone is None:
        raise Failure("there is no decision to undo")
    if as_json:
        print_json(decision_fields(undone))
    else:
        put(f"undone: decision {undone.id}: {undone.action.value} {undone.subject} ({undone.author}: {undone.reason})")

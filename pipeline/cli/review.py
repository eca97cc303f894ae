"""review: what waits for a person, as a list or one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.common import assembly, person, print_json, put, rows, say, text_of
from pipeline.cli.decisions import Author, Json, decision_fields, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from pipeline.assembly import Assembly
    from storage.deciding import By
    from storage.records import Policy
    from storage.review import Question

    Choice = Callable[[Session, By, Policy], object]


class Topics(StrEnum):
    """Why something waits, as an option's choices."""

    held = "held"
    unresolved = "unresolved"
    conflict = "conflict"
    company = "company"
    account = "account"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(epilog="Example: greenlit review --only held")(review)


def review(
    context: typer.Context,
    only: Annotated[Topics | None, typer.Option("--only", help="Only this topic.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many of a topic.")] = 20,
    listed: Annotated[bool, typer.Option("--list", help="Only list, on a terminal too.")] = False,
    decisions: Annotated[bool, typer.Option("--decisions", help="What was decided, instead.")] = False,
    cases: Annotated[bool, typer.Option("--cases", help="What was decided, as test cases (JSONL).")] = False,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """What waits for a person: doubtful, unresolved, contradictory, unknown, not adding up.

    On a terminal one by one, with the keys that decide; in a pipe, with --list or --json, as a list.
    """
    with closing(assembly(context)) as parts:
        if cases:
            _print_cases(parts)
        elif decisions:
            _print_decisions(parts, as_json=as_json)
        elif as_json or listed or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _print_list(parts, only, limit, as_json=as_json)
        else:
            _ask_all(parts, only, person(author))


def _print_decisions(parts: Assembly, *, as_json: bool) -> None:
    from storage.decisions import all_of_them

    with parts.database.read() as session:
        found = all_of_them(session)
    if as_json:
        print_json([decision_fields(one) for one in found])
        return
    day = "%Y-%m-%d"
    rows(
        ("id", "day", "author", "action", "subject", "reason", "undone"),
        (
            (str(d.id), d.at.strftime(day), d.author, d.action.value, d.subject, d.reason,
             f"undone by {d.undone_by} on {d.undone_at:{day}}" if d.undone_at else "")
            for d in found
        ),
    )  # fmt: skip
    say(f"{sum(not d.undone_at for d in found)} decisions stand")


def _print_cases(parts: Assembly) -> None:
    import json

    from storage.cases import cases

    with parts.database.read() as session:
        for case in cases(session, parts.policy):
            print(json.dumps(case, ensure_ascii=False))


def _print_list(parts: Assembly, only: Topics | None, limit: int, *, as_json: bool) -> None:
    from storage.review import Topic, counts, questions

    with parts.database.read() as session:
        known = counts(session)
        topics = [topic for topic in Topic if only is None or topic.value == only.value]
        found = [one for topic in topics for one in islice(questions(session, topic), limit)]
    if as_json:
        print_json({"counts": known, "questions": [asdict(one) for one in found]})
        return
    rows(
        ("topic", "id", "about", "what", "where"),
        ((q.topic.value, q.id, q.title, q.detail, q.url or "") for q in found),
    )
    say(", ".join(f"{count} {topic.value}" for topic, count in known.items()))


KEYS = {
    "held": "[c]onfirm [r]eject",
    "unresolved": "[number of the approval] [o]wn approval [d]ismiss",
    "conflict": "[c]onfirm as it is shown [r]eject",
    "company": "[k]nown from now on [m]erge into another",
}


def _ask_all(parts: Assembly, only: Topics | None, author: str) -> None:
    """Each question in turn; what is decided is stored at once, so leaving loses nothing."""
    decided = 0
    for question in _asked(parts, only):
        put(f"\n{question.topic.value} {question.id}: {question.title}\n  {question.detail}")
        if question.quote:
            put(f"  「{' '.join(question.quote.split())}」 {question.url or ''}")
        answer = typer.prompt(f"{KEYS[question.topic.value]} [s]kip [q]uit", default="s").strip().lower()
        if answer == "q":
            break
        if answer != "s":
            decided += _answer(parts, question, answer, author)
    say(f"{decided} decided; `greenlit review --decisions` lists them, `greenlit undo` takes the last one back")


def _asked(parts: Assembly, only: Topics | None) -> Iterator[Question]:
    from storage.review import Topic, questions

    for topic in Topic:
        if topic.value in KEYS and (only is None or topic.value == only.value):
            with parts.database.read() as session:
                found = list(questions(session, topic))
            yield from found


def _answer(parts: Assembly, question: Question, answer: str, author: str) -> bool:
    from storage.deciding import By, CannotDecide, Outcome

    what = _choice(question, answer)
    if what is None:
        say(f"{answer}: that is none of the keys; skipped")
        return False
    reason = text_of("reason", typer.prompt("reason", default="reviewed"))
    try:
        with parts.database.write() as session:
            made = what(session, By(author, reason, parts.clock()), parts.policy)
    except CannotDecide as error:
        say(str(error))
        return False
    if isinstance(made, Outcome):
        tell(made)
    return True


def _choice(question: Question, answer: str) -> Choice | None:
    """What a key does."""
    from storage import curating, deciding

    topic, id = question.topic.value, question.id
    keys: dict[str, Choice]
    if topic == "company":
        into = typer.prompt("into which company (id or name)") if answer == "m" else ""
        keys = {
            "k": lambda s, by, policy: curating.curate(s, id, by, policy),
            "m": lambda s, by, policy: curating.merge(s, id, into, by, policy),
        }
    elif topic == "unresolved":
        keys = {
            "o": lambda s, by, policy: deciding.place(s, int(id), None, by, policy),
            "d": lambda s, by, policy: deciding.dismiss(s, int(id), by, policy),
        }
        if answer.isdecimal():
            keys[answer] = lambda s, by, policy: deciding.place(s, int(id), int(answer), by, policy)
    else:
        keys = {
            "c": lambda s, by, policy: deciding.confirm(s, int(id), by, policy),
            "r": lambda s, by, policy: deciding.reject(s, int(id), by, policy),
        }
    return keys.get(answer)

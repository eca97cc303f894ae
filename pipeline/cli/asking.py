"""check: is it approved? One line for each name."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.common import Exit, Failure, assembly, parse_day, print_json, progress, rows, say

if TYPE_CHECKING:
    from storage.asking import Answer

HEADERS = ("name", "company", "product", "number", "filing_no", "名称", "公司", "产品", "备案号")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(epilog="Example: greenlit check 文心一言 --as-of 2024-01-01")(check)


def check(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE.csv", help="A company, product or number, or a file of them.")
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="As things stood then (YYYY-MM-DD).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Is it approved: yes, reported, no or ambiguous, with the number and the page that says so.

    yes: in an official list. reported: in the news only. ambiguous: fits several companies, is only part of a name
    or number, or rests on one doubtful reading. A no says how complete the register is. A file has one name on each
    line, in its first column or in the one called name, company, product or number.
    """
    from pipeline.export import RIGHTS
    from storage.asking import ask
    from storage.desk import standings

    day = parse_day("--as-of", as_of) if as_of else None
    names = _names(Path(name)) if name.lower().endswith(".csv") else [name]
    with closing(assembly(context)) as parts, parts.database.read() as session:
        held, answers = standings(session), []
        with progress("checking") as at:
            for one in names:
                answers.append(ask(session, one, parts.lexicon, held, day))
                at(len(answers), len(names))
    if as_json:
        print_json([_fields(one) for one in answers])
        return
    rows(
        ("name", "approved", "number", "page", "detail"),
        ((a.name, a.verdict.value, _number(a) or "", a.page or "", a.detail) for a in answers),
    )
    say(RIGHTS)


def _number(answer: Answer) -> str | None:
    return answer.approval.filing_no if answer.approval else None


def _fields(answer: Answer) -> dict[str, Any]:
    found = answer.approval
    return {
        "name": answer.name,
        "approved": answer.verdict.value,
        "number": _number(answer),
        "page": answer.page,
        "detail": answer.detail,
        "approval": found.id if found else None,
        "kind": found.kind.value if found else None,
        "company": found.company.name if found else None,
        "product": found.product if found else None,
        "approved_on": found.approved_on if found else None,
        "others": list(answer.others),
    }


def _names(path: Path) -> list[str]:
    """The names of a file, empty lines left out. Raises Failure."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = [row for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)]
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: is not UTF-8: save it as CSV UTF-8", Exit.USAGE) from error
    except csv.Error as error:
        raise Failure(f"{path}: is no CSV: {error}", Exit.USAGE) from error
    except OSError as error:
        raise Failure(f"{path}: can't be read: {error.strerror}", Exit.USAGE) from error
    heads = [cell.strip().lower() for cell in table[0]] if table else []
    column = next((n for n, head in enumerate(heads) if head in HEADERS), None)
    body, at = (table, 0) if column is None else (table[1:], column)
    names = [row[at].strip() for row in body if len(row) > at and row[at].strip()]
    if not names:
        raise Failure(f"{path}: holds no name", Exit.USAGE)
    return names

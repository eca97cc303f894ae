"""approvals list, show, export: what the register holds."""

from __future__ import annotations

import sys
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.common import Exit, Failure, assembly, counted, parse_day, print_json, put, rows, say

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from storage.records import Approval, Evidence

group = typer.Typer(help="What the register holds.", no_args_is_help=True)


class Kinds(StrEnum):
    """The kinds of approval, as an option's choices."""

    genai_filing = "genai_filing"
    genai_registration = "genai_registration"
    deep_synthesis_filing = "deep_synthesis_filing"
    algorithm_filing = "algorithm_filing"
    unspecified = "unspecified"


class Statuses(StrEnum):
    """The statuses of an approval, as an option's choices."""

    held = "held"
    reported = "reported"
    confirmed = "confirmed"
    revoked = "revoked"
    rejected = "rejected"


class Formats(StrEnum):
    """The formats of an export, as an option's choices."""

    jsonl = "jsonl"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


SHOWN = frozenset(
    ("id", "kind", "status", "company_id", "company", "company_en", "product", "filing_no", "province", "authority",
     "approved_on", "precision", "batch", "scope", "first_seen_at", "confidence", "articles")
)  # fmt: skip
"""The fields of an approval; what else a row of the export has is said of each article."""
Kind_ = Annotated[Kinds | None, typer.Option("--kind", help="Only this kind.")]
Status_ = Annotated[Statuses | None, typer.Option("--status", help="Only this status.")]
Company_ = Annotated[str | None, typer.Option("--company", help="Only this company: its id, or part of a name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group.command("list", epilog="Example: greenlit approvals list --company 小米")(list_)
    group.command(epilog="Example: greenlit approvals show 12")(show)
    group.command(epilog="Example: greenlit approvals export --format csv --output approvals.csv")(export)
    group.command(epilog="Example: greenlit approvals changes --since 2026-11-01")(changes)
    app.add_typer(group, name="approvals")


def list_(
    context: typer.Context,
    kind: Kind_ = None,
    status: Status_ = None,
    company: Company_ = None,
    quotes: Annotated[bool, typer.Option("--quotes", help="With the words that say so, and where.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The approvals held, oldest first."""
    from extractors.records import Kind
    from pipeline.export import approval_line
    from storage import queries

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = list(queries.approvals(session, kind=Kind(kind) if kind else None, status=status, company=company))
        if as_json:
            print_json([approval_line(approval, parts.settings.zone) for approval in found])
        else:
            print_approvals(found, quotes=quotes)


def print_approvals(approvals: list[Approval], *, quotes: bool) -> None:
    """A table of approvals (on a pipe: one plain line each), with quotes below each where asked for."""
    from pipeline.export import RIGHTS

    if quotes:
        for approval in approvals:
            put("\t".join(_cells(approval)))
            for evidence in approval.articles:
                put(f"\t「{_one_line(evidence.quote)}」 {_place(evidence)}")
    else:
        rows(("id", "kind", "status", "company", "product", "number", "approved"), map(_cells, approvals))
    say(f"{counted(len(approvals), 'approval')}; {RIGHTS}")


def _cells(approval: Approval) -> tuple[str, ...]:
    status = f"{approval.status} (retyped)" if approval.retyped else approval.status
    company = approval.company.name or "?"
    return (
        str(approval.id),
        approval.kind.value,
        status,
        company,
        approval.product or "",
        approval.filing_no or "",
        approval.approved_on or "",
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _place(evidence: Evidence) -> str:
    return " ".join(part for part in (evidence.source, evidence.url or evidence.id) if part)


def show(
    context: typer.Context,
    id: Annotated[int, typer.Argument(help="The approval's id; one merged away leads to its heir.")],
    evidence: Annotated[
        bool, typer.Option("--evidence", help="With the pages: address, time, hash, kept or not.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """One approval: its fields, and every article that supports them."""
    from pipeline.evidence import page_line
    from pipeline.export import approval_line
    from storage import queries
    from storage.evidence import proofs

    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = queries.approval(session, id)
        if found is None:
            raise Failure(f"no approval {id}; `greenlit approvals list` shows those there are")
        zone = parts.settings.zone
        pages = [page_line(proof, zone) for proof in proofs(session, [found.id]).get(found.id, ())]
        if as_json:
            shown = {"pages": pages} if evidence else {}
            print_json({**approval_line(found, zone), "conflicts": _conflicts(found), **shown})
        else:
            if found.id != id:
                say(f"approval {id} was merged into {found.id}")
            _print_one(found, zone)
            if evidence:
                _print_pages(pages)


def _conflicts(approval: Approval) -> list[dict[str, str | bool]]:
    from storage.conflicts import conflicts_of

    return [
        {"field": c.field, "said": c.said, "official": c.official, "other": c.other, "article": c.article.id}
        for c in conflicts_of(approval.articles)
    ]


def _print_one(approval: Approval, zone: ZoneInfo) -> None:
    from pipeline.digest.labels import say as label
    from pipeline.export import RETYPED, RIGHTS, approval_row, provenance_lines

    sources = {line["field"]: line for line in provenance_lines(approval)}
    for name, value in approval_row(approval, zone).items():
        if value is not None and name in SHOWN:
            field = sources.get(name, {"support": [], "others": []})
            put(f"{name:<17}{value}{_numbers(field['support'])}")
            for other in field["others"]:
                why = label(f"rule_{field['rule']}", "en")
                put(f"{'':<17}not {other['value']}{_numbers(other['support'])}: {why}")
    put(f"{'known as':<17}{', '.join(approval.company.names)}")
    put(f"{'stories':<17}{len({evidence.story or evidence.id for evidence in approval.articles})}")
    for number, evidence in enumerate(approval.articles, 1):
        _print_evidence(number, evidence, zone)
    put(f"\n{RETYPED + '; ' if approval.retyped else ''}{RIGHTS}")


def _numbers(places: list[int]) -> str:
    """Which of the numbered articles, each from 1."""
    return f"  [{', '.join(str(place + 1) for place in places)}]" if places else ""


def _print_evidence(number: int, evidence: Evidence, zone: ZoneInfo) -> None:
    put(f"\n[{number}] {evidence.title or evidence.id}  {_place(evidence)}")
    put(f"  「{_one_line(evidence.quote)}」 [{evidence.start}:{evidence.end}]")
    put("  supports " + ", ".join(f"{name} {value}" for name, value in evidence.fields))
    seen = evidence.seen_at.astimezone(zone).isoformat(timespec="seconds") if evidence.seen_at else None
    notes = (
        ("mention", evidence.mention),
        ("seen", seen),
        ("page sha256", evidence.page_sha256),
        ("story", evidence.story),
    )
    put("  " + ", ".join(f"{name} {value}" for name, value in notes if value))


def changes(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="From this day on (YYYY-MM-DD).")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What was added and what became of approvals since a day.

    By when we learned it, which is not when it was approved.
    """
    from datetime import datetime, time

    from storage import queries
    from storage.changes import changes as since_then

    day = parse_day("--since", since)
    with closing(assembly(context)) as parts, parts.database.read() as session:
        zone = parts.settings.zone
        found = since_then(session, datetime.combine(day, time(), zone))
        names = {a.id: _cells(a) for a in queries.approvals_by_id(session, {c.approval for c in found})}
        lines = [
            {
                "approval": change.approval,
                "at": change.at.astimezone(zone).isoformat(timespec="seconds"),
                "what": "added" if change.added else "changed",
                "company": names[change.approval][3] if change.approval in names else None,
                "product": names[change.approval][4] if change.approval in names else None,
                "fields": {name: list(values) for name, values in change.fields.items()},
            }
            for change in found
        ]
    if as_json:
        print_json(lines)
        return
    rows(("at", "approval", "what", "company", "product", "fields"), (_change_cells(line) for line in lines))
    say(counted(len(lines), "change"))


def _change_cells(line: dict[str, Any]) -> tuple[str, ...]:
    added = line["what"] == "added"
    fields = line["fields"] if not added else {n: v for n, v in line["fields"].items() if n == "status"}
    said = "; ".join(
        f"{n}: {new}" if added else f"{n}: {old or '-'} → {new or '-'}" for n, (old, new) in fields.items()
    )
    return line["at"], str(line["approval"]), line["what"], line["company"] or "", line["product"] or "", said


def _print_pages(pages: list[dict[str, Any]]) -> None:
    put("\npages as they were fetched" if pages else "\nno page was fetched for it: it was imported")
    for page in pages:
        kept = "kept" if page["kept"] else "not kept: the site forbids it, or it was forgotten"
        put(f"  {page['fetched_at']}  HTTP {page['status']}  sha256 {page['sha256']}  {kept}\n    {page['final_url']}")


def export(
    context: typer.Context,
    format: Annotated[Formats, typer.Option("--format", help="What to write.")] = Formats.jsonl,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to; standard output without.")] = None,
    kind: Kind_ = None,
    status: Status_ = None,
    company: Company_ = None,
) -> None:
    """Every approval with its articles and quotes."""
    from extractors.records import Kind
    from pipeline.export import FILE_FORMATS, TEXT_FORMATS
    from storage import queries

    if format in FILE_FORMATS and output is None:
        raise Failure(f"{format} is a file: say where to with --output approvals.{format}", Exit.USAGE)
    with closing(assembly(context)) as parts, parts.database.read() as session:
        found = queries.approvals(session, kind=Kind(kind) if kind else None, status=status, company=company)
        zone = parts.settings.zone
        if format in FILE_FORMATS and output is not None:
            try:
                FILE_FORMATS[format](found, zone, output)
            except ModuleNotFoundError as error:
                raise Failure("parquet needs its library: pip install 'greenlit[parquet]'", Exit.USAGE) from error
        elif output is not None:
            with output.open("w", encoding="utf-8", newline="") as out:
                TEXT_FORMATS[format](found, zone, out)
        else:
            TEXT_FORMATS[format](found, zone, sys.stdout)

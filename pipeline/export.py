"""Approvals as lines, rows and files: jsonl, json, csv, xlsx, parquet (DESIGN section 5)."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from storage.provenance import provenance
from storage.records import Approval, Evidence

TRACED = ("kind", "company", "product", "filing_no", "approved_on", "batch", "province", "authority", "scope")
"""Fields of which a flat row says, in a column of its own, which page gave them."""
COLUMNS = (
    *("id", "kind", "status", "company_id", "company", "company_en", "product", "filing_no", "province"),
    *("authority", "approved_on", "precision", "batch", "scope", "first_seen_at", "confidence"),
    *("articles", "source", "url", "published", "quote", "note"),
    *(f"{field}_from" for field in TRACED),
)
RETYPED = "retyped from the official list, not yet seen on the page"
RIGHTS = "compiled from public sources, not an official register; check the cited page"


def approval_line(approval: Approval, zone: ZoneInfo) -> dict[str, Any]:
    """One approval as the export line of DESIGN section 5; times in `zone`."""
    company = approval.company
    line = {
        **_fields(approval, zone),
        "company": {"id": company.id, "name": company.name, "names": list(company.names)},
        "product_names": list(approval.product_names),
        "articles": [_article(evidence, zone) for evidence in approval.articles],
        "provenance": provenance_lines(approval),
    }
    return line | ({"note": RETYPED} if approval.retyped else {})


def _fields(approval: Approval, zone: ZoneInfo) -> dict[str, Any]:
    """What lines and rows have in common."""
    return {
        "id": approval.id,
        "kind": approval.kind.value,
        "status": approval.status,
        "product": approval.product,
        "filing_no": approval.filing_no,
        "province": approval.province,
        "authority": approval.authority,
        "approved_on": approval.approved_on,
        "precision": approval.precision,
        "batch": approval.batch,
        "scope": approval.scope,
        "first_seen_at": _time(approval.first_seen_at, zone),
    }


def _article(evidence: Evidence, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": evidence.id,
        "url": evidence.url,
        "title": evidence.title,
        "source": evidence.source,
        "published": _time(evidence.published, zone),
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "story": evidence.story,
        "page_sha256": evidence.page_sha256,
        "official_list": evidence.register,
        "says": dict(evidence.fields),
    }


def provenance_lines(approval: Approval) -> list[dict[str, Any]]:
    """Each field with its value, the rule that chose it, and who says so: positions in `articles`, from 0."""
    place = {id(evidence): n for n, evidence in enumerate(approval.articles)}
    return [
        {
            "field": one.name,
            "value": one.value,
            "rule": one.rule,
            "support": [place[id(evidence)] for evidence in one.support],
            "others": [
                {"value": other.value, "support": [place[id(evidence)] for evidence in other.articles]}
                for other in one.others
            ],
        }
        for one in provenance(approval)
    ]


def approval_row(approval: Approval, zone: ZoneInfo) -> dict[str, Any]:
    """One approval as a flat row of COLUMNS; source, url, published and quote are the first article's.

    `<field>_from` is the address (else the id) of the article that the field's value was taken from.
    """
    first = approval.articles[0] if approval.articles else None
    row = {
        **_fields(approval, zone),
        "company_id": approval.company.id,
        "company": approval.company.name,
        "company_en": approval.company.name_en,
        "confidence": approval.confidence,
        "articles": len(approval.articles),
        "source": first.source if first else None,
        "url": first.url if first else None,
        "published": _time(first.published, zone) if first else None,
        "quote": first.quote if first else None,
        "note": RETYPED if approval.retyped else None,
        **_origins(approval),
    }
    return {name: row[name] for name in COLUMNS}


def _origins(approval: Approval) -> dict[str, str | None]:
    known = {one.name: one.support for one in provenance(approval)}
    found: dict[str, str | None] = {}
    for field in TRACED:
        support = known.get(field)
        first = support[0].url or support[0].id if support else None
        found[f"{field}_from"] = first if support or support is None else "a reviewer"
    return found


def _time(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def write_lines(approvals: Iterable[Approval], zone: ZoneInfo, out: IO[str]) -> None:
    """JSONL: one approval a line."""
    for approval in approvals:
        out.write(json.dumps(approval_line(approval, zone), ensure_ascii=False) + "\n")


def write_json(approvals: Iterable[Approval], zone: ZoneInfo, out: IO[str]) -> None:
    """One JSON array."""
    out.write("[")
    for n, approval in enumerate(approvals):
        out.write((",\n" if n else "\n") + json.dumps(approval_line(approval, zone), ensure_ascii=False))
    out.write("\n]\n")


def write_csv(approvals: Iterable[Approval], zone: ZoneInfo, out: IO[str]) -> None:
    """CSV with a header; a cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for approval in approvals:
        writer.writerow({key: inert(value) for key, value in approval_row(approval, zone).items()})


_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may run as a formula (OWASP: CSV injection)."""


def inert(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it, as people would type it.

    A text that has one there already gets another, so that taking one off (`meant`) always gives the text back.
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip("'").startswith(_RUNS) else value


def meant(cell: str) -> str:
    """What a cell of our CSV says: the text that `inert` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_RUNS) else cell


def write_xlsx(approvals: Iterable[Approval], zone: ZoneInfo, path: Path) -> None:
    """An Excel workbook of one sheet; every text is a text, never a formula or a link."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("approvals")
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for n, approval in enumerate(approvals, 1):
            sheet.write_row(n, 0, list(approval_row(approval, zone).values()))


def write_parquet(approvals: Iterable[Approval], zone: ZoneInfo, path: Path) -> None:
    """A Parquet file. Raises ModuleNotFoundError without the extra `parquet`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = {"id": pa.int64(), "batch": pa.int64(), "articles": pa.int64(), "confidence": pa.float64()}
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in COLUMNS])
    with pq.ParquetWriter(path, schema) as writer:
        for rows in _chunks((approval_row(a, zone) for a in approvals), 1_000):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _chunks(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


TextWriter = Callable[[Iterable[Approval], ZoneInfo, IO[str]], None]
FileWriter = Callable[[Iterable[Approval], ZoneInfo, Path], None]
TEXT_FORMATS: dict[str, TextWriter] = {"jsonl": write_lines, "json": write_json, "csv": write_csv}
FILE_FORMATS: dict[str, FileWriter] = {"xlsx": write_xlsx, "parquet": write_parquet}

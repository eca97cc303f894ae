"""A register row: one line of an official list; and a list as an article with its facts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from extractors.records import ApprovalFact, Article, CompanyName, Facts, Kind
from extractors.understand.lexicon import Lexicon

COLUMNS = ("kind", "batch", "date", "province", "company", "product", "filing_no")
"""The columns that a CSV list must have; `role` and `scope` may be there."""
QUOTED = ("province", "product", "company", "filing_no", "date")
"""What the text of a row holds, in the order of the regulator's own tables."""


class UnreadableList(Exception):
    """A list can't be read; the message names the line and the remedy."""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row: `list` is the list it stands in (YYYY-MM), `date` the day of the filing (YYYY-MM-DD)."""

    kind: Kind
    list: str
    date: str
    province: str
    company: str
    product: str
    filing_no: str
    scope: str | None = None


def read_csv(text: str) -> tuple[RegisterRow, ...]:
    """The rows of a list in CSV with a header of COLUMNS. Raises UnreadableList."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableList(f"line 1: no column {', '.join(missing)}; a list needs {', '.join(COLUMNS)}")
    return tuple(_row(row, reader.line_num) for row in reader)


def _row(row: dict[str, str], line: int) -> RegisterRow:
    try:
        kind, day = Kind(row["kind"]), date.fromisoformat(row["date"]).isoformat()
    except ValueError as error:
        raise UnreadableList(f"line {line}: {error}; kinds are {', '.join(Kind)}, dates YYYY-MM-DD") from error
    named = {name: row[name].strip() for name in ("province", "company", "product", "filing_no")}
    if not named["company"] and not named["product"]:
        raise UnreadableList(f"line {line}: neither company nor product is given")
    return RegisterRow(kind=kind, list=row["batch"], date=day, scope=row.get("scope") or None, **named)


def as_article(
    rows: Iterable[RegisterRow], lexicon: Lexicon, title: str, url: str | None, id: str, published: datetime | None
) -> tuple[Article, Facts]:
    """One list as an article of one line a row, with a fact for each row; offsets are into that text."""
    lines: list[str] = []
    facts: list[ApprovalFact] = []
    start = 0
    for row in rows:
        line = " | ".join(getattr(row, name) for name in QUOTED)
        facts.append(_fact(row, lexicon, line, start))
        lines.append(line)
        start += len(line) + 1
    article = Article(title, "\n".join(lines), id, url, published, "zh", "cac-register")
    return article, Facts(relevant=True, approvals=tuple(facts))


def _fact(row: RegisterRow, lexicon: Lexicon, line: str, start: int) -> ApprovalFact:
    return ApprovalFact(
        company=CompanyName(lexicon.company_of(row.company), row.company or None, (row.company,)),
        product=row.product or None,
        kind=row.kind,
        quote=line,
        start=start,
        end=start + len(line),
        filing_no=row.filing_no or None,
        date=row.date,
        province=row.province.removesuffix("省").removesuffix("市") or None,
        authority="CAC",
        scope=row.scope,
    )

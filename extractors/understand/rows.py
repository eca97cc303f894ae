"""Drafts from tables: one row, one approval, unless its status column says otherwise."""

from __future__ import annotations

import re

from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key, product_key
from extractors.understand.parts import Clause, Name, Statement, Status
from extractors.understand.reading import Reading
from extractors.understand.sentences import Extent
from extractors.understand.tables import Row, Table

_YES = re.compile(
    r"^(?:已|均)?(?:通过|完成|备案|登记|获批|过审|上线|公示|批准|取得)|已(?:通过|备案|登记|获批|完成|取得)|approved"
    r"|filed|registered|cleared|listed|completed|granted|^yes$|^done$|√|✓|☑",
    re.I,
)
_NO = re.compile(
    r"未|审核|受理|退回|补正|撤|待|中$|拒|pending|review|withdrawn|rejected|submitted|not "
    r"|waiting|returned|applied|refused|in progress|lapsed|cancel"
    r"|放弃|终止|暂停|取消|搁置|没有|否|dropped|shelved|注销|失效|—|^-$",
    re.I,
)
_EMPTY = re.compile(r"^[\s\-—–/无未披露暂nNaA.]*$")


def read_tables(reading: Reading, lexicon: Lexicon) -> list[Draft]:
    """The drafts of every table, with the words above it as context."""
    return [draft for table in reading.tables for row in table.rows for draft in _row(reading, table, row, lexicon)]


def told_by(reading: Reading, drafts: list[Draft], lexicon: Lexicon) -> dict[str, Status]:
    """What the rows of tables say of each company and product, by key."""
    told: dict[str, Status] = {}
    for draft in drafts:
        if draft.product:
            told.setdefault(product_key(reading.plain[slice(*draft.product)]), draft.status)
        if draft.company:
            name = reading.plain[draft.company.start : draft.company.end]
            told.setdefault(lexicon.company_of(name) or company_key(name), draft.status)
    return told


def _row(reading: Reading, table: Table, row: Row, lexicon: Lexicon) -> list[Draft]:
    lead = _lead(reading, table)
    company = _company(reading, row.cells.get("company"), lexicon)
    product = row.cells.get("product")
    if product is None and company is None:
        return []
    numbers = [number for number in reading.numbers if row.start <= number.start < row.end]
    status = _status(reading, row, bool(numbers), lead)
    clause = Clause(row.start, row.end, status=status, own=status, weight=3.0)
    statement = Statement(row.start, row.end, -1, True, [clause])
    draft = Draft(
        company,
        (product.start, product.end) if product else None,
        statement,
        clause,
        status,
        0.96 if numbers else 0.9,
        "table row",
    )
    draft.number = numbers[0] if numbers else None
    draft.date = _date(reading, row)
    cells = [row.cells[key] for key in ("kind", "status") if key in row.cells]
    draft.kind_text = " ".join(reading.plain[cell.start : cell.end] for cell in cells) or " ".join(table.heads)
    passed = "status" in row.cells and re.search(r"通过|过审|获批", draft.kind_text)
    if passed and "登记" not in draft.kind_text and not _registers(reading, table):
        draft.kind_text += " 备案"
    place = row.cells.get("place")
    draft.place_text = reading.plain[place.start : place.end] if place else ""
    return [draft]


def _registers(reading: Reading, table: Table) -> bool:
    """Whether the title or the words above a table speak of registration."""
    return "登记" in reading.title + reading.plain[max(0, table.start - 200) : table.start] + " ".join(table.heads)


def _lead(reading: Reading, table: Table) -> Clause | None:
    """The last clause with a status before the table."""
    for statement in reversed(reading.statements):
        if statement.end <= table.start:
            for clause in reversed(statement.clauses):
                if clause.status is not Status.NEUTRAL:
                    return clause
    return None


def _status(reading: Reading, row: Row, numbered: bool, lead: Clause | None) -> Status:
    cell = row.cells.get("status")
    words = reading.plain[cell.start : cell.end] if cell else ""
    if words and _NO.search(words):
        return Status.PENDING
    if words and _YES.search(words):
        return Status.APPROVED
    if numbered or (lead is not None and lead.status is Status.APPROVED) or lead is None:
        return Status.APPROVED
    return lead.status


def _company(reading: Reading, cell: Extent | None, lexicon: Lexicon) -> Name | None:
    if cell is None or _EMPTY.match(reading.plain[cell.start : cell.end]):
        return None
    return Name(cell.start, cell.end, "company", "table cell", lexicon.company_of(reading.plain[cell.start : cell.end]))


def _date(reading: Reading, row: Row) -> str | None:
    cell = row.cells.get("date")
    inside = [hit for hit in reading.dates if cell is not None and cell.start <= hit.start < cell.end]
    inside = inside or [hit for hit in reading.dates if row.start <= hit.start < row.end]
    return inside[0].value if inside else None

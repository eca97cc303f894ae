"""Drafts from tables: one row, one approval, unless its status column or the heading above says otherwise."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

from extractors.understand.cells import STANDING_FOR, Row, Table, is_organisation
from extractors.understand.cues import find_cues
from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key, number_kind, product_key
from extractors.understand.numbers import Number
from extractors.understand.organisations import LEGAL
from extractors.understand.parts import Clause, Name, Statement, Status
from extractors.understand.reading import Reading
from extractors.understand.row_status import cell_status, heading_status
from extractors.understand.sentences import Extent, starting_in

_EMPTY = re.compile(r"^[\s\-—–/无未披露暂略nNaA.]*$")
_QUOTED = re.compile(r"[“「『《\"]([^“”「」『』《》\"]+)[”」』》\"]")
_IN_BRACKETS = re.compile(r"[（(]([^（）()]{2,30})[）)]$")
_BARE_NUMBER = re.compile(r"\d{19,23}")
_JOINT = re.compile(rf"[、；/]|(?<=公司)[和与及]|(?:{LEGAL.pattern})\s*(?:and|&)\s")
_AND = re.compile(r"、")
_KIND_WORDS = re.compile(r"备案|登记|上线编号|\b(?:fil|regist)", re.I)
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands above a table: its heading, and the status that the words before it give to its rows."""

    heading: str
    lead: Status


def read_tables(reading: Reading, lexicon: Lexicon) -> list[Draft]:
    """The drafts of every table, with the words above it as context."""
    drafts: list[Draft] = []
    for table in reading.tables:
        above = _above(reading, table)
        for row in table.rows:
            drafts += _row(reading, table, above, row, lexicon)
    return drafts


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


def _row(reading: Reading, table: Table, above: _Above, row: Row, lexicon: Lexicon) -> list[Draft]:
    products = _products(reading, row)
    companies = _companies(reading, table, row, lexicon)
    if not products and not companies:
        return []
    numbers = _numbers(reading, row)
    status = _status(reading, above, row, bool(numbers))
    clause = Clause(row.start, row.end, status=status, own=status, weight=3.0)
    statement = Statement(row.start, row.end, -1, True, [clause])
    sure = 0.96 if numbers else 0.9
    drafts = []
    for company in companies or [None]:
        for n, product in enumerate(products or [None]):
            draft = Draft(company, product, statement, clause, status, sure, "table row")
            draft.number = numbers[min(n, len(numbers) - 1)] if numbers else None
            draft.date = _date(reading, row)
            draft.kind_text = _kind_text(reading, table, above, row)
            draft.place_text = _words(reading, row.cells.get("place"))
            drafts.append(draft)
    return drafts


def _words(reading: Reading, cell: Extent | None) -> str:
    return reading.plain[cell.start : cell.end] if cell else ""


def _heading(reading: Reading, table: Table) -> str:
    """The line above a table where it is short or announces something, else nothing."""
    upper = bisect_right(reading.lines, table.start, key=lambda line: line.end)
    above = reading.lines[max(0, upper - 1) : upper]
    if not above or reading.in_table(above[0].start):
        return ""
    words = reading.plain[above[0].start : above[0].end].strip()
    last = re.split(r"[。！？；]", words.rstrip("：:"))[-1]
    return last if len(last) <= _LONGEST_HEADING and words[-1] not in "。！？；.，,、" else ""


def _kind_text(reading: Reading, table: Table, above: _Above, row: Row) -> str:
    """The words that tell the kind of a row: its own cells, the heads of the columns, the heading above."""
    cells = " ".join(_words(reading, row.cells.get(role)) for role in ("kind", "status")).strip()
    heads = " ".join(table.heads)
    text = cells or (heads if _KIND_WORDS.search(heads) else above.heading) or heads
    passed = "status" in row.cells and re.search(r"通过|过审|获批", text)
    if re.search(r"\breg\b", text):
        text += " registration"
    if passed and "登记" not in text and "登记" not in _before(reading, table) + heads:
        text += " 备案"
    return text


def _before(reading: Reading, table: Table) -> str:
    return reading.title + reading.plain[max(0, table.start - 200) : table.start]


def _above(reading: Reading, table: Table) -> _Above:
    lead = _lead(reading, table)
    headed = bool(table.heads) and not table.keyed
    if lead is None:
        spoken = headed and _KIND_WORDS.search(_before(reading, table) + " ".join(table.heads))
        told = Status.APPROVED if spoken else Status.NEUTRAL
    else:
        far = lead.status is Status.APPROVED and not headed and not _near(reading, lead, table)
        told = Status.NEUTRAL if far else lead.status
    return _Above(_heading(reading, table), told)


def _lead(reading: Reading, table: Table) -> Clause | None:
    """The last clause with a status before the table."""
    for statement in reversed(reading.statements):
        if statement.end <= table.start:
            for clause in reversed(statement.clauses):
                if clause.status is not Status.NEUTRAL:
                    return clause
    return None


def _near(reading: Reading, lead: Clause, table: Table) -> bool:
    """Whether at most two lines of prose stand between a clause and a table."""
    return len({s.line for s in reading.statements if lead.end <= s.start and s.end <= table.start}) <= 2


def _status(reading: Reading, above: _Above, row: Row, numbered: bool) -> Status:
    """What the row says of itself; else what its heading says; else what is said before the table."""
    if "revoked" in row.cells:
        return Status.REVOKED
    if "amended" in row.cells:
        return Status.AMENDED
    kind = _words(reading, row.cells.get("kind"))
    if kind and _elsewhere(reading, row, kind):
        return Status.OTHER
    words = _words(reading, row.cells.get("status"))
    if words:
        return cell_status(words) or (Status.APPROVED if numbered else Status.NEUTRAL)
    told = heading_status(above.heading)
    if told is None:
        told = Status.APPROVED if numbered and above.lead is not Status.REVOKED else above.lead
    return told


def _elsewhere(reading: Reading, row: Row, kind: str) -> bool:
    """Whether the kind of a row is no procedure of ours: a licence, a software copyright."""
    if "product" not in row.cells and not _KIND_WORDS.search(kind):
        return True
    return any(cue.category == "other" for cue in find_cues(kind, reading.language))


def _numbers(reading: Reading, row: Row) -> list[Number]:
    numbers = list(starting_in(reading.numbers, row.start, row.end))
    cell = row.cells.get("number")
    if not numbers and cell and _BARE_NUMBER.fullmatch(reading.plain, cell.start, cell.end):
        words = reading.plain[cell.start : cell.end]
        numbers = [Number(cell.start, cell.end, words, number_kind(words))]
    return numbers


def _companies(reading: Reading, table: Table, row: Row, lexicon: Lexicon) -> list[Name | None]:
    """The companies of a row: several that apply together; the one of the lead where a record names none."""
    cell = row.cells.get("company")
    if cell is None:
        owner = _owner(reading, table) if table.keyed else None
        return [owner] if owner else []
    if _EMPTY.match(reading.plain[cell.start : cell.end]):
        return []
    if _words(reading, cell) in STANDING_FOR:
        defined = _defined(reading, _words(reading, cell))
        return [defined] if defined else []
    parts = _parts(reading.plain, cell, _JOINT)
    if len(parts) < 2 or not all(is_organisation(_words(reading, part)) for part in parts):
        parts = [cell]
    names = [Name(part.start, part.end, "company", "table cell") for part in parts]
    return [replace(name, id=lexicon.company_of(reading.plain[name.start : name.end])) for name in names]


def _defined(reading: Reading, word: str) -> Name | None:
    """The company that the text lets 发行人 or 公司 stand for."""
    legal = rf"[^\s，。；：、“”（）]{{2,20}}(?:（[^（）]{{2,6}}）)?[^\s，。；：、“”（）]{{0,16}}?(?:{LEGAL.pattern})"
    match = re.search(rf"({legal})[（(][^（）()]{{0,12}}简称[^（）()]{{0,12}}{word}|{word}({legal})", reading.plain)
    return Name(*match.span(1 if match[1] else 2), "company", "stands for") if match else None


def _owner(reading: Reading, table: Table) -> Name | None:
    """The one company with its legal name in the sentence that leads to records which name none."""
    before = [statement for statement in reading.statements if statement.end <= table.start]
    if not before:
        return None
    lead = before[-1]
    legal = [
        mention
        for mention in reading.mentions
        if mention.role == "company"
        and lead.start <= mention.start < lead.end
        and LEGAL.search(reading.plain, mention.start, mention.end)
    ]
    if len({company_key(reading.plain[m.start : m.end]) for m in legal}) != 1:
        return None
    return Name(legal[0].start, legal[0].end, "company", "lead of a table")


def _products(reading: Reading, row: Row) -> list[tuple[int, int] | None]:
    cell = row.cells.get("product")
    if cell is None:
        kind = row.cells.get("kind")
        match = _IN_BRACKETS.search(reading.plain, kind.start, kind.end) if kind else None
        return [match.span(1)] if match and _KIND_WORDS.search(_words(reading, kind)) else []
    if _EMPTY.match(reading.plain[cell.start : cell.end]):
        return []
    quoted = list(_QUOTED.finditer(reading.plain, cell.start, cell.end))
    if quoted and not _QUOTED.sub("", reading.plain[cell.start : cell.end]).strip("、和与及,， "):
        return [match.span(1) for match in quoted]
    words = reading.plain[cell.start : cell.end]
    one = quoted or re.search(r"[（(]", words) or len(_numbers(reading, row)) == 1
    return [(cell.start, cell.end)] if one else [(part.start, part.end) for part in _parts(reading.plain, cell, _AND)]


def _parts(text: str, cell: Extent, joint: re.Pattern[str]) -> list[Extent]:
    parts, at = [], cell.start
    for match in joint.finditer(text, cell.start, cell.end):
        parts.append(Extent(at, match.start()))
        at = match.end()
    return [part for part in [*parts, Extent(at, cell.end)] if text[part.start : part.end].strip()]


def _date(reading: Reading, row: Row) -> str | None:
    cell = row.cells.get("date")
    inside = list(starting_in(reading.dates, cell.start, cell.end)) if cell else []
    names = [row.cells[role] for role in ("company", "product") if role in row.cells]
    inside = inside or [
        hit
        for hit in starting_in(reading.dates, row.start, row.end)
        if not any(name.start <= hit.start < name.end for name in names)
    ]
    return inside[0].value if inside else None

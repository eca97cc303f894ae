"""From an entry, cells as printed, to a register row: values read, and what is odd about them said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.records import Kind
from extractors.registers.columns import ON_DEVICE, is_firm, is_legal_name, province_of
from extractors.registers.days import Day, read_day
from extractors.registers.document import squeezed, tidy
from extractors.registers.headers import Column, kind_of_caption
from extractors.registers.layout import Entry, Refused
from extractors.registers.numbers import AlgorithmNumber, FilingNumber, GenaiNumber, parse_number
from extractors.registers.rows import Oddity, RegisterRow
from extractors.understand.chars import plain
from extractors.understand.names import number_key, number_kind
from extractors.understand.numbers import find_numbers

GENAI = (Kind.GENAI_FILING, Kind.GENAI_REGISTRATION)
_SERIAL = re.compile(r"(?:第|no\.?|[(\[【])?(\d{1,6})(?!\d)", re.I)
_NOTHING = re.compile(r"[-—–－/\\无]*")
_THING = re.compile(r"(?:模型|助手|算法|系统|平台|服务|智能体|应用|小程序|机器人|引擎|AI|GPT|APP)$", re.I)
_BLOCKCHAIN = re.compile(r"网信备\s*\d")
_KINDS: dict[str, tuple[Kind, str | None, bool]] = {
    **{kind.value: (kind, None, False) for kind in Kind},
    "genai_filing_on_device": (Kind.GENAI_FILING, ON_DEVICE, False),
    "deep_synthesis": (Kind.DEEP_SYNTHESIS_FILING, None, False),
    "algorithm": (Kind.ALGORITHM_FILING, None, False),
    "cancelled": (Kind.UNSPECIFIED, None, True),
}
"""What the column `kind` of our own csv lists may say: kind, scope, whether cancelled."""
_MONTH = re.compile(r"(20\d\d)(?:年|-)(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of every row of a list: its name (YYYY-MM or "") and the day it was announced (YYYY-MM-DD)."""

    list: str
    announced: str | None


def month_of(text: str) -> str | None:
    """The month that a title names, as YYYY-MM."""
    found = _MONTH.search(text)
    return f"{found[1]}-{int(found[2]):02}" if found and 1 <= int(found[2]) <= 12 else None


def row_of(entry: Entry, known: Known) -> RegisterRow | Refused:
    """The row that an entry gives, or why it gives none."""
    tidied = {column: tidy(text) for column, text in entry.fields.items()}
    fields = {column: text for column, text in tidied.items() if not _NOTHING.fullmatch(text)}
    said = fields.get(Column.KIND, "")
    kind, scope, cancelled = _KINDS.get(said, (kind_of_caption(said) or entry.section.kind, None, False))
    if Column.KIND in fields and kind is None:
        return _refused(entry, f"no kind {said!r}; kinds are {', '.join(_KINDS)}")
    if not {Column.COMPANY, Column.PRODUCT, Column.NUMBER} & set(fields):
        return _refused(entry, "it names neither holder nor product nor number")
    if len(find_numbers(plain(fields.get(Column.NUMBER, "")))) > 1:
        return _refused(entry, "more than one filing number: rows that could not be told apart")
    if _BLOCKCHAIN.search(plain(fields.get(Column.NUMBER, ""))):
        return _refused(entry, "the number of a blockchain service, which is no AI service")
    product, company, swapped = _names(fields)
    number = _number(fields)
    parts, day = parse_number(number), read_day(fields.get(Column.DATE, ""))
    certain = Column.KIND in fields or entry.section.certain
    row_kind = _kind(kind, number, parts, certain=certain)
    revoked = cancelled or entry.section.cancelled
    return RegisterRow(
        kind=row_kind,
        list=_list(fields, known),
        date=day.day or (known.announced if Column.DATE not in entry.section.columns else None),
        province=fields.get(Column.PROVINCE) or (parts.province if parts else None) or "",
        company=company,
        product=product,
        filing_no=number,
        scope=scope or fields.get(Column.SCOPE) or entry.section.scope,
        serial=_serial(fields),
        role=fields.get(Column.ROLE),
        app=fields.get(Column.APP) or fields.get(Column.PLACE),
        purpose=fields.get(Column.PURPOSE),
        remark="；".join(filter(None, (fields.get(Column.REMARK), day.rest if day.day else ""))) or None,
        late=day.late,
        cancelled=revoked,
        oddities=(
            *_odd_names(product, company, swapped),
            *_odd_cells(entry, fields, day),
            *_odd_number(number, fields.get(Column.PROVINCE, ""), parts, row_kind),
            *((Oddity.UNKNOWN_KIND,) if row_kind is Kind.UNSPECIFIED and not revoked else ()),
        ),
        place=entry.place,
    )


def _number(fields: dict[Column, str]) -> str:
    """The number as printed; without blanks, which a broken line may leave, where it is whole."""
    printed = fields.get(Column.NUMBER, "")
    return "".join(printed.split()) if number_key(printed) else printed


def _refused(entry: Entry, reason: str) -> Refused:
    return Refused(entry.place, tuple(map(tidy, entry.fields.values())), reason)


def _names(fields: dict[Column, str]) -> tuple[str, str, bool]:
    """Product and company; turned round where the product is an organisation and the company is none."""
    product, company = fields.get(Column.PRODUCT, ""), fields.get(Column.COMPANY, "")
    swapped = (
        bool(company)
        and not is_legal_name(company)
        and (is_firm(product) or (is_legal_name(product) and _THING.search(company) is not None))
    )
    return (company, product, True) if swapped else (product, company, False)


def _kind(told: Kind | None, number: str, parts: FilingNumber | None, *, certain: bool) -> Kind:
    """What the table says; where only a title says it, or nothing, the shape of the number decides."""
    shape = number_kind(number)
    if told is None:
        return shape or Kind.UNSPECIFIED
    if isinstance(parts, AlgorithmNumber) and told in GENAI:
        return Kind.UNSPECIFIED
    return told if shape is None or (certain and told in GENAI) else shape


def _list(fields: dict[Column, str], known: Known) -> str:
    if Column.LIST not in fields:
        return known.list
    return month_of(fields[Column.LIST]) or fields[Column.LIST]


def _serial(fields: dict[Column, str]) -> int | None:
    digits = _SERIAL.match(squeezed(fields.get(Column.SERIAL, "")))
    return int(digits[1]) if digits else None


def _odd_names(product: str, company: str, swapped: bool) -> Iterator[Oddity]:
    if swapped:
        yield Oddity.SWAPPED
    if not company:
        yield Oddity.NO_COMPANY
    if not product:
        yield Oddity.NO_PRODUCT


def _odd_cells(entry: Entry, fields: dict[Column, str], day: Day) -> Iterator[Oddity]:
    if Column.SERIAL in entry.section.columns and _serial(fields) is None:
        yield Oddity.NO_SERIAL
    if Column.DATE in entry.section.columns and day.day is None:
        yield Oddity.NO_DATE
    if any("\ufffd" in text for text in fields.values()):
        yield Oddity.DAMAGED_TEXT


def _odd_number(number: str, province: str, parts: FilingNumber | None, kind: Kind) -> Iterator[Oddity]:
    if parts is None:
        yield Oddity.DAMAGED_NUMBER if number else Oddity.NO_NUMBER
        return
    shape = number_kind(number)
    if shape is not None and shape is not kind:
        yield Oddity.OTHER_KIND
    if parts.province is None:
        yield Oddity.UNKNOWN_HEAD
    printed = province_of(province)
    if isinstance(parts, GenaiNumber) and printed and parts.province and printed != parts.province:
        yield Oddity.OTHER_PROVINCE

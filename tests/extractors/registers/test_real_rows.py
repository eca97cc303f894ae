"""The 209 real rows at hand (those of the seed, and `tests/real_rows.csv`) from every layout and kind of file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import pytest
from official_lists import (
    ALGORITHM,
    CANCELLED,
    DEEP,
    FILED_2024,
    FILED_2025,
    ON_DEVICE,
    REGISTERED,
    WRITERS,
    Row,
    Table,
    as_pdf,
    expected,
    printed,
)
from pdf_writer import Style

from extractors.registers.numbers import parse_number
from extractors.registers.reading import ListContext, RegisterReading, read_register
from extractors.registers.rows import Oddity

LAYOUTS = {
    "genai_filing": (FILED_2024, FILED_2025),
    "genai_registration": (REGISTERED,),
    "genai_filing_on_device": (ON_DEVICE,),
    "deep_synthesis": (DEEP,),
    "algorithm": (ALGORITHM,),
    "cancelled": (CANCELLED,),
}
PURPOSE = "应用于智能问答场景，根据用户的提问生成回答，并对结果添加标识。"
STYLES = {
    "ruled": Style(),
    "ruled, broken anywhere": Style(size=12, wrap="anywhere", valign="middle", align="center"),
    "open sides": Style(lines="open_sides", repeat_header=True),
    "level rules": Style(lines="level", size=7, font="gb"),
    "no lines": Style(lines="none"),
    "no lines, broken anywhere": Style(lines="none", size=10.5, wrap="anywhere", valign="middle", leading=1.1),
}
FILES: dict[str, Callable[[Sequence[Table]], bytes]] = {
    **WRITERS,
    **{f"pdf, {name}": lambda tables, style=style: as_pdf(tables, style) for name, style in STYLES.items()},
}
EXPECTED_ODD = {
    "Beijing-CarrotAI-202407030002": Oddity.OTHER_PROVINCE,
    "ZheJiang-HuaShuShiHuaWenLvDaMoXing-20250609000026": Oddity.DAMAGED_NUMBER,
    "Jiangsu-SiWeiXiangLiangZhiSuanYun-": Oddity.DAMAGED_NUMBER,
}


def _recorded() -> list[Row]:
    seed = (files("config") / "seed" / "registers.csv").read_text(encoding="utf-8")
    rest = Path(__file__).parents[2].joinpath("real_rows.csv").read_text(encoding="utf-8")
    rows = [row for text in (seed, rest) for row in csv.DictReader(text.splitlines())]
    assert len(rows) == 209
    return rows


def _row(record: Row, serial: int) -> Row:
    """A recorded row as its list prints it."""
    product, _, app = record["product"].partition(" / ")
    year, month, day = record["date"][:10].split("-")
    return {
        **record,
        "serial": str(serial),
        "product": product,
        "app": app or "--",
        "date": f"{year}/{int(month)}/{int(day)}{record['date'][10:]}",
        "purpose": PURPOSE,
        "remark": "",
    }


def real_rows(kind: str) -> list[Row]:
    """All recorded rows of one kind, numbered from 1 as one list."""
    named = ("genai_filing_on_device" if row.get("scope") else row["kind"] for row in _recorded())
    of_kind = [row for row, name in zip(_recorded(), named, strict=True) if name == kind]
    return [_row(row, serial) for serial, row in enumerate(of_kind, 1)]


def check(body: bytes, tables: Sequence[Table]) -> RegisterReading:
    """All rows and fields come back, and the account has no open question."""
    reading = read_register(body, None, ListContext(title=tables[0][0].title))
    wanted = [(layout, row) for layout, rows in tables for row in expected(rows, layout)]
    got = [printed(row, layout) for row, (layout, _) in zip(reading.rows, wanted, strict=False)]
    assert got == [row for _, row in wanted]
    assert len(reading.rows) == len(wanted)
    assert [row.kind for row in reading.rows] == [layout.kind for layout, _ in wanted]
    assert (reading.account.problems, reading.refused) == ((), ())
    return reading


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", LAYOUTS)
def test_each_real_row_comes_back_field_by_field(kind: str, name: str) -> None:
    for layout in LAYOUTS[kind]:
        tables = [(layout, real_rows(kind))]
        check(FILES[name](tables), tables)


@pytest.mark.parametrize("name", FILES)
def test_filings_registrations_and_services_on_devices_in_one_file(name: str) -> None:
    tables = [(LAYOUTS[kind][-1], real_rows(kind)) for kind in ("genai_filing", "genai_registration")]
    tables.append((ON_DEVICE, real_rows("genai_filing_on_device")))
    check(FILES[name](tables), tables)


def test_just_the_odd_ones_are_flagged() -> None:
    tables = [(LAYOUTS[kind][-1], real_rows(kind)) for kind in ("genai_filing", "genai_registration")]
    reading = check(FILES["docx"](tables), tables)
    odd = {row.filing_no: row.oddities for row in reading.rows if row.oddities}
    assert odd == {number: (oddity,) for number, oddity in EXPECTED_ODD.items()}
    assert [row.filing_no for row in reading.rows if row.late] == [
        "Fujian-BaiZe-20250624S0001",
        "Guangxi-WEIQBOSSIRS-20260516S0003",
    ]


def test_the_date_in_a_number_is_not_the_date_of_its_row() -> None:
    (apple,) = [row for row in real_rows("genai_filing_on_device") if "Apple" in row["filing_no"]]
    (row,) = check(
        FILES["docx"]([(ON_DEVICE, [{**apple, "serial": "1"}])]), [(ON_DEVICE, [{**apple, "serial": "1"}])]
    ).rows
    parts = parse_number(row.filing_no)
    assert (row.date, getattr(parts, "issued", None)) == ("2026-07-08", "20250616")

"""Exports: nothing in a spreadsheet runs, nothing is lost, every cell names its page; and Datasette opens the file."""

from __future__ import annotations

import asyncio
import csv
import json
import zipfile
from io import StringIO
from pathlib import Path

import pyarrow.parquet
import pytest
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook
from readings import NOON, fact, reading
from sqlalchemy import inspect

from extractors.records import CHINA
from extractors.understand.lexicon import Lexicon
from pipeline.datasette import OPEN, metadata
from pipeline.export import COLUMNS, inert, meant, write_csv, write_lines, write_parquet, write_xlsx
from storage import deciding, queries
from storage.articles import save
from storage.database import Database
from storage.deciding import By
from storage.records import Approval, Policy

EVIL = '=HYPERLINK("https://evil.example","看")'
NUMBER = "Beijing-LanJing-202603010001"


@pytest.fixture
def approvals(database: Database, lexicon: Lexicon) -> list[Approval]:
    """One with a product that is a formula, and one whose name a reviewer set."""
    with database.write() as session:
        save(session, reading("a", fact(product=EVIL), url="https://a.example/1"), lexicon, Policy())
        save(session, reading("b", fact("青禾", "禾苗", filing_no=NUMBER)), lexicon, Policy())
        deciding.rename(session, 2, {"product": "+青苗"}, By("ana", "typo", NOON), Policy())
    with database.read() as session:
        return list(queries.approvals(session))


def test_a_spreadsheet_runs_nothing_and_the_text_comes_back(approvals: list[Approval]) -> None:
    out = StringIO()
    write_csv(approvals, CHINA, out)
    rows = list(csv.DictReader(StringIO(out.getvalue())))
    assert [row["product"] for row in rows] == [f"'{EVIL}", "'+青苗"]
    assert [meant(row["product"]) for row in rows] == [EVIL, "+青苗"]
    assert [row["product_from"] for row in rows] == ["https://a.example/1", "a reviewer"]
    assert [row["filing_no_from"] for row in rows] == ["", "b"]


def test_a_workbook_holds_texts_and_no_formulas(approvals: list[Approval], tmp_path: Path) -> None:
    write_xlsx(approvals, CHINA, tmp_path / "a.xlsx")
    head, *rows = load_workbook(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert tuple(head) == COLUMNS
    assert [row[COLUMNS.index("product")] for row in rows] == [EVIL, "+青苗"]
    assert b"<f>" not in zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml")


def test_programs_get_the_text_as_it_is(approvals: list[Approval], tmp_path: Path) -> None:
    out = StringIO()
    write_lines(approvals, CHINA, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    write_parquet(approvals, CHINA, tmp_path / "a.parquet")
    rows = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [line["product"] for line in lines] == [row["product"] for row in rows] == [EVIL, "+青苗"]
    assert tuple(rows[0]) == COLUMNS


@given(st.text(alphabet="=+-@'\t\r\n＝＠ab小"))
def test_no_cell_begins_a_formula_and_each_gives_its_text_back(text: str) -> None:
    cell = inert(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert meant(cell) == text


def asked(app: Datasette, *paths: str) -> list[tuple[int, dict]]:
    async def all_of_them() -> list[tuple[int, dict]]:
        replies = [await app.client.get(path) for path in paths]
        return [(r.status_code, r.json() if r.status_code == 200 else {}) for r in replies]

    return asyncio.run(all_of_them())


def test_datasette_shows_the_register_and_keeps_the_rest(database: Database, approvals: list[Approval]) -> None:
    path = str(database.engine.url.database)
    app = Datasette([path], metadata=metadata("greenlit"))
    base = "/greenlit"
    closed = [f"{base}/{name}.json" for name in ("subscribers", "articles", "pages", "mentions", "decisions")]
    replies = asked(app, f"{base}/approvals.json?_shape=objects", f"{base}/register.json?_shape=objects",
                    f"{base}/evidence.json?approval=1&_shape=objects", f"{base}.json?sql=select+1", *closed)  # fmt: skip
    assert [status for status, _ in replies] == [200, 200, 200, 403, *[403] * len(closed)]
    assert {row["product"] for row in replies[1][1]["rows"]} == {EVIL, "+青苗"}
    assert replies[2][1]["rows"][0]["url"] == "https://a.example/1"


def test_every_table_is_open_or_closed(database: Database) -> None:
    with database.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
    said = metadata("greenlit")["databases"]["greenlit"]["tables"]
    assert there <= set(said)
    assert set(OPEN) <= there

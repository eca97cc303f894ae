"""`greenlit import` with official lists: what a file is, is told by its bytes; a dry run prints the account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from random import Random

import pytest
from official_lists import DEEP, FILED_2025, as_csv, as_docx, as_html, as_pdf, as_text, as_xlsx, grid_of, invented
from pdf_writer import Style
from sqlalchemy import select

from pipeline.assembly import Assembly
from pipeline.imports import import_list, is_list
from storage.tables import StoredApproval

ROWS = invented(FILED_2025, 12, Random(4))
TABLES = [(FILED_2025, ROWS)]
BODIES = {
    "docx": as_docx(TABLES),
    "pdf": as_pdf(TABLES, Style()),
    "xlsx": as_xlsx([grid_of(TABLES)]),
    "html": as_html(TABLES),
    "csv": as_csv(TABLES),
    "txt": as_text(TABLES),
}


def held(parts: Assembly) -> dict[str | None, str | None]:
    """The days of the approvals, by number."""
    with parts.database.read() as session:
        return {row.filing_no: row.approved_on for row in session.scalars(select(StoredApproval))}


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_of_list_is_imported_and_known_the_second_time(make, kind: str) -> None:
    parts = make()
    first, second = (import_list(parts.ingest, f"list.{kind}", BODIES[kind]) for _ in range(2))
    assert (first.problems, first.account) == ([], ("12 filings, serials 1-12", "adds up"))
    assert (first.new, second.new, second.known) == (1, 0, 1)
    assert set(held(parts)) == {row["filing_no"] for row in ROWS}


def test_a_list_without_dates_has_the_day_it_was_announced(make) -> None:
    parts = make()
    import_list(parts.ingest, "list.docx", as_docx([(DEEP, invented(DEEP, 3, Random(4)))]), announced=date(2025, 3, 12))
    assert list(held(parts).values()) == ["2025-03-12"] * 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument\0".encode("utf-16-le") * 9, "docx"),
        (b"%PDF-1.7", "cut off"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_way_out(make, body: bytes, said: str) -> None:
    ((_, problem),) = import_list(make().ingest, "list.doc", body).problems
    assert said in problem


@pytest.mark.parametrize(
    ("head", "name", "known"),
    [
        (BODIES["docx"], "list.jsonl", True),
        (BODIES["pdf"], None, True),
        (BODIES["html"], "list", True),
        (BODIES["csv"], "list.csv", True),
        (b'{"id": 1}', "list.csv", False),
        (b'{"id": 1}', None, False),
        (b"", "empty.jsonl", False),
        (b"", "empty.docx", True),
    ],
)
def test_the_bytes_of_a_file_say_what_it_is(head: bytes, name: str | None, known: bool) -> None:
    assert is_list(head[:4096], Path(name) if name else None) is known


def greenlit(folder: Path, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "GREENLIT_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-c", "from pipeline.cli.main import run; run()", "import", *words]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=folder, env=env, check=False)


def test_a_dry_run_prints_the_account_and_stores_nothing(tmp_path: Path) -> None:
    body = as_docx([(FILED_2025, [row for row in ROWS if row["serial"] != "7"])])
    (tmp_path / "list").write_bytes(body)
    for name in ("list", "-"):
        said = greenlit(tmp_path, name, "--dry-run", stdin=body)
        assert said.returncode == 3
        assert json.loads(said.stdout)["error"].endswith("filings: serials 7 are missing")
        assert b"11 filings, serials 1-12" in said.stderr and b"nothing was stored" in said.stderr
    assert b"1 lists new" in greenlit(tmp_path, "list").stderr


def test_a_wrong_day_is_wrong_usage(tmp_path: Path) -> None:
    assert greenlit(tmp_path, "list", "--announced", "soon").returncode == 2

import csv
import re
from collections import Counter
from datetime import date
from importlib.resources import files

import pytest

COLUMNS = ["kind", "batch", "date", "province", "company", "product", "role", "filing_no", "scope"]
NUMBER = re.compile(r"[A-Za-z]+-\S+-(\d{4})(\d{2})(\d{2})(\d{4})?")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    text = (files("config") / "seed" / "registers.csv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines(), strict=True)
    assert reader.fieldnames == COLUMNS
    return list(reader)


def test_both_lists_are_complete(rows: list[dict[str, str]]) -> None:
    counted = Counter((row["kind"], row["batch"], row["scope"]) for row in rows)
    assert counted == {("genai_filing", "2024-04", ""): 117, ("genai_filing", "2026-08", "on_device"): 7}


def test_numbers_are_unique_whatever_their_case(rows: list[dict[str, str]]) -> None:
    repeated = [number for number, n in Counter(row["filing_no"].casefold() for row in rows).items() if n > 1]
    assert repeated == []


def test_numbers_are_filings_dated_no_later_than_their_row(rows: list[dict[str, str]]) -> None:
    for row in rows:
        found = NUMBER.fullmatch(row["filing_no"])
        assert found, row
        assert date(int(found[1]), int(found[2]), int(found[3])) <= date.fromisoformat(row["date"]), row


def test_only_numbers_of_the_later_list_carry_a_serial(rows: list[dict[str, str]]) -> None:
    for row in rows:
        found = NUMBER.fullmatch(row["filing_no"])
        assert found and bool(found[4]) == (row["scope"] == "on_device"), row


def test_dates_lie_between_the_first_approval_and_the_announcement(rows: list[dict[str, str]]) -> None:
    announced = {"": date(2024, 4, 2), "on_device": date(2026, 7, 15)}
    for row in rows:
        assert date(2023, 8, 31) <= date.fromisoformat(row["date"]) <= announced[row["scope"]], row


def test_cells_are_filled_and_trimmed(rows: list[dict[str, str]]) -> None:
    for row in rows:
        assert None not in row and None not in row.values(), row
        assert all(row[key] for key in COLUMNS if key not in ("role", "scope")), row
        assert all(value == value.strip() for value in row.values()), row


def test_the_readme_names_the_official_pages() -> None:
    text = (files("config") / "seed" / "README.md").read_text(encoding="utf-8")
    assert "https://www.cac.gov.cn/2024-04/02/c_1713729983803145.htm" in text
    assert "https://www.cac.gov.cn/2026-07/15/c_1785861480767004.htm" in text
    assert "not yet been seen" in text

"""Every layout in every kind of file: all rows and fields come back, and the account adds up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from official_lists import (
    DEEP,
    FILED_2024,
    FILED_2025,
    LAYOUTS,
    ON_DEVICE,
    REGISTERED,
    WRITERS,
    Layout,
    Row,
    Table,
    as_docx,
    as_html,
    as_pdf,
    as_text,
    as_xlsx,
    expected,
    grid_of,
    invented,
    printed,
)
from pdf_writer import Style

from extractors.registers.reading import ListContext, RegisterReading, read_register


def check(body: bytes, tables: Sequence[Table]) -> RegisterReading:
    """All rows and fields are there, of the right kind, in order; and the account says so."""
    reading = read_register(body, None, ListContext(title=tables[0][0].title))
    at = 0
    for layout, rows in tables:
        read = reading.rows[at : at + len(rows)]
        at += len(rows)
        assert [printed(row, layout) for row in read] == expected(rows, layout)
        assert {(row.kind, row.scope, row.cancelled) for row in read} == {(layout.kind, layout.scope, layout.cancelled)}
    assert len(reading.rows) == at
    assert reading.account.problems == ()
    assert reading.refused == ()
    return reading


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_two_thousand_rows_of_each_layout(layout: Layout) -> None:
    rows = invented(layout, 2_000, Random(layout.name))
    reading = check(as_docx([(layout, rows)]), [(layout, rows)])
    (series,) = reading.account.series
    assert (series.rows, series.first, series.last) == (2_000, 1, 2_000)


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_each_layout_in_each_kind_of_file(layout: Layout, writer: Callable[[Sequence[Table]], bytes]) -> None:
    tables = [(layout, invented(layout, 40, Random(7)))]
    check(writer(tables), tables)


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_two_tables_in_one_file(writer: Callable[[Sequence[Table]], bytes]) -> None:
    random = Random(11)
    tables = [(FILED_2024, invented(FILED_2024, 30, random, 118)), (REGISTERED, invented(REGISTERED, 20, random))]
    check(writer(tables), tables)


def test_three_tables_in_one_file() -> None:
    random = Random(13)
    tables = [(layout, invented(layout, 15, random)) for layout in (FILED_2025, REGISTERED, ON_DEVICE)]
    check(as_docx(tables), tables)
    check(as_html(tables), tables)
    check(as_pdf(tables, Style()), tables)


@given(seed=st.integers(0, 10_000), pieces=st.integers(1, 30), layout=st.sampled_from(LAYOUTS))
@settings(max_examples=25, deadline=None)
def test_a_table_split_anywhere_is_one_list(seed: int, pieces: int, layout: Layout) -> None:
    tables = [(layout, invented(layout, 60, Random(seed)))]
    check(as_docx(tables, pieces=pieces), tables)


def _shuffled(layout: Layout, rows: list[Row], random: Random) -> list[tuple[str, ...]]:
    order = random.sample(range(len(layout.columns)), len(layout.columns))
    return [tuple(cells[n] for n in order) for cells in grid_of([(layout, rows)])]


@given(seed=st.integers(0, 10_000), layout=st.sampled_from(LAYOUTS))
@settings(max_examples=25, deadline=None)
def test_columns_are_told_by_their_names_in_any_order(seed: int, layout: Layout) -> None:
    random = Random(seed)
    rows = invented(layout, 20, random)
    check(as_xlsx([_shuffled(layout, rows, random)]), [(layout, rows)])


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_table_without_a_header_is_told_by_its_cells_and_that_is_said(layout: Layout) -> None:
    rows = invented(layout, 40, Random(3))
    body = as_xlsx([grid_of([(layout, rows)], headers=False)])
    reading = read_register(body, None, ListContext(title=layout.title))
    fields = ("serial", "company", "filing_no", "product")
    assert [[printed(row, layout)[f] for f in fields] for row in reading.rows] == [
        [row[f] for f in fields] for row in rows
    ]
    assert ["no header" in problem for problem in reading.account.problems] == [True]


def test_a_list_that_goes_on_from_the_one_before() -> None:
    rows = invented(DEEP, 5, Random(1))
    reading = check(as_text([(DEEP, rows)]), [(DEEP, rows)])
    assert [row.list for row in reading.rows] == ["2025-03"] * 5

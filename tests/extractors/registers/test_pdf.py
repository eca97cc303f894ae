"""PDFs: ruled and not, headers once or on each page, cells broken over lines and rows over pages."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from official_lists import (
    CANCELLED,
    DEEP,
    FILED_2025,
    LAYOUTS,
    REGISTERED,
    Layout,
    Table,
    as_pdf,
    expected,
    invented,
    printed,
)
from pdf_writer import Style, draw

from extractors.registers.reading import ListContext, read_register

STYLES = st.builds(
    Style,
    lines=st.sampled_from(["grid", "open_sides", "level", "none"]),
    size=st.sampled_from([7, 9, 10.5, 12]),
    leading=st.sampled_from([1.1, 1.25, 1.5]),
    padding=st.sampled_from([1.5, 3, 5]),
    align=st.sampled_from(["left", "center"]),
    valign=st.sampled_from(["top", "middle"]),
    wrap=st.sampled_from(["words", "anywhere"]),
    break_rows=st.booleans(),
    repeat_header=st.booleans(),
    folio=st.booleans(),
    font=st.sampled_from(["unicode", "gb", "gb, older"]),
)


def check(tables: list[Table], style: Style) -> None:
    reading = read_register(as_pdf(tables, style), None, ListContext())
    read = iter(reading.rows)
    for layout, rows in tables:
        assert [printed(row, layout) for row in islice(read, len(rows))] == expected(rows, layout)
    assert reading.account.problems == ()
    assert reading.account.rows == sum(len(rows) for _, rows in tables)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@given(style=STYLES, seed=st.integers(0, 100_000))
@settings(max_examples=4, deadline=None)
def test_every_row_comes_back_in_every_style(layout: Layout, style: Style, seed: int) -> None:
    check([(layout, invented(layout, 60, Random(seed)))], style)


@given(style=STYLES, seed=st.integers(0, 100_000), second=st.sampled_from(LAYOUTS[1:-1]))
@settings(max_examples=6, deadline=None)
def test_a_second_table_begins_in_the_middle_of_a_page(style: Style, seed: int, second: Layout) -> None:
    random = Random(seed)
    check([(LAYOUTS[0], invented(LAYOUTS[0], 40, random)), (second, invented(second, 25, random))], style)


@pytest.mark.parametrize("lines", ["grid", "none"])
def test_a_list_of_eight_hundred_rows(lines: str) -> None:
    random = Random(8)
    tables = [(FILED_2025, invented(FILED_2025, 500, random)), (REGISTERED, invented(REGISTERED, 300, random))]
    check(tables, Style(lines=lines, size=10.5))


def test_a_row_over_three_pages() -> None:
    rows = invented(DEEP, 3, Random(1))
    rows[1]["purpose"] = "依据用户的描述生成图片。" * 260
    for lines in ("grid", "none"):
        check([(DEEP, rows)], Style(lines=lines))


def test_a_sheet_without_titles_and_with_one_row() -> None:
    rows = invented(CANCELLED, 1, Random(5))

    def fill(pdf) -> None:
        pdf.table(CANCELLED.header, [CANCELLED.cells(rows[0])], CANCELLED.shares)

    reading = read_register(draw(Style(), fill), None, ListContext(title=CANCELLED.title))
    assert [printed(row, CANCELLED) for row in reading.rows] == expected(rows, CANCELLED)


def test_radicals_in_place_of_characters_are_read_as_characters() -> None:
    rows = invented(FILED_2025, 2, Random(5))
    rows[0] |= {"product": "⻘⻨⼤模型", "company": "⾭⻰科技有限公司", "filing_no": "Beijing-QingMai-202501010001"}
    reading = read_register(as_pdf([(FILED_2025, rows)], Style()), None, ListContext())
    assert (reading.rows[0].product, reading.rows[0].company) == ("青麦大模型", "青龙科技有限公司")


def test_text_that_overflows_into_the_next_cell_is_said() -> None:
    rows = invented(FILED_2025, 3, Random(5))
    rows[1]["date"] = "见附注"
    reading = read_register(as_pdf([(FILED_2025, rows)], Style()), None, ListContext())
    assert len(reading.rows) == 3
    assert reading.account.problems == ("1 row: its date can't be read (serial 2)",)

"""Lists unlike the regulator's own: other words in the header, headers in pieces, titles among the rows, odd cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from random import Random

import pytest
from official_lists import FILED_2025, Layout, Row, as_csv, as_docx, as_html, as_pdf, as_xlsx, invented, printed
from official_lists import expected as wanted
from pdf_writer import Style, draw

from extractors.registers.reading import ListContext, RegisterReading, read_register

ROWS = invented(FILED_2025, 60, Random(5))
HEADER = FILED_2025.header
Rows = Sequence[Sequence[str]]


def cells(rows: Sequence[Row], fields: str = "serial province product company filing_no date") -> list[tuple[str, ...]]:
    return [tuple(row[field] for field in fields.split()) for row in rows]


def as_table(rows: Rows) -> bytes:
    """Rows of any width, in a workbook."""
    return as_xlsx([rows])


def as_tabs(rows: Rows) -> bytes:
    return "\n".join("\t".join(row) for row in rows).encode()


def as_lines(rows: Rows) -> bytes:
    """One cell per line."""
    return "\n".join("\n".join(row) for row in rows).encode()


def as_comma(rows: Rows) -> bytes:
    return "\n".join(",".join(row) for row in rows).encode()


def drawn(rows: Rows, header: Sequence[str], style: Style, shares: Sequence[float] = FILED_2025.shares) -> bytes:
    """A PDF whose table has a short title above."""

    def fill(pdf) -> None:
        pdf.title("附件")
        pdf.table(header, rows, shares)

    return draw(style, fill)


def read(body: bytes) -> RegisterReading:
    return read_register(body, None, ListContext(title=FILED_2025.title))


def check(body: bytes, rows: Sequence[Row] = ROWS, layout: Layout = FILED_2025) -> RegisterReading:
    """All rows and fields come back, and there is no open question."""
    reading = read(body)
    assert [printed(row, layout) for row in reading.rows] == wanted(rows, layout)
    assert reading.account.problems == ()
    return reading


@pytest.mark.parametrize(
    "header",
    [
        "编号|所在省份|产品（服务）名称|企业全称|备案登记编号|备案通过日期",
        "No.|省（区、市）|模型（算法）名称|申请主体|备案号码|完成备案时间",
        "序 号|所属省份|服务名称（产品名称）|备案单位名称|大模型备案号|获批日期",
        "序号|注册地|大模型产品名称|运营主体|模型备案编号|备案日期（年/月/日）",
        "序号|属地网信办|模型名称|主办单位|生成式人工智能服务备案号|备案完成时间",
        "序号|省级网信部门|名称|开发单位|算法备案编号|备案时间",
        "序号|地市|产品名|单位名|编号|日期",
        "序\n号|属\n地|模型\n名称|备案\n单位|备案\n编号|备案\n时间",
        "No|Province|Model name|Company name|Filing number|Filing date",
    ],
)
def test_other_words_in_the_header(header: str) -> None:
    check(as_table([header.split("|"), *cells(ROWS)]))
    check(drawn(cells(ROWS), [word.replace("\n", "") for word in header.split("|")], Style(lines="none")))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("序号|属地|大模型名称|备案单位|凭证|备案时间", ["'凭证' as filing_no"]),
        ("序号||大模型名称|谁|备案编号|何时", ["'' as province", "'谁' as company", "'何时' as date"]),
    ],
)
def test_a_column_of_an_unknown_name_is_told_by_what_is_in_it_and_that_is_said(header: str, said: list[str]) -> None:
    reading = read(as_table([header.split("|"), *cells(ROWS)]))
    assert [printed(row, FILED_2025) for row in reading.rows] == wanted(ROWS, FILED_2025)
    assert sorted(reading.account.problems) == sorted(f"taken by what is in it: the column {one}" for one in said)


def test_a_column_without_a_name_is_not_passed_over_in_a_pdf_without_lines() -> None:
    header = ["序号", "", *HEADER[2:]]
    reading = read(drawn(cells(ROWS), header, Style(lines="none")))
    assert [problem for problem in reading.account.problems if "a column without a name, beside" in problem]


@pytest.mark.parametrize(
    "above", [("序号", "属地", "生成式人工智能服务", "", "备案信息", ""), ("", "", "服务", "", "备案", "")]
)
def test_a_header_of_two_rows(above: Sequence[str]) -> None:
    below = ("" if above[0] else "序号", "" if above[0] else "属地", *HEADER[2:])
    check(as_table([above, below, *cells(ROWS)]))


def test_lists_that_stand_side_by_side_are_read_as_one() -> None:
    halves = [left + right for left, right in zip(cells(ROWS[:30]), cells(ROWS[30:]), strict=True)]
    reading = read(as_table([HEADER * 2, *halves]))
    rows = sorted(reading.rows, key=lambda row: row.serial or 0)
    assert [printed(row, FILED_2025) for row in rows] == wanted(ROWS, FILED_2025)
    assert reading.account.problems == ()


def test_columns_without_a_name_and_without_content() -> None:
    rows = [(a, "", b, c, "", d, e, f, "") for a, b, c, d, e, f in [HEADER, *cells(ROWS)]]
    check(as_table(rows))
    check(as_comma([[cell.replace(",", "") for cell in row] for row in rows]))


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "xlsx": as_table,
    "csv": lambda rows: as_comma([[*row, *[""] * (6 - len(row))] for row in rows]),
    "tabs": as_tabs,
    "one cell per line": as_lines,
    "pdf": lambda rows: drawn([[*row, *[""] * (6 - len(row))] for row in rows[1:]], HEADER, Style()),
}


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_titles_of_provinces_and_notes_between_the_rows(writer: Callable[[Rows], bytes]) -> None:
    by_place = sorted(ROWS, key=lambda row: row["province"])
    by_place = [{**row, "serial": str(n)} for n, row in enumerate(by_place, 1)]
    rows: list[Sequence[str]] = [HEADER]
    for place, group in groupby(by_place, key=lambda row: row["province"]):
        rows += [(f"（{place}）",), *cells(list(group)), ("注：以上信息由属地网信部门提供。",)]
    check(writer(rows), by_place)


def test_a_csv_may_begin_with_a_title_and_have_several_tables() -> None:
    again = [{**row, "serial": str(n)} for n, row in enumerate(ROWS[30:], 1)]
    other = ("序号", "备案编号", "备案时间", "备案单位", "模型名称", "属地")
    second = cells(again, "serial filing_no date company product province")
    rows = [("附件一",), HEADER, *cells(ROWS[:30]), ("附件二",), other, *second]
    check(as_comma(rows), [*ROWS[:30], *again])
    check(as_tabs(rows), [*ROWS[:30], *again])


def wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def test_full_width_digits_and_letters_are_the_same_number_and_day() -> None:
    plain = check(as_table([HEADER, *cells(ROWS)])).rows
    rows = [{**row, **{field: wide(row[field]) for field in ("serial", "filing_no", "date")}} for row in ROWS]
    reading = read(as_table([HEADER, *cells(rows)]))
    assert [(row.serial, row.date, row.oddities) for row in reading.rows] == [
        (row.serial, row.date, row.oddities) for row in plain
    ]
    assert [row.filing_no for row in reading.rows] == [row["filing_no"] for row in rows]


@pytest.mark.parametrize("form", ["{}.", "{}、", "（{}）", "{:0>4}", "第{}项", "No.{}"])
def test_serials_of_other_shapes(form: str) -> None:
    rows = cells([{**row, "serial": form.format(row["serial"])} for row in ROWS])
    check(as_table([HEADER, *rows]))
    check(drawn(rows, HEADER, Style(lines="none")))


@pytest.mark.parametrize(
    "form", ["{y}年{m}月{d}日", "{y} 年 {m} 月 {d} 日", "{y}/{m}/{d} 0:00:00", "{y}-{m:02}-{d:02}T00:00:00", "days"]
)
def test_days_of_other_shapes(form: str) -> None:
    from datetime import date

    rows = [{**row, "date": "2026/5/8"} for row in ROWS]
    count = (date(2026, 5, 8) - date(1899, 12, 30)).days
    shown = str(count) if form == "days" else form.format(y=2026, m=5, d=8)
    check(as_table([HEADER, *cells([{**row, "date": shown} for row in rows])]), rows)


@pytest.mark.parametrize("broken", [as_table, as_docx, as_html, as_csv], ids=["xlsx", "docx", "html", "csv"])
def test_a_number_on_two_lines(broken: Callable[..., bytes]) -> None:
    rows = [{**row, "filing_no": f"{row['filing_no'][:14]}\n{row['filing_no'][14:]}"} for row in ROWS]
    check(broken([HEADER, *cells(rows)]) if broken is as_table else broken([(FILED_2025, rows)]))


@pytest.mark.parametrize("fields", ["product company filing_no date", "company filing_no product"])
@pytest.mark.parametrize("lines", ["grid", "none"])
def test_a_pdf_without_serials(lines: str, fields: str) -> None:
    words = {"product": "模型名称", "company": "备案单位", "filing_no": "备案编号", "date": "备案时间"}
    names = fields.split()
    body = drawn(cells(ROWS, fields), [words[name] for name in names], Style(lines=lines), [20] * len(names))
    got = [printed(row, FILED_2025) for row in read(body).rows]
    assert [[row[name] for name in names] for row in got] == [[row[name] for name in names] for row in ROWS]


@pytest.mark.parametrize("lines", ["grid", "level", "none"])
def test_marks_that_hang_out_of_their_cells(lines: str) -> None:
    from official_lists import DEEP

    rows = invented(DEEP, 60, Random(12))
    check(as_pdf([(DEEP, rows)], Style(lines=lines, size=10.5, hang=True)), rows, DEEP)


def test_a_row_over_a_page_whose_serial_stands_alone_at_its_end() -> None:
    rows = invented(FILED_2025, 3, Random(1))
    first = [HEADER, *cells(rows[:1]), ("2", "", "", "", "", "")]
    rest = [("", *cells(rows[1:2])[0][1:]), *cells(rows[2:])]
    from extractors.registers.document import Document, Grid
    from extractors.registers.layout import lay_out

    pages = Document((Grid(tuple(first), "page 1", 1), Grid(tuple(rest), "page 2", 2)))
    entries = lay_out(pages, "", None).entries
    assert [entry.fields["serial"].strip() for entry in entries] == ["1", "2", "3"]  # type: ignore[index]

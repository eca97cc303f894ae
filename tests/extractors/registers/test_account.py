"""The account of a list: what is missing, what is stated, what was refused."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from official_lists import DEEP, FILED_2024, FILED_2025, REGISTERED, Table, as_docx, invented

from extractors.records import Kind
from extractors.registers.account import Account
from extractors.registers.reading import ListContext, read_register
from extractors.registers.stated import stated_totals


def account(*tables: Table, **context: object) -> Account:
    return read_register(as_docx(tables), None, ListContext(**context)).account  # type: ignore[arg-type]


@given(
    lost=st.sets(st.integers(2, 39), max_size=12),
    twice=st.sets(st.integers(2, 39), max_size=3),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_every_lost_row_and_every_double_one_is_named(lost: set[int], twice: set[int], seed: int) -> None:
    rows = [row for row in invented(FILED_2025, 40, Random(seed)) if int(row["serial"]) not in lost]
    rows += [row for row in rows if int(row["serial"]) in twice]
    held = account((FILED_2025, rows))
    assert set(held.series[0].missing) == lost
    assert set(held.series[0].repeated) == twice - lost
    assert held.adds_up == (not lost and not twice - lost)


def test_gaps_are_named_as_runs() -> None:
    rows = [row for row in invented(FILED_2025, 20, Random(1)) if int(row["serial"]) not in (3, 7, 8, 9)]
    assert account((FILED_2025, rows)).problems == ("filings: serials 3, 7-9 are missing",)


def test_a_list_of_services_may_go_on_where_the_one_before_ended() -> None:
    assert account((FILED_2024, invented(FILED_2024, 71, Random(1), 118))).adds_up


def test_a_batch_of_deep_synthesis_begins_with_one() -> None:
    assert account((DEEP, invented(DEEP, 5, Random(1), 3))).problems == (
        "deep-synthesis filings begin with serial 3, not 1",
    )


NOTICE = (
    "2025年1月1日至3月31日，{} 截至3月31日，共有{}款生成式人工智能服务完成备案，{}款应用或功能在地方网信办完成登记。"
)


@pytest.mark.parametrize(
    ("new", "filed", "registered", "wrong"),
    [
        ("新增44款生成式人工智能服务完成备案。", 346, 159, 0),
        ("新增45款生成式人工智能服务完成备案。", 346, 159, 1),
        ("新增44款生成式人工智能服务完成备案。", 347, 159, 1),
        ("新增44款生成式人工智能服务完成备案。", 346, 160, 1),
        ("2025年共新增300款生成式人工智能服务完成备案。", 346, 159, 0),
        ("其中北京市新增12款生成式人工智能服务完成备案。", 346, 159, 0),
    ],
)
def test_stated_totals_are_met_or_said_not_to_be(new: str, filed: int, registered: int, wrong: int) -> None:
    random = Random(3)
    tables = [(FILED_2025, invented(FILED_2025, 44, random, 303)), (REGISTERED, invented(REGISTERED, 54, random, 106))]
    held = account(*tables, text=NOTICE.format(new, filed, registered))
    assert ["the notice says" in problem for problem in held.problems] == [True] * wrong
    assert len(held.stated) == 3


def test_totals_of_earlier_lists_are_not_about_this_one() -> None:
    tables = (FILED_2025, invented(FILED_2025, 20, Random(3), 303))
    assert account(tables, text="截至2024年4月，累计已有117款生成式人工智能服务完成备案。").adds_up


def test_totals_that_a_text_states() -> None:
    text = "截至12月31日，共有748款生成式人工智能服务完成备案，435款应用或功能完成登记，服务12家医院。"
    assert [(stated.value, stated.kind) for stated in stated_totals([text])] == [
        (748, Kind.GENAI_FILING),
        (435, Kind.GENAI_REGISTRATION),
    ]


def test_every_refused_row_is_named_with_its_place_and_reason() -> None:
    rows = invented(FILED_2025, 3, Random(1))
    rows[1] |= dict.fromkeys(("product", "company", "filing_no"), "")
    reading = read_register(as_docx([(FILED_2025, rows)]), None, ListContext())
    assert reading.account.problems == (
        "not taken: table 1, row 3: it names neither holder nor product nor number",
        "filings: serials 2 are missing",
    )
    assert reading.refused[0].cells[0] == "2"


def test_a_row_without_a_serial_is_named() -> None:
    rows = invented(FILED_2025, 4, Random(1))
    rows[3]["serial"] = ""
    assert account((FILED_2025, rows)).problems == ("1 row: it has no serial number (table 1, row 5)",)


def test_the_account_in_words() -> None:
    held = account((FILED_2025, [row for row in invented(FILED_2025, 5, Random(2)) if row["serial"] != "4"]))
    assert list(held.lines()) == ["4 filings, serials 1-5", "does not add up: filings: serials 4 are missing"]
    assert list(account((FILED_2025, invented(FILED_2025, 5, Random(2)))).lines())[-1] == "adds up"

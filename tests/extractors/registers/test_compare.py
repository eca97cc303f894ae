"""Editions of a list compared: added, changed, vanished."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from official_lists import DEEP, FILED_2025, as_csv, invented

from extractors.registers.compare import FieldChange, compare
from extractors.registers.reading import ListContext, read_register
from extractors.registers.rows import RegisterRow


def rows(count: int = 20, seed: int = 1, layout=FILED_2025) -> tuple[RegisterRow, ...]:
    return read_register(
        as_csv([(layout, invented(layout, count, Random(seed)))]), None, ListContext(title=layout.title)
    ).rows


def test_the_same_edition_changes_nothing_however_it_is_printed() -> None:
    old = rows()
    new = [
        replace(
            row, serial=row.serial + 100, filing_no=row.filing_no.upper(), list="2026-01", company=f" {row.company} "
        )
        for row in reversed(old)
    ]
    changed = [change for one in compare(old, new).changed for change in one.fields]
    assert not compare(old, old)
    assert {change.field for change in changed} <= {"filing_no"}
    assert compare(old, new).added == compare(old, new).vanished == ()


def test_a_renamed_company_and_a_new_remark_are_changes() -> None:
    old = rows(layout=DEEP)
    new = [replace(old[0], company="杭州新名科技有限公司", remark="变更内容：主体名称。"), *old[1:]]
    (changed,) = compare(old, new).changed
    assert changed.fields == (
        FieldChange("company", old[0].company, "杭州新名科技有限公司"),
        FieldChange("remark", old[0].remark or "", "变更内容：主体名称。"),
    )


@given(gone=st.sets(st.integers(0, 19)), seed=st.integers(0, 50))
@settings(deadline=None)
def test_what_vanished_one_way_was_added_the_other_way(gone: set[int], seed: int) -> None:
    whole = rows(seed=seed)
    part = [row for n, row in enumerate(whole) if n not in gone]
    there, back = compare(whole, part), compare(part, whole)
    assert there.vanished == back.added == tuple(row for n, row in enumerate(whole) if n in gone)
    assert there.added == back.vanished == ()
    assert there.changed == back.changed == ()


def test_a_damaged_number_that_was_mended_is_one_row_that_changed() -> None:
    old = rows(5)
    damaged = [
        replace(old[0], filing_no="Beijing-TangYin-", company="杭州海棠语音科技有限公司", product="棠音大模型"),
        *old[1:],
    ]
    mended = [replace(damaged[0], filing_no="Beijing-TangYin-202503050001"), *old[1:]]
    result = compare(damaged, mended)
    assert [[change.field for change in one.fields] for one in result.changed] == [["filing_no"]]
    assert result.added == result.vanished == ()


def test_rows_without_numbers_that_could_be_each_other_are_not_paired() -> None:
    base = replace(rows(1)[0], filing_no="", company="杭州海棠语音科技有限公司", product="棠音大模型")
    result = compare([base, replace(base, date="2025-01-01")], [replace(base, date="2025-02-02")])
    assert (len(result.vanished), len(result.added), result.changed) == (2, 1, ())


def test_one_number_in_two_series_is_two_rows() -> None:
    deep = rows(1, layout=DEEP)[0]
    result = compare([deep], [replace(deep, cancelled=True)])
    assert (len(result.added), len(result.vanished)) == (1, 1)

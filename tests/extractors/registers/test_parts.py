"""The parts of numbers, days and header words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Kind
from extractors.registers.days import read_day
from extractors.registers.headers import Column, columns_of, kind_of_caption, kind_of_header
from extractors.registers.numbers import AlgorithmNumber, GenaiNumber, parse_number
from extractors.understand.names import number_kind
from extractors.understand.regions import regions

HEADS = st.sampled_from(sorted(set(regions().heads) | {"zhongyangqiye"}))
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.\-·']{0,24}", fullmatch=True)
DAYS = st.dates(date(2023, 8, 1), date(2027, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
SERIALS = st.integers(0, 9999).map("{:04}".format)


@given(
    head=HEADS, name=NAMES, day=DAYS, serial=st.one_of(st.just(""), SERIALS), wide=st.booleans(), upper=st.booleans()
)
def test_filing_numbers_of_every_shape(head: str, name: str, day: str, serial: str, wide: bool, upper: bool) -> None:
    printed = f"{head}-{name}-{day}{serial}"
    spelt = printed.replace("-", "－") if wide else printed
    number = parse_number(f" {spelt.upper() if upper else spelt} ")
    assert number == GenaiNumber(head, name.lower(), day, serial, is_registration=False)
    assert number_kind(printed) is Kind.GENAI_FILING


@given(head=HEADS, name=NAMES, day=DAYS, serial=SERIALS)
def test_registration_numbers(head: str, name: str, day: str, serial: str) -> None:
    assert parse_number(f"{head}-{name}-{day}S{serial}") == GenaiNumber(head, name.lower(), day, serial, True)
    assert number_kind(f"{head}-{name}-{day}S{serial}") is Kind.GENAI_REGISTRATION


@given(st.from_regex(r"11[0-9]{19}", fullmatch=True), st.sampled_from(["", " ", "　"]))
def test_algorithm_numbers(digits: str, blank: str) -> None:
    number = parse_number(f"网信算备{blank}{digits}号")
    assert isinstance(number, AlgorithmNumber)
    assert "".join((number.area, number.holder, number.category, number.year, number.serial, number.check)) == digits
    assert number.province == "北京"
    assert number_kind(f"网信算备{digits}号") is None


@given(HEADS, st.integers(0, 40))
def test_a_number_of_another_length_is_damaged(head: str, length: int) -> None:
    digits = "2" * length
    assert (parse_number(f"{head}-x-{digits}") is None) == (length not in (8, 12))
    assert (parse_number(f"网信算备{digits}号") is None) == (length != 21)


def test_every_province_has_its_head() -> None:
    assert {parse_number(f"{head}-x-20250101").province for head in regions().heads} == set(regions().heads.values())
    assert parse_number("ZhongYangQiYe-JiuTian-20240123").province == "国资委"


@given(st.dates(date(2020, 1, 1), date(2029, 12, 31)), st.sampled_from(["/", "-", ".", "年"]), st.booleans())
def test_days_in_every_spelling(day: date, mark: str, padded: bool) -> None:
    month, number = (f"{day.month:02}", f"{day.day:02}") if padded else (str(day.month), str(day.day))
    text = f"{day.year}年{month}月{number}日" if mark == "年" else mark.join((str(day.year), month, number))
    assert read_day(text).day == day.isoformat()
    assert read_day(f"{text}（补登）").late


@pytest.mark.parametrize("text", ["", "待定", "2025/13/1", "2025/2/30", "2025", "Beijing-X-20250101"])
def test_what_is_no_day(text: str) -> None:
    assert read_day(text).day is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("序号|属地|模型名称|备案单位|备案号|备案时间", Kind.GENAI_FILING),
        ("序号|属地|应用/功能名称|登记单位|上线编号|登记时间", Kind.GENAI_REGISTRATION),
        ("序号|属地|大模型名称|备案单位|备案编号|备案时间|适用场景", Kind.GENAI_FILING),
        ("序号|算法名称|角色|主体名称|应用产品|主要用途|备案编号|备注", Kind.DEEP_SYNTHESIS_FILING),
        ("序号|算法名称|算法类别|主体名称|应用产品|主要用途|备案编号|备注", Kind.ALGORITHM_FILING),
        ("序 号|所在地|生成式人工智能服务名称|企业名称|编号|日期", None),
    ],
)
def test_headers(words: str, kind: Kind | None) -> None:
    cells = tuple(words.split("|"))
    columns = columns_of(cells)
    assert columns is not None and None not in columns
    assert len(set(columns)) == len(cells)
    assert kind_of_header(cells) is kind


@pytest.mark.parametrize(
    "cells",
    [
        ("1", "北京市", "棠音大模型", "北京海棠科技有限公司", "Beijing-TangYin-20250101", "2025/2/1"),
        ("", "", "", "公司", "", "号"),
        ("公司", "号"),
        ("首页", "新闻", "服务"),
        (),
    ],
)
def test_what_is_no_header(cells: tuple[str, ...]) -> None:
    assert columns_of(cells) is None


def test_a_header_may_have_its_columns_anywhere() -> None:
    assert columns_of(("备案编号", "主体名称", "", "算法名称")) == (Column.NUMBER, Column.COMPANY, None, Column.PRODUCT)


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("境内深度合成服务算法备案清单（2024年6月）", Kind.DEEP_SYNTHESIS_FILING),
        ("境内互联网信息服务算法备案清单", Kind.ALGORITHM_FILING),
        ("生成式人工智能服务已备案信息", Kind.GENAI_FILING),
        ("二、生成式人工智能服务已登记信息", Kind.GENAI_REGISTRATION),
        ("生成式人工智能服务备案和登记信息", None),
        ("关于注销算法备案编号的公告", None),
    ],
)
def test_captions(caption: str, kind: Kind | None) -> None:
    assert kind_of_caption(caption) is kind

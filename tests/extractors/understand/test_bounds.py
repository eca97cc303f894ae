"""Bounds of names: what a reader took too much of, or left out."""

from __future__ import annotations

import pytest

from extractors.understand.bounds import bounded
from extractors.understand.entities import Role, Span


def names(words: str, read: str, role: Role = "company") -> list[str]:
    start = words.index(read)
    span = Span(start, start + len(read), role, 0.9)
    return [words[part.start : part.end] for part in bounded(words, span)]


@pytest.mark.parametrize(
    ("words", "read", "expected"),
    [
        ("7月1日电，岚舟智声今日在公众号宣布", "岚舟智声今", "岚舟智声"),
        ("岚舟人寿昨日宣布", "岚舟人寿昨日", "岚舟人寿"),
        ("岚舟智声日前收到通知", "岚舟智声日前", "岚舟智声"),
        ("今日水产宣布", "今日水产", "今日水产"),
        ("来自外贸服务商岚桥数字科技", "外贸服务商岚桥数字科技", "岚桥数字科技"),
        ("运营方岚桥", "运营方岚桥", "岚桥"),
        ("黑龙江岚煤智慧矿山公司", "龙江岚煤智慧矿山公司", "黑龙江岚煤智慧矿山公司"),
        ("申报方为得岚智联（广州），产品", "得岚智联", "得岚智联（广州）"),
        ("申报方为与岚同行（深圳）科技有限公司，产品", "与岚同行（深圳", "与岚同行（深圳）科技有限公司"),
        ("岚桥（以下简称公司）", "岚桥", "岚桥"),
        ("岚州运博文化馆副馆长杜梅", "岚州运博文化馆副馆长", "岚州运博文化馆"),
        ("卖眼镜的岚岛视光有“看得清”", "岚岛视光有", "岚岛视光"),
        ("said Xiamen Lantern Robotics", "Lantern Robotics", "Xiamen Lantern Robotics"),
    ],
)
def test_a_company_ends_where_its_name_does(words: str, read: str, expected: str) -> None:
    assert names(words, read) == [expected]


def test_joint_applicants_are_two() -> None:
    assert names("岚州评弹学校与岚苏云艺网络联合申报的“弦索”", "岚州评弹学校与岚苏云艺网络") == [
        "岚州评弹学校",
        "岚苏云艺网络",
    ]


def test_a_name_with_and_in_it_is_one() -> None:
    assert names("岚州评弹与云艺网络申报的“弦索”", "岚州评弹与云艺网络") == ["岚州评弹与云艺网络"]


def test_a_product_is_read_to_the_end_of_its_quotation() -> None:
    assert names("旗下“岚·问 2.0”通过备案", "岚", "product") == ["岚·问 2.0"]


def test_a_number_word_is_no_name() -> None:
    assert names("Others were filed", "Others") == []


def test_what_any_product_is_called_is_no_name_of_one() -> None:
    assert names("旗下大模型通过备案", "大模型", "product") == []
    assert names("its large language model was filed", "large language model", "product") == []
    assert names("旗下岚大模型通过备案", "岚大模型", "product") == ["岚大模型"]


def test_a_noun_over_and_over_is_soon_read() -> None:
    """Tried in every way that it can be parted, this would never end."""
    long = "大语言" * 60 + "X"
    assert names(long, long, "product") == [long]

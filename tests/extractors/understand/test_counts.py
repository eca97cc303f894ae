import pytest

from extractors.understand.counts import find_batch, find_counts


def counted(text: str, language: str) -> list[tuple[int, bool]]:
    return [(count.value, count.cumulative) for count in find_counts(text, 0, len(text), language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本批共14款大模型", [(14, False)]),
        ("累计超过40款", [(40, True)]),
        ("截至9月30日，共有538款服务完成备案", [(538, True)]),
        ("新增备案3款、登记9款", [(3, False), (9, False)]),
        ("已达一百九十多款", [(190, True)]),
        ("历时三个月、九个环节", []),
        ("尚不足二十款", []),
    ],
)
def test_chinese_counts(text: str, expected: list[tuple[int, bool]]) -> None:
    assert counted(text, "zh") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The office cleared 14 more large language models", [(14, False)]),
        ("bringing the city's total to 82", [(82, True)]),
        ("over 40 Chinese AI models have been approved so far", [(40, True)]),
        ("in 2024 the company raised $15 million", []),
    ],
)
def test_english_counts(text: str, expected: list[tuple[int, bool]]) -> None:
    assert counted(text, "en") == expected


def test_batches() -> None:
    zh, en = "第四批名单与首批相比", "the fourth batch, after the inaugural round"
    assert [rank for _, rank in find_batch(zh, 0, len(zh), "zh")] == [4, 1]
    assert [rank for _, rank in find_batch(en, 0, len(en), "en")] == [4, 1]

from datetime import date

import pytest

from extractors.understand.dates import find_dates, outside
from extractors.understand.numerals import ordinal, whole

PUBLISHED = date(2024, 1, 30)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024年1月28日", "2024-01-28"),
        ("二〇二三年八月二十三日", "2023-08-23"),
        ("2024/1/8", "2024-01-08"),
        ("2023年12月", "2023-12"),
        ("8月31日", "2023-08-31"),
        ("28日公布", "2024-01-28"),
        ("去年8月", "2023-08"),
        ("上周五", "2024-01-26"),
        ("上周", "2024-01"),
        ("上月", "2023-12"),
        ("昨日", "2024-01-29"),
        ("今年下半年", "2024"),
        ("5月最后一个工作日", "2023-05-31"),
        ("11月的最后一个周一", "2023-11-27"),
        ("12月最后一天", "2023-12-31"),
        ("海南（1/8）：登记六款", "2024-01-08"),
    ],
)
def test_chinese_dates(text: str, value: str) -> None:
    assert [hit.value for hit in find_dates(text, "zh", PUBLISHED)] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on January 24, 2024", "2024-01-24"),
        ("24 January", "2024-01-24"),
        ("dated Oct. 21", "2023-10-21"),
        ("in August", "2023-08"),
        ("in August 2023", "2023-08"),
        ("August of the previous year", "2023-08"),
        ("last week", "2024-01"),
        ("last month", "2023-12"),
        ("on Sunday", "2024-01-28"),
        ("in late 2023", "2023"),
        ("Friday's notice", "2024-01-26"),
        ("late Monday evening", "2024-01-29"),
        ("over the weekend", "2024-01"),
        ("the May update", "2023-05"),
        ("November's additions", "2023-11"),
        ("the eleventh list (December)", "2023-12"),
    ],
)
def test_english_dates(text: str, value: str) -> None:
    assert [hit.value for hit in find_dates(text, "en", PUBLISHED)] == [value]


def test_the_month_may_is_not_the_verb() -> None:
    assert find_dates("They may be late", "en", PUBLISHED) == []


def test_a_weekday_to_come_is_no_date() -> None:
    assert find_dates("next Friday, and every Monday", "en", PUBLISHED) == []


def test_an_impossible_day_is_no_date() -> None:
    assert find_dates("2024年2月30日", "zh", PUBLISHED) == []


def test_without_publication_only_full_dates_count() -> None:
    hits = find_dates("上周，2024年1月8日，8月31日", "zh", None)
    assert [hit.value for hit in hits] == ["2024-01-08"]


def test_roles() -> None:
    hits = find_dates("截至3月31日；28日讯；1月8日通过", "zh", PUBLISHED)
    assert [hit.role for hit in hits] == ["asof", "report", "day"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("十四", 14), ("一百九十", 190), ("五十八", 58), ("两", 2), ("1,234", 1234), ("fourteen", 14), ("三百二十", 320)],
)
def test_whole(text: str, number: int) -> None:
    assert whole(text) == number


def test_ordinal() -> None:
    assert [ordinal(text) for text in ("首", "四", "fourth", "14th", "inaugural")] == [1, 4, 4, 14, 1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("昨（29）日公布", "2024-01-29"),
        ("上月30日完成备案", "2023-12-30"),
        ("本月19日刚刚获批", "2024-01-19"),
        ("周五，网信办更新名单", "2024-01-26"),
    ],
)
def test_days_of_a_month_and_bare_weekdays(text: str, value: str) -> None:
    assert [hit.value for hit in find_dates(text, "zh", PUBLISHED)] == [value]


def test_the_first_batch_of_a_year_is_no_date() -> None:
    assert find_dates("今年第一批、今年首款", "zh", PUBLISHED) == []


def test_today_is_reckoned_from_the_dateline() -> None:
    hits = find_dates("本报昆明1月28日电 省网信办今日公布", "zh", PUBLISHED)
    assert [(hit.value, hit.role) for hit in hits] == [("2024-01-28", "report"), ("2024-01-28", "told")]
    wire = find_dates("KUNMING, January 28, 2024 /Any Wire/ -- The firm today announced", "en", PUBLISHED)
    assert [hit.value for hit in wire] == ["2024-01-28", "2024-01-28"]


@pytest.mark.parametrize(
    ("text", "language", "role"),
    [
        ("1月8日起开放使用", "zh", "since"),
        ("据“网信云南”1月8日消息", "zh", "told"),
        ("1月8日，记者从省网信办获悉", "zh", "told"),
        ("since the rules on chatbots came into force in August", "en", "asof"),
        ("free of charge from January 8", "en", "since"),
        ("The firm today announced", "en", "told"),
        ("1月29日在投资者平台表示", "zh", "told"),
        ("29日从省网信办获悉", "zh", "told"),
        ("on the register since September", "en", "day"),
        ("all that it has allowed since last August", "en", "asof"),
        ("KUNMING, January 28, 2024 (Any Wire) -- The firm", "en", "report"),
    ],
)
def test_what_a_date_is_the_date_of(text: str, language: str, role: str) -> None:
    assert [hit.role for hit in find_dates(text, language, PUBLISHED)] == [role]


def test_a_name_is_no_date() -> None:
    text = "今日河山传媒今日公布"
    hits = find_dates(text, "zh", PUBLISHED)
    assert [hit.start for hit in outside(hits, [(0, 6)], text)] == [6]

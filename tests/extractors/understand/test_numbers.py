from extractors.records import Kind
from extractors.understand.numbers import find_numbers

TEXT = (
    "编号Beijing-HeDeng-20230821、Sichuan-HD-WorkGpt-20240424；上线编号Fujian-HeDeng-202502280003S0006。"
    "另见网信算备110108645502801230035号与No. 510107881723601250041，"
    "项目代码2505-440307-04-01-883216，京ICP备12345678号-2。"
)


def test_every_shape_is_found_as_printed() -> None:
    assert [number.text for number in find_numbers(TEXT)] == [
        "Beijing-HeDeng-20230821",
        "Sichuan-HD-WorkGpt-20240424",
        "Fujian-HeDeng-202502280003S0006",
        "网信算备110108645502801230035号",
        "510107881723601250041",
    ]


def test_offsets_and_kinds() -> None:
    for number in find_numbers(TEXT):
        assert TEXT[number.start : number.end] == number.text
    assert [number.kind for number in find_numbers(TEXT)][:3] == [
        Kind.GENAI_FILING,
        Kind.GENAI_FILING,
        Kind.GENAI_REGISTRATION,
    ]
    assert [number.is_algorithm for number in find_numbers(TEXT)] == [False, False, False, True, True]

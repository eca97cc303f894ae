import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Kind
from extractors.understand.names import company_key, number_key, number_kind, product_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京小米科技有限责任公司", "北京小米科技"),
        ("Xiaomi Corp", "XIAOMI"),
        ("字節跳動", "字节跳动"),
        ("Foo Robotics Co., Ltd.", "foo robotics"),
        ("０１．ＡＩ", "01.AI"),
    ],
)
def test_spellings_of_one_company_have_one_key(one: str, other: str) -> None:
    assert company_key(one) == company_key(other)


def test_a_company_that_is_all_tail_keeps_its_name() -> None:
    assert company_key("有限公司") == "有限公司"


@pytest.mark.parametrize(
    ("one", "other"), [("“河灯”大模型", "河灯"), ("河燈大語言模型", "河灯"), ("Lantern LLM", "lantern")]
)
def test_product_key_drops_quotes_and_generic_tail(one: str, other: str) -> None:
    assert product_key(one) == product_key(other)


def test_a_product_named_model_keeps_its_name() -> None:
    assert product_key("大模型") != ""


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("Beijing-HeDeng-20230821", "beijing-hedeng-20230821"),
        ("ＢＥＩＪＩＮＧ－HeDeng - 202308210001", "beijing-hedeng-202308210001"),
        ("网信算备 110108645502801230035 号", "网信算备110108645502801230035号"),
        ("網信算備110108645502801230035號", "网信算备110108645502801230035号"),
        ("110108645502801230035", "网信算备110108645502801230035号"),
        ("网信算备1101086455028012300号", None),
        ("Jiangsu-HeDeng-", None),
    ],
)
def test_number_key(printed: str, key: str | None) -> None:
    assert number_key(printed) == key


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ("Beijing-HeDeng-20230821", Kind.GENAI_FILING),
        ("Beijing-HeDeng-202406100007", Kind.GENAI_FILING),
        ("Shanghai-HeDeng-20240521S0001", Kind.GENAI_REGISTRATION),
        ("Fujian-HeDeng-202502280003S0006", Kind.GENAI_REGISTRATION),
        ("网信算备110108645502801230035号", None),
        ("京ICP备12345678号", None),
    ],
)
def test_the_shape_tells_the_kind_of_generative_numbers_only(printed: str, kind: Kind | None) -> None:
    assert number_kind(printed) is kind


@given(st.text())
def test_keys_are_stable(name: str) -> None:
    assert company_key(company_key(name)) == company_key(name)
    assert product_key(product_key(name)) == product_key(name)

"""Bytes to text: labels that lie, labels that are missing, bytes that are broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.read.charset import decode

CHINESE = "北京晨星示例科技有限公司的服务已于今日完成备案，现予公布。"
RARE = "㐀䶮示例公司的模型在今日完成备案"
TRADITIONAL = "這是一間公司的產品，在中國的大城市為人使用，不是今年的事。"


def page(text: str, charset: str | None) -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}<title>t</title></head><body>{text}</body></html>"


@pytest.mark.parametrize("label", ["gb2312", "gbk", "GB18030", "x-gbk", "GB_2312-80", "utf-8", "iso-8859-1", None])
@pytest.mark.parametrize("text", [CHINESE, RARE])
def test_gb18030_bytes_come_out_right_under_any_label(label, text):
    html = page(text, label)
    decoded = decode(html.encode("gb18030"))
    assert decoded.text == html
    assert (decoded.charset, decoded.replaced) == ("gb18030", 0)


@pytest.mark.parametrize("label", ["gbk", "gb2312", "big5", "iso-8859-1", "utf-8", None])
def test_utf8_bytes_come_out_right_under_any_label(label):
    html = page(CHINESE, label)
    assert decode(html.encode(), f"text/html; charset={label}" if label else None).text == html


def test_the_header_is_read_where_the_page_says_nothing():
    html = page(TRADITIONAL, None)
    assert decode(html.encode("big5"), "text/html; charset=Big5").text == html


@pytest.mark.parametrize("label", ["big5", "big5-hkscs", None])
def test_big5_is_not_taken_for_gb18030(label):
    html = page(TRADITIONAL, label)
    assert decode(html.encode("big5hkscs")).text == html


def test_a_wrong_label_falls_through_to_the_next():
    html = page(CHINESE, "gbk")
    assert decode(html.encode("gb18030"), "text/html; charset=shift_jis").text == html


@pytest.mark.parametrize("label", ["windows-1252", "iso-8859-1", None])
def test_western_quotes_are_no_chinese(label):
    html = page("It’s a model – the company’s first", label)
    assert decode(html.encode("cp1252")).text == html


def test_an_xml_declaration_counts():
    feed = f'<?xml version="1.0" encoding="GB2312"?><rss><title>{CHINESE}</title></rss>'
    assert decode(feed.encode("gb18030")).text == feed


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides(charset):
    assert decode(CHINESE.encode(charset), "text/html; charset=gbk").text == CHINESE


def test_one_character_cut_in_two_does_not_turn_the_page_into_another_charset():
    body = (CHINESE * 20).encode()[:-1]
    decoded = decode(body, "text/html; charset=utf-8")
    assert decoded.charset == "utf-8"
    assert decoded.text == (CHINESE * 20)[:-1] + "\ufffd"
    assert decoded.replaced == 1


def test_damage_in_gb18030_is_counted_and_the_rest_kept():
    body = page(CHINESE * 5, "gbk").encode("gb18030") + b"\xff\xff"
    decoded = decode(body)
    assert decoded.charset == "gb18030"
    assert decoded.replaced == 2
    assert CHINESE * 5 in decoded.text


@pytest.mark.parametrize("label", ["rot13", "unicode_escape", "idna", "undefined", "base64", "utf-7", "nonsense"])
def test_labels_that_are_no_web_charset_are_ignored(label):
    assert decode(b"a+AGI- \\u0041 \xb1\xb1\xbe\xa9", f"text/html; charset={label}").text == "a+AGI- \\u0041 北京"


@given(st.binary(max_size=400), st.none() | st.text(max_size=60))
def test_any_bytes_decode(body, content_type):
    decoded = decode(body, content_type)
    assert decoded.replaced == decoded.text.count("\ufffd")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_utf8_round_trips(text):
    assert decode(text.encode()).text == text.removeprefix("\ufeff")

"""Texts from outside fit one line and do nothing there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import LONGEST_LINK, http_link, language_of, one_line

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, ""),
        ("  听潮\n大模型 ", "听潮 大模型"),
        ("a\u2028b\u2029c\x0bd\x1ce\x85f\0g", "a b c d e f g"),
        ("a\ud800b", "a\ufffdb"),
        ("abc\u202egpj.exe\u2066x\u2069\u200f", "abcgpj.exex"),
        ("\ufeff听潮\u200b", "听潮"),
    ],
)
def test_one_line(text, line):
    assert one_line(text) == line


@given(ANY, st.integers(min_value=2, max_value=300))
def test_any_text_becomes_one_bounded_line_that_can_be_encoded(text, limit):
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert line == one_line(line, limit)
    line.encode()


def test_a_long_text_ends_with_an_ellipsis():
    assert one_line("长" * 5_000, 10) == "长" * 9 + "…"


@pytest.mark.parametrize(
    "url",
    ["https://news.example/1", "http://news.example:8080/a?b=c&d=%E4%B8%AD#e", "HTTPS://例子.example/新闻"],
)
def test_web_addresses_are_linked(url):
    assert http_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "https:javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//news.example/1",
        "https://",
        "https:///path",
        "https://news.example/\r\nx",
        "https://news.example/a b",
        'https://news.example/"onclick=x',
        "https://news.example\\@other.example/",
        "https://[::1",
        "https://news.example:99999/",
        "https://news.example/\u202egpj",
        "https://news.example/\ud800",
        "https://news.example/" + "a" * LONGEST_LINK,
    ],
)
def test_anything_else_is_not_linked(url):
    assert http_link(url) is None


@given(ANY)
def test_what_is_linked_is_always_of_the_web(text):
    for url in (text, f"https:{text}", f"http://{text}"):
        assert http_link(url) is None or url.lower().startswith(("http://", "https://"))


def test_language_of():
    assert (language_of("MiLM 大模型"), language_of("Lanxu's model")) == ("zh", "en")

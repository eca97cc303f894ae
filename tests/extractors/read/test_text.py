"""Parsed HTML to plain text: paragraphs, tables, and what must not pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from extractors.read.text import clean, fragment_text, shows_over


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>第一段。</p><p>第二段。</p>", "第一段。\n第二段。"),
        ("第一行<br>第二行<div>第三行</div>尾", "第一行\n第二行\n第三行\n尾"),
        ("<p>甲<b>公司</b>的<a href=x>模型</a></p>", "甲公司的模型"),
        ("<p>two   words\n\t and <i>more</i></p>", "two words and more"),
        ("<p>北京晨星\n   示例公司</p>", "北京晨星示例公司"),
        ("<p>\u3000\u3000首行缩进\u200b</p>", "首行缩进"),
        ("<ul><li>一<li>二</ul>", "一\n二"),
        ("<p>前</p><script>var a='<p>脚本</p>'</script><style>p{}</style><!-- 注 --><p>后</p>", "前\n后"),
        ("5 &lt; 6 &amp;&nbsp;7", "5 < 6 & 7"),
        ("只是文字", "只是文字"),
        ("", ""),
    ],
)
def test_text_is_what_a_reader_sees(html, text):
    assert fragment_text(html) == text


def test_a_table_row_is_a_line_with_its_empty_cells():
    head = "<caption>名单</caption><tr><th>序号</th><th>名称</th><th>单位</th></tr>"
    rows = (
        "<tr><td>1<td><td><p>甲</p><p>公司</p></tr><tr><td></td><td>乙</td><td>公司</td></tr><tr><td>3<td>丙<td></tr>"
    )
    assert fragment_text(f"<table>{head}{rows}</table>").split("\n") == [
        "名单",
        "序号 | 名称 | 单位",
        "1 |  | 甲 公司",
        " | 乙 | 公司",
        "3 | 丙",
    ]


def test_text_around_a_table_stays_in_place():
    assert fragment_text("<p>前</p><table><tr><td>a</td><td>b</td></tr></table>后") == "前\na | b\n后"


def test_a_table_that_lays_out_the_page_keeps_its_paragraphs():
    inner = "<table><tr><td>1</td><td>甲</td></tr></table>"
    html = f"<table><tr><td>栏目</td><td><p>一段。</p>{inner}<p>二段。</p></td></tr></table>"
    assert fragment_text(html) == "栏目\n一段。\n1 | 甲\n二段。"


def test_a_long_cell_is_an_article_and_no_datum():
    html = f"<table><tr><td>左栏</td><td><p>{'长' * 500}</p><p>末段</p></td></tr></table>"
    assert fragment_text(html).split("\n") == ["左栏", "长" * 500, "末段"]


def test_what_a_database_refuses_is_dropped():
    assert clean("甲\x00公司\ud800") == "甲公司"
    assert fragment_text("<p>甲\x00公司\ud800</p>") == "甲公司"


def test_deep_pages_do_not_exhaust_the_stack():
    assert fragment_text("<div>" * 900 + "<table><tr><td>" * 90 + "底") == "底"


@given(st.text(max_size=300))
def test_any_text_gives_clean_lines(text):
    found = fragment_text(text)
    assert "\x00" not in found
    assert not found or all(line.strip() for line in found.split("\n"))
    found.encode()


@pytest.mark.parametrize(
    ("html", "over"),
    [
        ("<p>一二三</p><p>四五 六</p>", True),
        ("<p>一二三</p><p>四五</p>", False),
        ("<p>一二三</p><script>var a = '四五六'</script>", False),
        ("<p>一二三 \u200b\u200b\u200b\n\n\n</p>", False),
        ("", False),
    ],
)
def test_a_page_shows_more_than_so_much(html, over):
    assert shows_over(LexborHTMLParser(html), 5) is over

"""Article pages: by a source's selectors, or by the generic reader."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.source import ArticleRules
from extractors.read.charset import decode
from extractors.read.guard import UnreadablePage
from extractors.read.html import language, read_article, read_carried, read_fragment
from extractors.read.listing import Link
from extractors.records import CHINA

FIRST = "示例市网信部门今日公布，本市又有两款生成式人工智能服务完成备案，至此累计达到四十款。"
SECOND = "其中，晨星大模型由北京晨星示例科技有限公司申报，江海问答由上海江海示例公司申报。"
ROW = "1 | 晨星大模型 | 北京晨星示例科技有限公司"
TABLE = "<table><tr><td>1</td><td>晨星大模型</td><td>北京晨星示例科技有限公司</td></tr></table>"
PAGE = f"""<html><head><title>两款服务完成备案_示例新闻网</title></head><body>
<div class="nav"><a href="/">首页</a> <a href="/a">新闻</a> <a href="/b">专题</a></div>
<h1>两款服务完成备案</h1><div class="info">2026年01月09日 15:30 来源：示例</div>
<div id="text"><p>{FIRST}</p><div class="ad">广告：买一送一</div><p>{SECOND}</p>{TABLE}</div>
<div class="foot"><a href="/c">关于我们</a> 版权所有</div></body></html>"""


def test_selectors_take_exactly_their_part():
    rules = ArticleRules(title=("h1",), body=("#none", "#text"), published=(".info",), drop=(".ad",))
    article = read_article(PAGE, "https://a.example/1", rules)
    assert article.title == "两款服务完成备案"
    assert article.text == f"{FIRST}\n{SECOND}\n{ROW}"
    assert article.published == datetime(2026, 1, 9, 15, 30, tzinfo=CHINA)
    assert (article.language, article.url) == ("zh", "https://a.example/1")


@pytest.mark.parametrize(
    "rules", [None, ArticleRules(body=("#redesigned",)), ArticleRules(body=(".info",), min_length=60)]
)
def test_the_generic_reader_takes_over_where_selectors_find_too_little(rules):
    article = read_article(PAGE, "https://a.example/1", rules)
    text = article.text.split("\n")
    assert {FIRST, SECOND, ROW} <= set(text)
    assert "首页" not in article.text and "版权所有" not in article.text
    assert article.title == "两款服务完成备案"
    assert article.published == datetime(2026, 1, 9, 15, 30, tzinfo=CHINA)


def test_the_generic_reader_keeps_a_short_notice():
    notice = "晨星大模型已通过备案，备案单位为示例公司。"
    head = "<title>公告</title></head><body><div><a href=/>首页</a></div><h1>公告</h1>"
    assert notice in read_article(f"<html><head>{head}<div><p>{notice}</p></div></body></html>", None).text


def test_a_text_too_long_for_an_article_is_refused_by_name():
    html = f"<html><body><div id=text>{'<p>' + FIRST * 30_000 + '</p>'}</div></body></html>"
    with pytest.raises(UnreadablePage, match="more than 1,000,000: not an article"):
        read_article(html, None, ArticleRules(body=("#text",)))
    with pytest.raises(UnreadablePage, match="not an article"):
        read_carried(Link("https://a.example/1", html=html))


def test_the_generic_reader_adds_no_marks_of_its_own():
    items = "<ul><li>晨星大模型</li><li>江海问答</li></ul>"
    html = f"<html><body><article><h2>名单</h2><p>{FIRST}</p>{items}<p>{SECOND}</p></article></body></html>"
    assert set(read_article(html, None).text.split("\n")) <= {"名单", FIRST, "晨星大模型", "江海问答", SECOND}


@pytest.mark.parametrize("html", ["", "<html><body></body></html>", "<p>太短</p>", "\x00", "<title>只有标题</title>"])
def test_a_page_without_an_article_is_unreadable(html):
    with pytest.raises(UnreadablePage, match=r"the body has \d+ characters, fewer than 20"):
        read_article(html, None)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>晨星大模型完成备案_示例网</title><h1>示例网</h1><h1>晨星大模型完成备案</h1>", "晨星大模型完成备案"),
        ("<title>示例网</title><meta property='og:title' content='晨星大模型 完成备案'>", "晨星大模型 完成备案"),
        ("<title>晨星大模型完成备案 - 示例网</title>", "晨星大模型完成备案"),
        ("<title>晨星 - 新闻 | 示例</title><h1>晨星大模型<br>完成备案</h1>", "晨星大模型 完成备案"),
        ("<title>GPT-4 rival is filed | Sample News</title>", "GPT-4 rival is filed"),
    ],
)
def test_the_title_is_the_articles_not_the_sites(head, title):
    assert read_article(f"<html>{head}<article><p>{FIRST}</p><p>{SECOND}</p></article></html>", None).title == title


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (FIRST, "zh"),
        ("ERNIE Bot 与 GPT-4 的对比", "zh"),
        ("The company 晨星 said that its chatbot had been filed with the regulator.", "en"),
        ("12345 …", None),
    ],
)
def test_language_by_script(text, wanted):
    assert language(text) == wanted


def test_a_carried_article_needs_no_page():
    published = datetime(2026, 1, 9, tzinfo=CHINA)
    link = Link("https://a.example/1", "题", published, f"<p>{FIRST}</p><p class=ad>广告</p>")
    article = read_carried(link, ArticleRules(drop=(".ad",)))
    assert (article.title, article.text, article.published) == ("题", FIRST, published)
    with pytest.raises(UnreadablePage, match="fewer than 20"):
        read_carried(Link("https://a.example/1", html="<p>阅读全文</p>"))


PIECES = (
    *("<p>", "</p>", "<div>", "<table>", "<tr>", "<td>", "</table>", "<a href='", "'>", "<!--", "-->", "<script>"),
    *("<svg>", "<template>", "<title>", "<h1>", "&#0;", "&#xD800;", "\x00", "2026年1月9日", "文字", "<body>"),
    '<meta property="og:title" content="',
)
MARKUP = st.lists(st.sampled_from(PIECES)).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300) | MARKUP.map(str.encode), st.none() | st.just(ArticleRules(body=("td", "p"), min_length=0))
)
def test_reading_raises_nothing_but_unreadable_page(body, rules):
    html = decode(body).text
    try:
        article = read_article(html, "https://a.example/1", rules)
    except UnreadablePage as error:
        assert str(error)
    else:
        (article.title + article.text).encode()
        assert "\x00" not in article.title + article.text
    read_fragment(html)

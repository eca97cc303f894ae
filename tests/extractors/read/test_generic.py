"""Pages that nobody wrote rules for: the two readers, and the choice between them."""

import pytest

from extractors.read.density import density_text
from extractors.read.generic import are_near, generic_text, is_better

PARAGRAPHS = [
    f"第{n}段：晨星科技有限公司的大模型通过了备案，公司表示产品将在近期向公众开放，具体安排会另行通知。"
    for n in range(6)
]
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
LINKS = (
    "<ul>"
    + "".join(f'<li><a href="/{n}.html">这里是另一篇与本文无关的文章的标题{n}</a></li>' for n in range(30))
    + "</ul>"
)
FEW = LINKS[: LINKS.index("<li>", 300)] + "</ul>"
COMMENT = "".join(
    f"<p>这是第{n}位读者的评论，写得很长，和文章的正文一样长，但是不是正文的一部分。</p>" for n in range(9)
)


def page(article: str) -> str:
    return f"""<html><head><title>示例</title><script>var text = "{"不是正文" * 500}";</script></head><body><nav>{LINKS}</nav>
    <div class="wrap"><div class="content">{article}</div><div class="side">{LINKS}</div></div>
    <div id="user-comments">{COMMENT}</div><footer>版权所有 示例网 请勿转载，转载请注明来源与作者</footer></body></html>"""


@pytest.mark.parametrize(
    "article",
    [
        BODY,
        f"<div class=inner>{BODY}</div>",
        "<br>".join(PARAGRAPHS),
        "".join(f"<div>{text}</div>" for text in PARAGRAPHS),
    ],
    ids=["paragraphs", "inner box", "line breaks", "boxes"],
)
def test_the_article_and_only_the_article(article):
    assert density_text(page(article)).split("\n") == PARAGRAPHS


@pytest.mark.parametrize("article", [BODY, f"<div class=inner>{BODY}</div>"])
def test_both_readers_together_find_a_plain_article(article):
    assert generic_text(page(article)).split("\n") == PARAGRAPHS


def test_a_list_of_links_in_the_article_is_left_out_but_a_list_of_names_is_not():
    names = "<ul>" + "".join(f"<li>第{n}家公司的一个服务，属地北京，备案时间三月</li>" for n in range(5)) + "</ul>"
    text = density_text(page(f"{BODY}<div>相关阅读{FEW}</div>{names}"))
    assert "无关" not in text
    assert text.endswith("第4家公司的一个服务，属地北京，备案时间三月")


def test_an_element_named_after_comments_that_holds_the_page_is_kept():
    html = f'<html><body><div class="has-comments"><div>{BODY}</div></div></body></html>'
    assert density_text(html).split("\n") == PARAGRAPHS


@pytest.mark.parametrize("html", ["", "<html></html>", "<body><a href=x>一二三</a></body>", "<nav>x</nav>"])
def test_a_page_without_text_gives_none(html):
    assert density_text(html) == ""


LINES = [f"第{n}行的内容有这么长，足够当作一段正文来看了" for n in range(10)]


def text(*numbers: int) -> str:
    return "\n".join(LINES[n] for n in numbers)


@pytest.mark.parametrize(
    ("second", "first", "better"),
    [
        (text(*range(10)), text(*range(7)), True),  # the first lost the end
        (text(*range(10)), text(*range(8)), False),  # a little more may be what stands around the article
        (text(*range(7)), text(*range(10)), True),  # the first took along what follows
        (text(*range(5)), text(*range(10)), False),  # half of it is gone
        (text(*range(3, 10)), text(*range(10)), False),  # the beginning is gone
        (text(5, 6, 7, 8, 9), text(0, 1, 2), False),  # another text
        (text(0), "", True),
        ("", text(0), False),
        ("", "", False),
    ],
)
def test_the_second_reading_is_taken_only_where_it_shows_the_same_article_better(second, first, better):
    assert is_better(second, first) is better


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (text(*range(10)), text(*range(10)), True),
        (text(*range(10)), text(*range(8)), True),
        (text(*range(8)), text(*range(10)), True),
        (text(*range(7)), text(*range(10)), False),
        (text(0), "", False),
        ("", "", False),
    ],
)
def test_two_readings_are_near_by_their_length(one, other, near):
    assert are_near(one, other) is near


def test_an_article_that_only_other_readers_find_is_found():
    items = "".join(f"<li>{line}</li>" for line in PARAGRAPHS)
    html = f"<html><body><aside><ul>{items}</ul></aside></body></html>"
    assert density_text(html) == ""
    assert generic_text(html).split("\n") == PARAGRAPHS

"""Pages that must not reach the parser, and pages that only look like success."""

import pytest

from extractors.read.guard import UnreadablePage, challenge, refuse_hostile
from extractors.read.html import read_article, read_fragment

FILLER = "<p>示例公司的模型已完成备案，本月起向公众开放，价格暂不调整。</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000,
        "<DIV class='x'>" * 50_000,
        "<div></x>" * 50_000,
        "<div a='</div>'>" * 50_000,
        "<div><!-- </div> -->" * 50_000,
        "".join(f"<div><b a={i}></div>" for i in range(50_000)),
        "<p>" + "<span>" * 50_000,
    ],
    ids=["divs", "with attributes", "strange ends", "ends in values", "ends in comments", "formatting", "spans"],
)
def test_a_page_of_endless_depth_is_refused(html):
    with pytest.raises(UnreadablePage, match=r"hostile: more than \d+ tags are open"):
        read_article(html + FILLER, None)


@pytest.mark.parametrize("attribute", [" a{}", "\na{}=1", ' a{}="x>y"', "\ta{}='>'", " a{} = b", "/a{}", 'a{}=""'])
def test_a_tag_of_endless_attributes_is_refused(attribute):
    html = "<p " + "".join(attribute.format(i) for i in range(50_000)) + ">"
    with pytest.raises(UnreadablePage, match=r"hostile: a <p> tag with more than \d+ attributes"):
        read_fragment(html + FILLER)


@pytest.mark.parametrize(
    "html",
    [
        "<p>" * 5_000 + "<br>" * 5_000 + "<li>" * 5_000,
        "<div><span>x</span></div>" * 20_000,
        "<table>" + "<tr><td>1<td>2" * 20_000,
        "<script>" + "'<div>'+" * 20_000 + "</script>",
        "<style>" + "<b>" * 20_000 + "</style>",
        "<!--" + "<div>" * 20_000 + "-->",
        "<p title='" + "a b " * 20_000 + "'>",
        f'<img src="data:image/png;base64,{"A=" * 100_000}">',
        "1 < 2 and " * 20_000,
    ],
    ids=["unclosed paragraphs", "many tags", "rows", "script", "style", "comment", "long value", "data", "less than"],
)
def test_large_honest_pages_pass(html):
    refuse_hostile(html)


@pytest.mark.parametrize(
    "html", ["<" * 500_000, "<a b='" * 100_000, "<!--" * 200_000, "<script>" * 100_000, "<a " + "= " * 500_000]
)
def test_broken_tags_cost_linear_time(html):
    """Quadratic cost would hang here, not fail."""
    try:
        refuse_hostile(html)
    except UnreadablePage as error:
        assert str(error).startswith("hostile")


CHALLENGES = [
    "<title>Just a moment...</title><body><script src='/cdn-cgi/challenge-platform/x.js'></script></body>",
    "<title>Attention Required! | Cloudflare</title><body><p>Please complete the security check.</p></body>",
    "<body><p>当前环境异常，完成验证后即可继续访问。</p><a>去验证</a></body>",
    "<title>安全验证</title><body>请拖动滑块完成拼图</body>",
    "<body>您的请求可能对网站造成威胁，请求已被拦截，事件编号 1</body>",
    "<html><script>var arg1='8A'; setCookie('acw_sc__v2', 'x')</script></html>",
    "<body><iframe src='/_Incapsula_Resource?x=1'></iframe>Request unsuccessful.</body>",
    "<title>Access Denied</title><body>You don't have permission to access this server.</body>",
]


@pytest.mark.parametrize("html", CHALLENGES)
def test_a_challenge_page_is_blocked_not_empty(html):
    with pytest.raises(UnreadablePage, match=r"^blocked: "):
        read_article(html, "https://a.example/1.htm")


def test_an_article_about_captchas_is_an_article():
    body = "<p>人机验证码正在变得越来越难，专家这样解释其中的原因。</p>" * 60
    html = f"<html><body><h1>安全验证为何变难</h1><article>{body}</article></body></html>"
    assert "人机验证" in read_article(html, None).text


def test_a_short_article_with_a_captcha_in_its_comment_form_is_no_challenge():
    assert challenge("<div class='g-recaptcha'></div>", "示例公司的模型今日完成备案。" * 20) is None

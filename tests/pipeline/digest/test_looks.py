"""The HTML of a mail: valid for a strict parser, readable for everybody in a real browser, wide or narrow."""

from dataclasses import replace
from datetime import timedelta

import html5lib
import pytest
from mail_samples import FULL, frame_full

from pipeline.digest.content import Digest
from pipeline.digest.render import environment, render
from pipeline.digest.wording import place, took

LANGUAGES = ("en", "zh", "both")


def full(language):
    return render(environment(), FULL, frame_full(), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digest", [FULL, Digest()], ids=["full", "empty"])
def test_the_html_is_valid(digest, language):
    html = render(environment(), digest, frame_full(), language).html
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(html)
    assert parser.errors == []
    assert 0 < html.encode().find(b'<meta charset="utf-8">') < 1_000, "a browser looks no further"
    assert html.count("<article ") == html.count("<h3 ")


def test_styles_are_attributes_and_rules_for_dark_and_narrow_stay():
    html = full("both").html
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 480px" in html
    assert '<h1 style="' in html
    assert "http://" not in html.replace("https://", ""), "nothing of it is loaded from elsewhere"


def test_all_that_is_told_leads_to_its_evidence():
    rendered = full("en")
    for id in range(1, 7):
        assert f'href="https://desk.example/approvals/{id}"' in rendered.html
        assert f"\n  Evidence: https://desk.example/approvals/{id}\n" in rendered.text
    assert "\n\n\n" not in rendered.text


def test_the_text_has_a_line_for_each_change():
    assert "\n  Status: confirmed (was reported)\n  Number: X-1 (new)\n" in full("en").text
    assert "状态: 已载（原为 据报道）" in full("zh").text
    assert "Status · 状态: confirmed · 已载 (was · 原为 reported · 据报道)" in full("both").text


@pytest.mark.parametrize(
    ("language", "line", "seen"),
    [
        ("en", "2026-03-05 · 3 new approvals; 1 cancelled; 1 correction; 1 amended", "Seen 12 min after publication"),
        ("zh", "2026-03-05 · 新增 3 项；注销 1 项；更正 1 项；补充 1 项", "发布后 12 分钟见到"),
    ],
    ids=["en", "zh"],
)
def test_the_head_counts_what_is_told_and_time_is_in_the_readers_words(language, line, seen):
    rendered = full(language)
    for body in (rendered.html, rendered.text):
        assert line in body
        assert seen in body


def test_the_chart_is_a_picture_with_words_and_bars_of_text():
    rendered = full("en")
    assert rendered.chart is not None
    assert rendered.chart.startswith(b"\x89PNG")
    assert len(rendered.chart) < 20_000
    assert 'alt="Approvals per month: 2026-02: 4, 2026-03: 12"' in rendered.html
    assert "2026-03  ████████████████████████ 12" in rendered.text


def test_both_bodies_tell_all_that_happened():
    rendered = full("en")
    for body in (rendered.html, rendered.text):
        for said in (
            "(was ",
            "Corrections",
            "Cancelled by the regulator",
            "held back as doubtful: 2",
            "Seen 12 min after",
        ):
            assert said in body
    assert rendered.subject.endswith("; 1 cancelled; 1 correction; 1 amended")


def test_time_is_rounded_up():
    spans = (timedelta(seconds=1), timedelta(minutes=119), timedelta(hours=3), timedelta(days=3, hours=1))
    assert [took(span, "en") for span in spans] == ["1 min", "119 min", "3 h", "4 d"]
    assert took(spans[2], "zh") == "3 小时"


def test_a_province_is_named_in_the_readers_language():
    assert [place("浙江", language) for language in LANGUAGES] == ["Zhejiang", "浙江", "Zhejiang · 浙江"]
    assert [place("某地", language) for language in LANGUAGES] == ["某地"] * 3
    assert "Province: Beijing\n" in full("en").text
    assert "属地: 北京\n" in full("zh").text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_and_nothing_is_cut_off(width, scheme):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    page_html = replace(full("both")).page
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page.set_content(page_html)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []
        finally:
            browser.close()

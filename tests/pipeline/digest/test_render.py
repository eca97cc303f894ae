"""A digest says everything that a reader needs, in the reader's language, and nothing that acts."""

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from quopri import decodestring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from config.settings import ConfigError, Settings
from extractors.records import Kind
from pipeline.digest.compose import compose
from pipeline.digest.content import MOST_ITEMS, digest_of, everything_new, item_of, selection
from pipeline.digest.mail import sender
from pipeline.digest.render import LARGEST, Frame, environment, render, render_within
from pipeline.digest.subject import SUBJECT, subject_of
from pipeline.export import RETYPED, RIGHTS
from storage.desk import Standing, Stated
from storage.records import Approval, CompanyRecord, Evidence, Origin

NOON = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
TEMPLATES = environment()
STANDINGS = (
    Standing(Kind.GENAI_FILING, {"confirmed": 117, "reported": 3, "held": 9}, Stated(346, "2025-03-31", None)),
    Standing(Kind.GENAI_REGISTRATION, {"reported": 1}, None),
)
FRAME = Frame("2026-03-05", STANDINGS, "https://desk.example/", "greenlit@desk.example")
EVIDENCE = Evidence(
    "1",
    "https://news.example/1",
    "新一批大模型通过备案",
    "测试新闻",
    NOON,
    "澜序科技的澜序大模型已通过备案。",
    0,
    16,
    Origin.LIVE,
    False,
)
APPROVAL = Approval(
    id=1,
    kind=Kind.GENAI_FILING,
    status="reported",
    company=CompanyRecord("lanxu", "澜序科技", "Lanxu Tech", ("澜序科技", "Lanxu Tech")),
    product="澜序大模型",
    product_names=("澜序大模型",),
    filing_no="Beijing-LanXu-202603030012",
    province="北京",
    authority="CAC",
    approved_on="2026-03-03",
    batch=4,
    scope=None,
    confidence=0.97,
    first_seen_at=NOON,
    articles=(EVIDENCE,),
)
LINKS = {"https://news.example/1", "https://desk.example/", "https://desk.example/approvals/1"}
HOSTILE = [
    "a\r\nBcc: victim@example.org\r\n\r\nbody",
    "line\u2028separator\u2029\x0b\x1c\x85",
    "lone \ud800 surrogate",
    "safe\u202egpj.exe",
    "长" * 5_000,
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}}{% raw %}${7*7}",
    "=?utf-8?q?a=0d=0aBcc:_victim@example.org?=",
    '" onmouseover="alert(1)" x=\'y\'',
    "\0\t\x1b[31m",
]


def shown(approvals):
    return digest_of(approvals, selection(everything_new(approvals)))


def said(*approvals, language="both", frame=FRAME):
    return render(TEMPLATES, shown(approvals), frame, language)


def mailed(rendered):
    return message_from_bytes(sent(rendered), policy=default)


def sent(rendered):
    settings = Settings(smtp_from="greenlit@desk.example")
    return compose(settings, "reader@example.org", "<1@desk.example>", rendered, NOON).as_bytes()


def subject_read_strictly(message):
    """The subject of a mail (bytes) by the letter of RFC 2047, 6.2: blanks between encoded words are no text."""
    (raw,) = re.findall(rb"^Subject: (.*?)\r\n(?![ \t])", message, re.M | re.S)
    line = raw.replace(b"\r\n", b"").decode("ascii")
    if not line.startswith("=?"):
        return line
    words = re.split(r"\s+", line)
    assert max(map(len, words)) <= 75
    return "".join(_word(*re.fullmatch(r"=\?utf-8\?([bq])\?([!-~]+)\?=", word).groups()) for word in words)


def _word(coding, text):
    return (b64decode(text, validate=True) if coding == "b" else decodestring(text, header=True)).decode()


def hostile(text):
    company = CompanyRecord(None, text, text, (text,))
    evidence = replace(EVIDENCE, title=text, quote=text, source=text)
    return replace(
        APPROVAL, company=company, product=text, filing_no=text, province=text, authority=text, articles=(evidence,)
    )


@pytest.mark.parametrize("part", ["html", "text"])
def test_both_bodies_say_everything_of_an_approval(part):
    body = getattr(said(APPROVAL), part)
    for expected in (
        *("澜序科技", "Lanxu Tech", "澜序大模型", "Beijing-LanXu-202603030012", "北京", "CAC", "2026-03-03", "4"),
        *("澜序科技的澜序大模型已通过备案。", "新一批大模型通过备案", "测试新闻", "https://news.example/1"),
        *("生成式人工智能服务备案", "Generative AI service filing", RIGHTS, "https://desk.example/"),
        *("120 known, of a stated total of 346 (2025-03-31)", "1 known; no stated total is known"),
    ):
        assert expected in body


def test_confirmed_and_reported_are_told_apart():
    reported, confirmed = said(APPROVAL), said(replace(APPROVAL, status="confirmed"))
    assert "not yet seen in an official list" in reported.text
    assert "Confirmed in an official list" not in reported.text
    assert "Confirmed in an official list" in confirmed.text
    assert "not yet seen" not in confirmed.text


def test_each_language_has_its_own_labels():
    english, chinese = said(APPROVAL, language="en").text, said(APPROVAL, language="zh").text
    assert "Number: Beijing" in english
    assert "备案号" not in english
    assert "备案号: Beijing" in chinese
    assert "Number" not in chinese
    assert RIGHTS not in chinese
    assert "并非官方名录" in chinese
    assert "Number · 备案号: Beijing" in said(APPROVAL).text


def test_a_quote_keeps_its_language_and_at_most_200_characters():
    long = replace(APPROVAL, articles=(replace(EVIDENCE, quote="审" * 300),))
    quote = LexborHTMLParser(said(long).html).css_first("blockquote")
    assert quote.attributes["lang"] == "zh"
    assert "审" * 199 + "…" in quote.text()
    assert "审" * 201 not in said(long).text


def test_only_what_may_be_told_and_has_evidence_is_in_it():
    for other in (
        replace(APPROVAL, status="held"),
        replace(APPROVAL, status="rejected"),
        replace(APPROVAL, articles=()),
    ):
        assert shown([other]).total == 0


def test_approvals_are_grouped_by_kind_and_the_newest_day_first():
    days = ["2026-03-01", "2026-03-03", None, "2026-03-01"]
    approvals = [replace(APPROVAL, id=n, approved_on=day) for n, day in enumerate(days)]
    approvals.append(replace(APPROVAL, id=9, kind=Kind.GENAI_REGISTRATION))
    groups = shown(list(reversed(approvals))).groups
    assert [(g.kind, g.day, [i.id for i in g.items]) for g in groups] == [
        (Kind.GENAI_FILING, "2026-03-03", [1]),
        (Kind.GENAI_FILING, "2026-03-01", [3, 0]),
        (Kind.GENAI_FILING, "", [2]),
        (Kind.GENAI_REGISTRATION, "2026-03-03", [9]),
    ]


def test_the_best_evidence_is_news_that_can_be_opened():
    background = replace(EVIDENCE, background=True, title="背景")
    unlinked = replace(EVIDENCE, url="javascript:alert(1)", title="无链接")
    item = item_of(replace(APPROVAL, articles=(background, unlinked, EVIDENCE)))
    assert (item.title, item.link, item.more) == (EVIDENCE.title, EVIDENCE.url, 2)


def test_a_company_without_an_english_name_gets_it_from_its_aliases():
    item = item_of(replace(APPROVAL, company=CompanyRecord("x", "澜序科技", None, ("澜序科技", "Lanxu"))))
    assert (item.chinese, item.english) == ("澜序科技", "Lanxu")


def test_a_company_that_is_not_named_is_said_so():
    nobody = replace(APPROVAL, company=CompanyRecord(None, None), product=None)
    assert "company not named" in said(nobody).text
    assert "company not named" in said(nobody, language="en").subject


def test_retyped_approvals_are_marked():
    retyped = replace(APPROVAL, articles=(replace(EVIDENCE, origin=Origin.SEED),))
    assert RETYPED in said(retyped).text
    assert RETYPED not in said(APPROVAL).text


def test_a_large_digest_is_cut_and_says_by_how_much():
    approvals = [replace(hostile("长" * 5_000), id=n) for n in range(MOST_ITEMS + 25)]
    told = everything_new(approvals)
    digest, rendered = render_within(TEMPLATES, lambda most: digest_of(approvals, selection(told, most)), FRAME, "both")
    shown = len(LexborHTMLParser(rendered.html).css("blockquote"))
    assert f"{75 - shown} more are not in this mail." in rendered.text
    assert (digest.total, digest.told, len(digest.news)) == (75, 75, shown)
    assert 10 < shown <= MOST_ITEMS
    assert len(rendered.html.encode()) <= LARGEST


def test_a_small_digest_says_nothing_of_a_remainder():
    assert "more are not in" not in said(APPROVAL).text


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Greenlit: 2 new approvals: Lanxu Tech 澜序大模型, Lanxu Tech 听潮"),
        ("zh", "Greenlit：新增 2 项：澜序科技 澜序大模型、澜序科技 听潮"),
        ("both", "Greenlit: 2 new approvals: 澜序科技 澜序大模型, 澜序科技 听潮"),
    ],
)
def test_the_subject_says_it_all(language, subject):
    assert said(APPROVAL, replace(APPROVAL, id=2, product="听潮"), language=language).subject == subject


def test_the_subject_is_bounded_and_shows_that_there_is_more():
    for count in (5, 7, 60):
        digest = shown([replace(APPROVAL, id=n, product=f"第{n}号大模型" * 5) for n in range(count)])
        for language in ("en", "zh", "both"):
            subject = subject_of(digest, language)
            assert len(subject) <= SUBJECT
            assert subject.endswith("…")
            assert str(count) in subject


def test_an_empty_digest_says_so():
    assert said().subject == "Greenlit: no new approvals"
    assert "No new approvals." in said().text


def test_a_mail_has_its_headers_and_both_bodies():
    message = mailed(said(APPROVAL))
    assert message["From"] == "Greenlit <greenlit@desk.example>"
    assert message["To"] == "reader@example.org"
    assert message["Subject"] == "Greenlit: 1 new approval: 澜序科技 澜序大模型"
    assert message["Date"].datetime == NOON
    assert message["Message-ID"] == "<1@desk.example>"
    assert message["List-Unsubscribe"] == "<mailto:greenlit@desk.example?subject=unsubscribe>"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_text(text):
    rendered = said(hostile(text))
    message = mailed(rendered)
    assert "Bcc" not in message
    assert message["To"] == "reader@example.org"
    assert message["Subject"].replace("= ?", "=?") == rendered.subject
    assert subject_read_strictly(sent(rendered)).replace("= ?", "=?") == rendered.subject
    assert len(rendered.subject) <= SUBJECT
    for body in (rendered.html, rendered.text):
        assert not set(body) & set("\u2028\x0b\x1c\x85\ud800\u202e\0\x1b")
    assert "\nBcc" not in rendered.text
    tree = LexborHTMLParser(rendered.html)
    assert tree.css("script, img, iframe, object, [onclick], [onerror], [onmouseover]") == []
    assert {a.attributes["href"] for a in tree.css("a")} == LINKS
    assert "49" not in tree.body.text() + rendered.text


def test_only_web_addresses_become_links():
    rendered = said(
        replace(APPROVAL, articles=(replace(EVIDENCE, url="javascript:alert(1)"),)), frame=replace(FRAME, desk="x:y")
    )
    assert LexborHTMLParser(rendered.html).css("a") == []
    assert "javascript:" not in rendered.html + rendered.text
    assert EVIDENCE.title in rendered.html


def test_nothing_is_loaded_from_elsewhere():
    tree = LexborHTMLParser(said(APPROVAL).html)
    assert tree.css("[src], link, script, [background]") == []
    assert "url(" not in tree.html


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=300), st.sampled_from(["en", "zh", "both"]))
def test_any_text_gives_a_mail_that_can_be_read_back(text, language):
    rendered = said(hostile(text), language=language)
    message = mailed(rendered)
    assert set(message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe"),
        *("MIME-Version", "Content-Type"),
    }
    assert message["To"] == "reader@example.org"
    assert subject_read_strictly(sent(rendered)) == rendered.subject.replace("=?", "= ?").strip()
    assert message.get_body(("html",)).get_content().count("<blockquote") <= 1
    assert max(map(len, message.as_bytes().split(b"\n"))) <= 998


@pytest.mark.parametrize("given", ["greenlit@desk.example", "The Desk <greenlit@desk.example>"])
def test_the_sender_may_have_a_name(given):
    assert sender(Settings(smtp_from=given)).addr_spec == "greenlit@desk.example"


@pytest.mark.parametrize("given", ["", "greenlit", "@desk.example", "a b@desk.example", "greenlit@"])
def test_a_sender_that_is_no_address_is_named(given):
    with pytest.raises(ConfigError, match="GREENLIT_SMTP_FROM"):
        sender(Settings(smtp_from=given))

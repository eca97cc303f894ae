"""Text as it should not come: nothing crashes, time grows as the text does, and what is said can be found in it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.companies import load_companies
from extractors.lines import facts_to_line
from extractors.read.prefilter import Prefilter
from extractors.records import Article, Facts
from extractors.training.invent import company, product
from extractors.understand import Analyst
from extractors.understand.names import product_key

SAID = "蓝鲸智语的“拾光”大模型完成生成式人工智能服务备案。"
ENGLISH = "The regulator said Bluewhale's Shiguang model completed its generative AI filing in May. "
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    analyst = Analyst.of(load_companies())
    analyst.facts(Article("", SAID))
    return analyst


def checked(analyst: Analyst, text: str, title: str = "") -> Facts:
    """The facts of a text; every quote stands at its offsets, and every fact makes a line."""
    article = Article(title, text, published=datetime(2025, 6, 3, 4, tzinfo=UTC))
    facts = analyst.facts(article)
    for fact in (*facts.approvals, *facts.revocations):
        assert fact.quote == text[fact.start : fact.end]
        assert fact.quote.strip()
    facts_to_line("x", facts)
    for ruling in analyst.explain(article):
        assert ruling.text == text[ruling.start : ruling.end]
    return facts


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n\n", "\x00", "。", "“”", "：\n：", "□■#", "\ufeff", "备案大模型", "\ud800"]
)
def test_little_or_nothing_tells_nothing(analyst: Analyst, text: str) -> None:
    assert checked(analyst, text).approvals == ()
    assert checked(analyst, "", title=text).approvals == ()


@pytest.mark.parametrize("char", ["好", "9", "z", "\ud800"])
def test_five_megabytes_of_one_character_tell_nothing(analyst: Analyst, char: str) -> None:
    text = char * (5 * MEGABYTE // len(char.encode("utf-8", "surrogatepass")))
    assert not analyst.facts(Article("", text)).relevant


@pytest.mark.parametrize(
    "char", ["好", "“", "：", "9", "一", "A", ".", " ", "\n", "|", "—", "（", "\x00", "\ud800", "□", "\u202e"]
)
def test_one_character_over_and_over_is_no_name(analyst: Analyst, char: str) -> None:
    assert checked(analyst, "生成式大模型备案\n" + char * 9_000).approvals == ()


def test_a_statement_is_read_beside_a_long_line_of_one_character(analyst: Analyst) -> None:
    facts = checked(analyst, "好" * 50_000 + "\n" + SAID)
    assert [product_key(fact.product or "") for fact in facts.approvals] == ["拾光"]


def test_two_megabytes_of_digits_and_hyphens_hold_no_number(analyst: Analyst) -> None:
    digits = "".join(random.Random(7).choices("0123456789--", k=2 * MEGABYTE))
    assert not analyst.facts(Article("", digits)).relevant
    assert checked(analyst, "大模型备案公告\n" + digits[:100_000]).approvals == ()


@pytest.mark.parametrize(
    "text",
    [
        SAID.replace("拾光", "拾\ud800光"),
        "\x00" + SAID + "\x00",
        SAID + "\ud83d",
        "\u202e" + SAID + "\u202c",
        "\u2066" + SAID + "\u2069",
        "Это предложение. " + SAID + " هذه جملة。これは文です。",
        SAID.replace("完成", "已于２０２５年５月１２日完成"),
    ],
)
def test_a_statement_is_read_through_odd_characters(analyst: Analyst, text: str) -> None:
    assert len(checked(analyst, text).approvals) == 1


def test_full_width_digits_are_digits(analyst: Analyst) -> None:
    facts = checked(
        analyst,
        SAID.replace("完成", "于２０２５年５月１２日完成").replace(
            "。", "，编号Ｂｅｉｊｉｎｇ－ＳｈｉＧｕａｎｇ－２０２５０５１２０００１。"
        ),
    )
    assert [fact.date for fact in facts.approvals] == ["2025-05-12"]
    assert facts.approvals[0].filing_no == "Ｂｅｉｊｉｎｇ－ＳｈｉＧｕａｎｇ－２０２５０５１２０００１"


def test_without_a_day_of_publication_no_date_is_guessed(analyst: Analyst) -> None:
    text = "5月12日，" + SAID + "昨日，" + SAID.replace("拾光", "星槎")
    facts = analyst.facts(Article("", text))
    assert len(facts.approvals) == 2
    assert {fact.date for fact in facts.approvals} == {None}


def test_an_absolute_date_needs_no_day_of_publication(analyst: Analyst) -> None:
    facts = analyst.facts(Article("", "2025年5月12日，" + SAID))
    assert [fact.date for fact in facts.approvals] == ["2025-05-12"]


PIECES = st.sampled_from(
    [SAID, ENGLISH, "备案", "登记", "大模型", "、", "和", "“", "”", "：", "；", "\n", "\t", "|", "——", "（", "）", "1. ", "网信算备",
     "Beijing-X-202505120001", "已获批", "未通过", "5月", "第三批", "12款", "有限公司", "\u202e", "\ud800", "\x00", "Ltd", "'s "]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("".join), st.text(max_size=20))
def test_any_mixture_is_read_without_a_crash(text: str, title: str) -> None:
    checked(ANALYST, text, title)


ANALYST = Analyst.of(load_companies(), "rules")


def repeated(piece: str) -> Callable[[int], str]:
    return lambda size: "生成式大模型备案名单\n" + piece * (size // len(piece))


def of_names(line: Callable[[random.Random, int], str], end: str = "\n") -> Callable[[int], str]:
    """A text of so many characters whose every line has names of its own."""

    def text(size: int) -> str:
        chance, lines, long = random.Random(3), [], 0
        while long < size:
            lines.append(line(chance, len(lines)))
            long += len(lines[-1])
        return "以下生成式人工智能服务完成备案：\n" + end.join(lines)

    return text


def told(chance: random.Random, n: int) -> str:
    return f"{company(chance)}的“{product(chance)}”于3月{n % 28 + 1}日完成生成式人工智能服务备案。"


def row(chance: random.Random, n: int) -> str:
    return f"{n}\t{company(chance)}\t{product(chance)}\t网信算备{110000000000000000000 + n}号\t2025年3月{n % 28 + 1}日"


GROWING = {
    **{repr(piece): repeated(piece) for piece in ("好", "“", "：", "9", "一", "A", ". ", "—", "（", "、", "1. ", "|", "\n", " ")},
    "digits and hyphens": repeated("20250512-0001-"),
    "heads of numbers": repeated("Beijing-A-"),
    "keys": repeated("算法名称：甲；"),
    "cues": repeated("未完成备案，"),
    "English": repeated(ENGLISH),
    "lines of names": of_names(told),
    "one line of names": of_names(told, ""),
    "enumerations": of_names(lambda chance, n: f"{company(chance)}“{product(chance)}”" + ("、" if n % 20 else "完成备案。"), ""),
    "items": of_names(lambda chance, n: f"{n}. {product(chance)}——{company(chance)}；"),
    "rows": of_names(row),
}  # fmt: skip


@pytest.mark.parametrize("kind", GROWING)
def test_time_grows_as_the_text_does(analyst: Analyst, kind: str) -> None:
    """Four times the text takes about four times the process time; a quadratic step would take sixteen."""
    small, large = (GROWING[kind](size) for size in (6_000, 24_000))
    assert spent(analyst, large) < 9 * spent(analyst, small) + 0.05


def spent(analyst: Analyst, text: str) -> float:
    """The lesser process seconds of two readings."""
    article = Article("生成式人工智能服务备案名单", text, published=datetime(2025, 6, 3, 4, tzinfo=UTC))
    return min(timed(lambda: analyst.facts(article)) for _ in range(2))


def timed(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


@pytest.mark.parametrize(
    "body", [b"<" * MEGABYTE, b"<a " * MEGABYTE, b" " * MEGABYTE, b"\xff" * MEGABYTE, b"\x00" * MEGABYTE]
)
def test_the_prefilter_stops_large_bodies_of_nothing(body: bytes) -> None:
    assert not Prefilter().may_matter(body)

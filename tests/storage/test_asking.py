"""Is it approved? yes, reported, no or ambiguous, as of a day, and how complete a no is."""

from __future__ import annotations

from datetime import date

import pytest
from readings import NOON, fact, reading

from extractors.records import Claim, CompanyName, Kind, RevocationFact
from extractors.understand.lexicon import Lexicon
from storage.articles import save
from storage.asking import Answer, Verdict, ask
from storage.database import Database
from storage.desk import standings
from storage.records import Policy

NUMBER = "Beijing-WenXinYiYan-202308310001"
GONE = RevocationFact(CompanyName(None, "青禾", ("青禾",)), "禾苗", Kind.GENAI_FILING, "青禾", 0, 2, date="2026-03-20")


@pytest.fixture(autouse=True)
def held(database: Database, lexicon: Lexicon) -> None:
    said = [
        reading("list", fact("百度", "文心一言", id="baidu", filing_no=NUMBER, date="2023-08-31"),
                url="https://gov.example/list", register=True),
        reading("news", fact("百度", "文心一言", id="baidu"), url="https://news.example/1"),
        reading("more", fact("百度", "灵境", id="baidu", date="2026-03"), url="https://news.example/2",
                batches=(Claim(Kind.GENAI_FILING, cumulative=346, date="2025-03-31"),)),
        reading("one", fact("小米", "天工", id="xiaomi"), url="https://news.example/3"),
        reading("two", fact("蓝鲸智语", "天工"), url="https://news.example/4"),
        reading("doubt", fact("海棠", "棠音", confidence=0.4), url="https://news.example/5"),
        reading("filed", fact("青禾", "禾苗", date="2026-03-01"), url="https://news.example/6"),
        reading("unnamed page", fact("石榴科技", "石榴")),
        reading("gone", GONE, url="https://news.example/7"),
    ]  # fmt: skip
    for one in said:
        with database.write() as session:
            save(session, one, lexicon, Policy())


@pytest.fixture
def answer(database: Database, lexicon: Lexicon):
    def asked(name: str, as_of: date | None = None) -> Answer:
        with database.read() as session:
            return ask(session, name, lexicon, standings(session), as_of)

    return asked


@pytest.mark.parametrize(
    ("name", "verdict", "page"),
    [
        ("文心一言", "yes", "https://gov.example/list"),
        ("ERNIE Bot", "yes", "https://gov.example/list"),
        ("文心一言大模型", "yes", "https://gov.example/list"),
        (NUMBER.lower(), "yes", "https://gov.example/list"),
        ("百度", "yes", "https://gov.example/list"),
        ("北京百度网讯科技有限公司", "yes", "https://gov.example/list"),
        ("百度 灵境", "reported", "https://news.example/2"),
        ("天工", "ambiguous", None),
        ("小米/天工", "reported", "https://news.example/3"),
        ("棠音", "ambiguous", "https://news.example/5"),
        ("禾苗", "no", "https://news.example/6"),
        ("无此名", "no", None),
        ("蓝鲸", "ambiguous", None),
        ("藍鯨", "ambiguous", None),
        ("文心一", "ambiguous", None),
        ("wenxinyi", "ambiguous", None),
        ("2023083100", "ambiguous", None),
        ("蓝", "no", None),
        ("wen", "no", None),
        ("棠", "no", None),
        ("石榴", "reported", "unnamed page"),
    ],
)
def test_a_name_has_one_answer_and_its_page(answer, name: str, verdict: str, page: str | None) -> None:
    said = answer(name)
    assert (said.verdict, said.page) == (verdict, page), said.detail


def test_a_no_says_how_complete_the_register_is(answer) -> None:
    assert "5 genai_filing of 346 stated by 2025-03-31" in answer("无此名").detail
    assert "cancelled" in answer("禾苗").detail
    assert "and 1 more" in answer("百度").detail


def test_as_things_stood_on_a_day(answer) -> None:
    assert answer("文心一言", date(2023, 8, 30)).verdict is Verdict.NO
    assert answer("文心一言", date(2023, 8, 31)).verdict is Verdict.YES
    assert answer("禾苗", date(2026, 3, 5)).verdict is Verdict.REPORTED
    assert answer("禾苗", date(2026, 3, 20)).verdict is Verdict.NO
    assert answer("小米", NOON.date()).verdict is Verdict.REPORTED
    assert answer("小米", date(2026, 3, 1)).verdict is Verdict.NO
    assert answer("文心一", date(2023, 8, 30)).verdict is Verdict.NO


def test_part_of_a_name_says_what_it_is_a_part_of(answer) -> None:
    said = answer("蓝鲸")
    assert "蓝鲸智语 天工" in said.detail and len(said.others) == 1

"""Search by parts of words, on both databases: the same things are found, whatever script or spacing was asked in."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import NOON, fact, reading
from sqlalchemy import select
from versions import go_back

from extractors.records import Kind
from extractors.understand.lexicon import Lexicon
from storage.articles import save
from storage.database import Database
from storage.desk import SHOWN, find
from storage.records import Origin, Policy
from storage.schema import upgrade
from storage.search import What, fold, rebuild, refs, words
from storage.tables import SearchText

NUMBER = "Haidong-JingYu-202603010007"
READINGS = [
    reading("a", fact("海东蓝鲸智语科技有限公司", "鲸语", filing_no=NUMBER), text="蓝鲸智语的“鲸语”完成备案。"),
    reading("b", fact("Baidu", "ERNIE Bot", id="baidu"), text="Baidu said its ERNIE Bot was cleared."),
    reading("c", fact("青禾", "禾苗", kind=Kind.GENAI_REGISTRATION), text="青禾的禾苗完成登记，𠮷祥。"),
    reading("old", text="旧闻", published=NOON.replace(year=2024)),
]


@pytest.fixture(params=["sqlite", "postgres"])
def held(request: pytest.FixtureRequest, lexicon: Lexicon) -> Database:
    opened: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    for one in READINGS:
        with opened.write() as session:
            save(session, one, lexicon, Policy())
    return opened


def products(database: Database, question: str) -> list[str | None]:
    with database.read() as session:
        return sorted(approval.product or "" for approval in find(session, text=question).approvals)


def titles(database: Database, what: What, question: str) -> list[str]:
    with database.read() as session:
        found = refs(session, what, question, 10)
        texts = select(SearchText.text).where(SearchText.what == what.value, SearchText.ref.in_(found))
        return sorted(session.scalars(texts))


def test_both_databases_find_the_same(held: Database) -> None:
    asked = {
        "鲸": ["鲸语"],
        "鲸语": ["鲸语"],
        "鯨語": ["鲸语"],
        "蓝鲸智语科技": ["鲸语"],
        "藍鯨 鲸语": ["鲸语"],
        "語科": ["鲸语"],
        "百度": ["ERNIE Bot"],
        "ernie-bot": ["ERNIE Bot"],
        "ＥＲＮＩＥ": ["ERNIE Bot"],
        "nie": ["ERNIE Bot"],
        "b": ["ERNIE Bot"],
        "文心一言": [],
        NUMBER: ["鲸语"],
        "202603010007": ["鲸语"],
        "jingyu-2026": ["鲸语"],
        "Haidong‐JingYu": ["鲸语"],
        "07": ["鲸语"],
        "鲸 禾": [],
        "鲸歌": [],
        "%": [],
        "' OR 1": [],
        '"*"': [],
        "": ["ERNIE Bot", "禾苗", "鲸语"],
    }
    assert {question: products(held, question) for question in asked} == asked


def test_companies_and_articles_are_found(held: Database) -> None:
    assert len(titles(held, What.COMPANY, "百度")) == 1
    assert titles(held, What.COMPANY, "网讯") == titles(held, What.COMPANY, "baidu")
    assert titles(held, What.ARTICLE, "𠮷") == ["titleofc\n青禾的禾苗完成登记𠮷祥"]
    assert titles(held, What.ARTICLE, "旧闻") == []
    assert titles(held, What.ARTICLE, "title old") == ["titleofold"]


def test_articles_come_the_newest_first(held: Database) -> None:
    with held.read() as session:
        assert refs(session, What.ARTICLE, "title", 10) == ["3", "2", "1", "4"]
        assert refs(session, What.ARTICLE, "title", 2) == ["3", "2"]


def test_what_changes_is_found_by_what_it_says_now(held: Database, lexicon: Lexicon) -> None:
    with held.write() as session:
        save(session, reading("a", fact("蓝鲸智语", "鲸歌"), text="更正：应为“鲸歌”。"), lexicon, Policy())
    assert (products(held, "鲸语"), products(held, "鲸歌")) == ([], ["鲸歌"])
    assert titles(held, What.ARTICLE, "完成备案") == []
    assert len(titles(held, What.ARTICLE, "应为")) == 1


def test_a_company_that_is_made_one_with_another_is_found_once(held: Database, lexicon: Lexicon) -> None:
    with held.write() as session:
        save(session, reading("d", fact("蓝鲸集团", "鲸歌")), lexicon, Policy())
    with held.write() as session:
        both = ("蓝鲸集团", "海东蓝鲸智语科技有限公司")
        save(session, reading("e", fact("蓝鲸集团", "鲸诗", names=both)), lexicon, Policy())
    assert len(titles(held, What.COMPANY, "蓝鲸")) == 1
    assert products(held, "蓝鲸集团") == ["鲸歌", "鲸诗", "鲸语"]


def test_the_index_is_made_anew(held: Database) -> None:
    with held.write() as session:
        assert rebuild(session) == session.query(SearchText).count()
    assert products(held, "鲸语") == ["鲸语"]


def test_a_database_of_before_can_be_searched(held: Database) -> None:
    before = {q: (products(held, q), titles(held, What.ARTICLE, q)) for q in ("鲸", "鲸语", "ernie", "2026030")}
    with held.read() as session:
        texts = set(session.scalars(select(SearchText.text).where(SearchText.what == "article")))
    go_back(held, "0006")
    assert upgrade(held.engine) == "0006"
    assert {q: (products(held, q), titles(held, What.ARTICLE, q)) for q in before} == before
    with held.read() as session:
        assert set(session.scalars(select(SearchText.text).where(SearchText.what == "article"))) == texts


LETTERS = st.text(st.sampled_from("鲸语鯨語aB-１ \n'\"*%_\\𠮷é"), max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=LETTERS, question=LETTERS)
def test_what_is_found_is_what_holds_every_word(database: Database, lexicon: Lexicon, said: str, question: str) -> None:
    one = reading("x", fact("甲", "乙"), text=said, origin=Origin.IMPORT)
    with database.write() as session:
        save(session, one, lexicon, Policy())
    holds = [any(word in fold(line) for line in (one.article.title, said)) for word in words(question)]
    with database.read() as session:
        found = refs(session, What.ARTICLE, question, 10)
    assert bool(found) is (bool(holds) and all(holds))


def test_only_shown_statuses_are_found_unasked(held: Database) -> None:
    with held.read() as session:
        assert find(session, text="鲸语", statuses=("held",)).total == 0
        assert find(session, text="鲸语", statuses=SHOWN).total == 1

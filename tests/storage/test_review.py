"""What waits for a person, as far as articles contradict each other."""

from __future__ import annotations

from readings import NOON, fact, reading

from extractors.understand.lexicon import Lexicon
from storage import deciding
from storage.articles import save
from storage.database import Database
from storage.deciding import By
from storage.records import Policy, Reading
from storage.review import Topic, counts, questions

NUMBER = "Haidong-JingYu-20260301"


def contradictions(database: Database, lexicon: Lexicon, *readings: Reading) -> list[str]:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, Policy())
    with database.read() as session:
        found = [question.detail for question in questions(session, Topic.CONFLICT)]
        assert counts(session)[Topic.CONFLICT] == len(found)
    return found


def test_two_articles_that_give_another_day_or_company_are_a_question(database: Database, lexicon: Lexicon) -> None:
    first = reading("a", fact("蓝鲸智语", "鲸语", date="2026-03-01", filing_no=NUMBER))
    second = reading("b", fact("云杉科技", "鲸语", date="2026-02-11", filing_no=NUMBER))
    assert contradictions(database, lexicon, first, second) == [
        "date: 2026-03-01 in one article, 2026-02-11 in another; company: 蓝鲸智语 in one article, 云杉科技 in another"
    ]
    with database.write() as session:
        deciding.confirm(session, 1, By("ana", "seen on the page", NOON), Policy())
    assert contradictions(database, lexicon) == []


def test_two_numbers_of_one_service_are_a_question(database: Database, lexicon: Lexicon) -> None:
    first = reading("a", fact("蓝鲸智语", "鲸语", filing_no=NUMBER))
    second = reading("b", fact("云杉科技", "云图", filing_no="Haidong-YunTu-20260301"))
    assert contradictions(database, lexicon, first, second) == []
    with database.write() as session:
        deciding.merge(session, [1, 2], By("ana", "one service", NOON), Policy())
    assert contradictions(database, lexicon) == []  # somebody decided about it


def test_what_is_less_exact_or_said_in_passing_contradicts_nothing(database: Database, lexicon: Lexicon) -> None:
    told = (
        reading("a", fact("蓝鲸智语", "鲸语", date="2026-03")),
        reading(
            "b",
            fact("北京蓝鲸智语科技有限公司", "鲸语", date="2026-03-05", names=("北京蓝鲸智语科技有限公司", "蓝鲸智语")),
        ),
        reading("c", fact("蓝鲸智语", "鲸语", date="2025-12-01", background=True)),
    )
    assert contradictions(database, lexicon, *told) == []

"""Storing articles: one row each, one transaction, and the approvals that follow."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import NOON, fact, reading
from sqlalchemy import func, select

from extractors.records import CHINA, CompanyName, Kind, Page, RevocationFact
from extractors.understand.lexicon import Lexicon
from pipeline.export import write_lines
from storage import queries
from storage.articles import save
from storage.database import Database, open_database
from storage.desk import find, standings
from storage.records import Approval, Origin, Policy, Reading, Stored
from storage.tables import OutboxItem, StoredArticle, StoredMention, StoredPage
from storage.warc import body_of

POLICY = Policy()
NUMBER = "Beijing-LanJingZhiYu-202603010001"


def put(database: Database, lexicon: Lexicon, *readings: Reading) -> list[Stored]:
    stored = []
    for one in readings:
        with database.write() as session:
            stored.append(save(session, one, lexicon, POLICY))
    return stored


def held(database: Database) -> list[Approval]:
    with database.read() as session:
        return list(queries.approvals(session))


def exported(database: Database) -> list[dict]:
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    for row in rows:
        for key in ("id", "first_seen_at"):
            del row[key]
        del row["company"]["id"]
        row["company"]["names"].sort()
        row["articles"].sort(key=lambda a: (a["id"], a["quote"]))
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def test_the_same_article_twice_is_stored_once(database: Database, lexicon: Lexicon) -> None:
    one = reading("a", fact(product="鲸语"))
    assert [s.outcome for s in put(database, lexicon, one, one)] == ["new", "known"]
    assert len(held(database)) == 1


def test_an_article_is_known_by_its_canonical_url(database: Database, lexicon: Lexicon) -> None:
    first = reading("a", fact(product="鲸语"), url="https://news.example/1?utm_source=x", text="one")
    again = reading("b", fact(product="鲸语"), url="https://news.example/1", text="one")
    put(database, lexicon, first, again)
    with database.read() as session:
        assert session.scalar(select(func.count(StoredArticle.id))) == 1


def test_other_text_under_the_same_id_is_a_new_edition(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语")))
    stored = put(database, lexicon, reading("a", fact(product="鲸歌"), text="corrected"))
    assert stored[0].outcome == "edition"
    assert [a.product for a in held(database)] == ["鲸歌"]


def test_an_edition_without_the_fact_takes_its_approval_away(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语"), origin=Origin.IMPORT), reading("a", text="withdrawn"))
    assert held(database) == []


def test_three_outlets_tell_of_one_approval(database: Database, lexicon: Lexicon) -> None:
    put(
        database,
        lexicon,
        reading("zh", fact("蓝鲸智语", "鲸语")),
        reading(
            "legal",
            fact("北京蓝鲸智语科技有限公司", "鲸语", names=("北京蓝鲸智语科技有限公司", "蓝鲸智语"), filing_no=NUMBER),
        ),
        reading("en", fact("LanJing AI", None, names=("LanJing AI", "蓝鲸智语"))),
    )
    (approval,) = held(database)
    assert {a.id for a in approval.articles} == {"zh", "legal", "en"}
    assert (approval.filing_no, approval.product) == (NUMBER, "鲸语")
    assert {"LanJing AI", "蓝鲸智语"} <= set(approval.company.names)


def test_a_product_of_two_names_is_one(database: Database, lexicon: Lexicon) -> None:
    put(
        database,
        lexicon,
        reading("a", fact("百度", "文心一言", id="baidu")),
        reading("b", fact("Baidu", "ERNIE Bot", id="baidu")),
    )
    assert len(held(database)) == 1


def test_a_second_number_for_the_same_product_is_a_second_approval(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语", filing_no=NUMBER)))
    put(database, lexicon, reading("b", fact(product="鲸语", filing_no="Beijing-JingYu-202603020002")))
    assert len(held(database)) == 2


def test_spellings_of_one_number_are_one_and_a_damaged_one_is_no_key(database: Database, lexicon: Lexicon) -> None:
    wide = NUMBER.lower().replace("-", "－")
    put(
        database,
        lexicon,
        reading("a", fact(product="甲", filing_no=NUMBER)),
        reading("b", fact("乙公司", None, filing_no=wide)),
    )
    put(database, lexicon, reading("c", fact("丙公司", "丙", filing_no="Beijing-")))
    assert sorted(len(a.articles) for a in held(database)) == [1, 2]


def test_the_shape_of_a_number_settles_an_open_kind(database: Database, lexicon: Lexicon) -> None:
    number = "Beijing-JingYu-202603020002S0003"
    put(database, lexicon, reading("a", fact(product="鲸语", filing_no=number, kind=Kind.UNSPECIFIED)))
    assert held(database)[0].kind is Kind.GENAI_REGISTRATION


def test_a_merged_id_leads_to_its_heir(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact("蓝鲸智语", "鲸语")), reading("b", fact("LanJing AI", "鲸语")))
    former = [a.id for a in held(database)]
    assert len(former) == 2
    put(database, lexicon, reading("c", fact("蓝鲸智语", "鲸语", names=("蓝鲸智语", "LanJing AI"))))
    (approval,) = held(database)
    with database.read() as session:
        assert {queries.approval(session, id).id for id in former} == {approval.id}


def test_a_cancellation_revokes_by_number(database: Database, lexicon: Lexicon) -> None:
    gone = RevocationFact(CompanyName(None, None), None, Kind.GENAI_FILING, "注销", 0, 2, filing_no=NUMBER)
    put(database, lexicon, reading("a", fact(product="鲸语", filing_no=NUMBER)), reading("b", gone))
    assert held(database)[0].status == "revoked"


def test_news_goes_to_the_outbox_once(database: Database, lexicon: Lexicon) -> None:
    stored = put(database, lexicon, reading("a", fact(product="鲸语")), reading("b", fact(product="鲸语")))
    assert [len(s.news) for s in stored] == [1, 0]


@pytest.mark.parametrize(
    "one",
    [
        reading("backfill", fact(product="鲸语"), origin=Origin.BACKFILL),
        reading("first", fact(product="鲸语"), origin=Origin.FIRST_RUN),
        reading("import", fact(product="鲸语"), origin=Origin.IMPORT),
        reading("background", fact(product="鲸语", background=True)),
        reading("unsure", fact(product="鲸语", confidence=0.5)),
        reading("dated", fact(product="鲸语", date="2025-12-01")),
        reading("vague month", fact(product="鲸语", date="2025-12")),
        reading("told long ago", fact(product="鲸语"), published=NOON - timedelta(days=61)),
    ],
    ids=lambda one: one.article.id,
)
def test_history_is_not_news(database: Database, lexicon: Lexicon, one: Reading) -> None:
    assert put(database, lexicon, one)[0].news == ()


def test_news_of_what_history_knew_is_not_news(database: Database, lexicon: Lexicon) -> None:
    old = reading("old", fact(product="鲸语"), origin=Origin.BACKFILL, seen_at=NOON - timedelta(days=1))
    assert put(database, lexicon, old, reading("new", fact(product="鲸语")))[1].news == ()


def test_a_second_story_frees_what_was_held_and_tells_it(database: Database, lexicon: Lexicon) -> None:
    unsure = fact(product="鲸语", confidence=0.5)
    stored = put(database, lexicon, reading("a", unsure), reading("b", unsure, text="told by somebody else"))
    assert [len(s.news) for s in stored] == [0, 1]


def test_an_irrelevant_page_keeps_headers_and_hash_only(database: Database, lexicon: Lexicon) -> None:
    page = Page("https://n.example/1", "https://n.example/1", 200, (("a", "b"),), b"<html>", NOON, "hash")
    put(database, lexicon, reading("a", page=page), reading("b", fact(product="鲸语"), page=page))
    with database.read() as session:
        bodies = list(session.scalars(select(StoredPage.record).order_by(StoredPage.id)))
        texts = list(session.scalars(select(StoredArticle.text).order_by(StoredArticle.id)))
    assert (bodies[0], body_of(bodies[1] or b"")) == (None, b"<html>")
    assert texts == ["", "text of b"]


def test_nul_and_lone_surrogates_are_stored_at_the_same_offsets(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语"), text="a\0b\ud800c"))
    with database.read() as session:
        assert session.scalars(select(StoredArticle.text)).one() == "a\ufffdb\ufffdc"


def test_a_failure_in_the_middle_stores_nothing(database: Database, lexicon: Lexicon) -> None:
    class Crash(Exception):
        pass

    with pytest.raises(Crash), database.write() as session:
        save(session, reading("a", fact(product="鲸语")), lexicon, POLICY)
        raise Crash
    with database.read() as session:
        for table in (StoredArticle, StoredMention, OutboxItem):
            assert session.scalar(select(func.count()).select_from(table)) == 0


NAMES = ["蓝鲸智语", "北京蓝鲸智语科技有限公司", "LanJing AI", "青禾"]


@st.composite
def articles(draw: st.DrawFn) -> list[Reading]:
    rows = []
    for n in range(draw(st.integers(2, 6))):
        facts = []
        for _ in range(draw(st.integers(1, 2))):
            names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
            facts.append(
                fact(
                    names[0],
                    draw(st.sampled_from([None, "鲸语", "鲸歌"])),
                    names=tuple(names),
                    filing_no=draw(st.sampled_from([None, None, NUMBER])),
                    date=draw(st.sampled_from([None, "2026-03", "2026-03-02", "2025-06"])),
                    kind=draw(st.sampled_from([Kind.GENAI_FILING, Kind.GENAI_REGISTRATION, Kind.UNSPECIFIED])),
                )
            )
        rows.append(reading(f"a{n}", *facts))
    return rows


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(articles(), st.randoms(use_true_random=False))
def test_imports_in_any_order_and_twice_give_the_same_export(
    tmp_path: Path, lexicon: Lexicon, rows: list[Reading], dice: random.Random
) -> None:
    shuffled = rows + rows
    dice.shuffle(shuffled)
    results = []
    for n, order in enumerate((rows, shuffled)):
        file = tmp_path / f"{n}.db"
        file.unlink(missing_ok=True)
        database = open_database(f"sqlite:///{file}")
        put(database, lexicon, *order)
        results.append(exported(database))
        database.close()
    assert results[0] == results[1]


def test_an_edition_that_repeats_a_fact_keeps_its_approval_and_tells_nothing_anew(database, lexicon) -> None:
    (first,) = put(database, lexicon, reading("a", fact(product="鲸语")))
    (second,) = put(database, lexicon, reading("a", fact(product="鲸语"), text="one comma corrected"))
    assert (second.outcome, second.approvals, second.news) == ("edition", first.approvals, ())


def test_an_edition_about_another_company_leads_nobody_astray(database, lexicon) -> None:
    """The edition's mention may get the row id of the one it replaces: it is another fact all the same."""
    (told,) = put(database, lexicon, reading("c", fact("丙公司", "三号")))
    put(database, lexicon, reading("c", fact("丁公司", "四号"), text="all wrong, sorry"))
    with database.read() as session:
        former = queries.approval(session, told.approvals[0])
        assert (former.company.name, former.status) == ("丙公司", "rejected")
        assert [a.company.name for a in queries.approvals(session)] == ["丁公司"]


def test_an_id_is_never_used_again(database, lexicon) -> None:
    (gone,) = put(database, lexicon, reading("a", fact(product="鲸语"), origin=Origin.IMPORT))
    put(database, lexicon, reading("a", text="withdrawn"))
    (fresh,) = put(database, lexicon, reading("b", fact("青禾", "禾苗")))
    assert fresh.approvals[0] > gone.approvals[0]


def test_what_was_told_is_not_told_again_after_a_merge(database, lexicon) -> None:
    unsure = fact("LanJing AI", "鲸语", confidence=0.5)
    stored = put(
        database,
        lexicon,
        reading("a", fact("蓝鲸智语", "鲸语")),
        reading("b", unsure),
        reading("c", unsure, text="text of b"),
    )
    assert [len(s.news) for s in stored] == [1, 0, 0]
    (merged,) = put(database, lexicon, reading("d", fact("蓝鲸智语", "鲸语", names=("蓝鲸智语", "LanJing AI"))))
    assert (merged.news, merged.approvals) == ((), stored[0].news)


def test_a_merged_id_whose_heir_lost_all_support_is_held_nowhere(database, lexicon) -> None:
    put(database, lexicon, reading("a", fact("蓝鲸智语", "鲸语")), reading("b", fact("LanJing AI", "鲸语")))
    put(database, lexicon, reading("c", fact("蓝鲸智语", "鲸语", names=("蓝鲸智语", "LanJing AI"))))
    put(database, lexicon, *(reading(key, text="withdrawn") for key in "abc"))
    with database.read() as session:
        assert list(queries.approvals(session)) == []
        assert find(session).total == 0
        assert sum(sum(s.counts.values()) for s in standings(session)) == 0


@pytest.mark.parametrize("urls", [(None, "https://n.example/1"), ("https://n.example/1", None)])
def test_one_id_with_and_without_a_url_is_one_article(database, lexicon, urls) -> None:
    put(database, lexicon, *(reading("a", fact(product="鲸语"), url=url, text="same") for url in urls))
    with database.read() as session:
        assert session.scalars(select(StoredArticle.key)).all() == ["https://n.example/1"]


def test_one_id_under_two_urls_is_two_articles(database, lexicon) -> None:
    put(database, lexicon, *(reading("a", fact(product="鲸语"), url=f"https://n.example/{n}") for n in (1, 2)))
    with database.read() as session:
        assert session.scalar(select(func.count(StoredArticle.id))) == 2


def test_what_came_first_as_background_is_no_news(database, lexicon) -> None:
    old = reading("a", fact(product="鲸语", background=True))
    assert [s.news for s in put(database, lexicon, old, reading("b", fact(product="鲸语")))] == [(), ()]

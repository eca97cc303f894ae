"""Companies by review: one is another, goes by a name, is to be known; and all of it can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from readings import NOON, fact, reading
from sqlalchemy import select

from config.companies import CompanyEntry, load_companies
from extractors.understand.lexicon import Lexicon
from pipeline.curated import with_curated, write
from storage import curating, queries
from storage.articles import read_anew, save
from storage.database import Database
from storage.deciding import By, CannotDecide
from storage.records import Policy, Reading
from storage.tables import StoredArticle
from storage.undoing import undo

POLICY = Policy()
BY = By("ana", "looked up", NOON)


def put(database: Database, lexicon: Lexicon, *readings: Reading) -> None:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, POLICY)


def held(database: Database) -> set[tuple[str | None, str | None, int]]:
    """Company, product and number of articles of each approval."""
    with database.read() as session:
        return {(a.company.id, a.product, len(a.articles)) for a in queries.approvals(session)}


def id_of(database: Database, name: str) -> str:
    with database.read() as session:
        return curating.company(session, name).id


def take_back(database: Database) -> None:
    with database.write() as session:
        assert undo(session, None, author="ana", at=NOON, policy=POLICY) is not None


LEGAL = reading("legal", fact("北京蓝鲸智语科技有限公司", "鲸语"))
BRAND = reading("brand", fact("LanJing AI", "鲸语"))


def test_two_companies_that_are_one_have_one_approval_and_the_old_id_leads_on(
    database: Database, lexicon: Lexicon
) -> None:
    put(database, lexicon, LEGAL, BRAND)
    before, legal, brand = (
        held(database),
        id_of(database, LEGAL.facts.approvals[0].company.name),
        id_of(database, "LanJing AI"),
    )
    assert len(before) == 2
    with database.write() as session:
        curating.merge(session, brand, legal, BY, POLICY)
    assert held(database) == {(legal, "鲸语", 2)}
    assert id_of(database, brand) == legal
    put(database, lexicon, reading("later", fact("LanJing AI", "鲸语")))
    assert held(database) == {(legal, "鲸语", 3)}
    take_back(database)
    assert held(database) == {(legal, "鲸语", 1), (brand, "鲸语", 2)}


def test_a_company_of_the_lexicon_may_be_another(database: Database, lexicon: Lexicon) -> None:
    put(
        database,
        lexicon,
        reading("a", fact("百度", "灵境", id="baidu")),
        reading("b", fact("小米", "灵境", id="xiaomi")),
    )
    before = held(database)
    with database.write() as session:
        curating.merge(session, "baidu", "xiaomi", BY, POLICY)
    put(database, lexicon, reading("c", fact("百度", "灵境", id="baidu")))
    assert held(database) == {("xiaomi", "灵境", 3)}
    take_back(database)
    assert before != held(database) == {("baidu", "灵境", 2), ("xiaomi", "灵境", 1)}


def test_an_alias_leads_to_its_company_and_one_that_is_taken_is_refused(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, LEGAL, BRAND)
    legal = id_of(database, "北京蓝鲸智语科技")
    with database.write() as session:
        curating.alias(session, legal, "鲸智", BY)
        with pytest.raises(CannotDecide, match="companies merge"):
            curating.alias(session, legal, "LanJing AI", BY)
        with pytest.raises(CannotDecide, match="known already"):
            curating.alias(session, legal, "鲸智", BY)
        with pytest.raises(CannotDecide, match="no company nobody"):
            curating.alias(session, "nobody", "x", BY)
    put(database, lexicon, reading("c", fact("鲸智", "鲸歌")))
    assert (legal, "鲸歌", 1) in held(database)


def test_a_company_that_was_met_is_known_by_an_id_of_its_own_and_goes_into_the_lexicon(
    database: Database, lexicon: Lexicon, tmp_path: Path
) -> None:
    put(database, lexicon, LEGAL)
    met = id_of(database, "北京蓝鲸智语科技")
    with database.write() as session:
        curating.curate(session, met, BY, POLICY, new_id="lanjing", zh="蓝鲸智语", en="LanJing AI")
    assert held(database) == {("lanjing", "鲸语", 1)}
    with database.read() as session:
        path = write(tmp_path, curating.reviewed(session))
        assert curating.company(session, met).origin == "curated"
    (entry,) = load_companies(path)
    assert (entry.id, entry.name_zh, entry.name_en) == ("lanjing", "蓝鲸智语", "LanJing AI")
    assert entry.legal_names == ("北京蓝鲸智语科技有限公司",)
    put(database, Lexicon.build(with_curated((), tmp_path)), reading("c", fact("蓝鲸智语", "鲸语", id="lanjing")))
    assert held(database) == {("lanjing", "鲸语", 2)}
    take_back(database)
    assert held(database) == {(met, "鲸语", 2)}
    with database.write() as session:
        curating.curate(session, met, BY, POLICY, new_id="lanjing")
    assert held(database) == {("lanjing", "鲸语", 2)}


def test_names_that_reviewers_gave_a_known_company_are_added_to_those_that_it_has(
    database: Database, lexicon: Lexicon, tmp_path: Path
) -> None:
    put(database, lexicon, reading("a", fact("百度", "灵境", id="baidu")), reading("b", fact('度"小\\满', "灵犀")))
    with database.write() as session:
        curating.alias(session, "baidu", "百度飞桨", BY)
        curating.merge(session, id_of(database, '度"小\\满'), "baidu", BY, POLICY)
    with database.read() as session:
        write(tmp_path, curating.reviewed(session))
    (entry,) = with_curated([CompanyEntry("baidu", "百度", "Baidu", products=(("文心一言",),))], tmp_path)
    assert set(entry.aliases) == {"百度飞桨", '度"小\\满'}
    assert entry.products == (("文心一言",),)


def test_a_taken_id_and_a_known_company_are_refused(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, LEGAL, reading("a", fact("百度", "灵境", id="baidu")))
    with database.write() as session:
        with pytest.raises(CannotDecide, match="another company"):
            curating.curate(session, id_of(database, "北京蓝鲸智语科技"), BY, POLICY, new_id="baidu")
        with pytest.raises(CannotDecide, match="in the lexicon already"):
            curating.curate(session, "baidu", BY, POLICY)
        with pytest.raises(CannotDecide, match="one company already"):
            curating.merge(session, "baidu", "百度", BY, POLICY)


BOTH = reading("both", fact("蓝鲸智语", "鲸语", names=("蓝鲸智语", "云杉科技")))


def test_companies_that_a_text_united_wrongly_are_split_and_no_text_unites_them_again(
    database: Database, lexicon: Lexicon
) -> None:
    cedar = reading("cedar", fact("云杉科技", "云图"))
    put(database, lexicon, BOTH, cedar)
    whole = id_of(database, "云杉科技")
    assert whole == id_of(database, "蓝鲸智语")
    with database.write() as session:
        curating.split(session, whole, ["云杉科技"], BY, POLICY)
    whale, other = id_of(database, "蓝鲸智语"), id_of(database, "云杉科技")
    assert whale == whole != other
    assert held(database) == {(whale, "鲸语", 1), (other, "云图", 1)}
    put(database, lexicon, reading("again", fact("云杉科技", "云图", names=("云杉科技", "蓝鲸智语"))))
    with database.write() as session:
        for key, one in (("both", BOTH), ("cedar", cedar)):
            id = session.scalars(select(StoredArticle.id).where(StoredArticle.external_id == key)).one()
            read_anew(session, id, one, lexicon, POLICY)
    assert held(database) == {(whale, "鲸语", 1), (other, "云图", 2)}
    take_back(database)
    assert held(database) == {(whole, "鲸语", 1), (whole, "云图", 2)}
    assert id_of(database, other) == whole


def test_a_split_names_some_of_the_names(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, BOTH)
    whole = id_of(database, "云杉科技")
    for names, why in ((["云杉科技", "蓝鲸智语"], "would keep no name"), (["鲸歌"], "is no name of")):
        with pytest.raises(CannotDecide, match=why), database.write() as session:
            curating.split(session, whole, names, BY, POLICY)

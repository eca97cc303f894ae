"""What the desk asks: standings against stated totals, and a search that pages."""

from datetime import timedelta

import pytest
from telling import NOON, database_at, fact, tell

from extractors.records import Claim, Kind
from pipeline.digest.labels import tally
from storage.desk import Stated, find, standings

FILING, REGISTRATION = Kind.GENAI_FILING, Kind.GENAI_REGISTRATION


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    yield opened
    opened.close()


def found(database, text="", **options):
    with database.read() as session:
        return [approval.product for approval in find(session, text=text, **options).approvals]


def test_standings_count_by_kind_and_status(database):
    tell(
        database,
        fact("甲", "一号"),
        fact("乙", "二号", confidence=0.5),
        fact("丙", "三号", kind=REGISTRATION),
    )
    with database.read() as session:
        filing, registration = standings(session)
    assert (filing.kind, filing.counts, filing.told, filing.stated) == (FILING, {"reported": 1, "held": 1}, 1, None)
    assert (registration.kind, registration.counts, registration.told) == (REGISTRATION, {"reported": 1}, 1)


def test_an_empty_register_has_no_standings(database):
    with database.read() as session:
        assert standings(session) == ()


def test_the_newest_stated_total_counts_and_of_one_day_the_largest(database):
    for n, (cumulative, date) in enumerate(
        [(302, "2024-12-31"), (346, "2025-03-31"), (40, "2024-01"), (12, "2025-03-31")]
    ):
        url = f"https://news.example/{n}"
        tell(database, url=url, title=f"第{n}篇", claims=(Claim(FILING, cumulative=cumulative, date=date),))
    tell(database, url="https://news.example/9", title="又一篇", claims=(Claim(REGISTRATION, count=9),))
    with database.read() as session:
        (filing,) = standings(session)
    assert filing.stated == Stated(346, "2025-03-31", "https://news.example/1")


def test_a_provinces_total_is_not_the_countrys_and_more_than_stays_more_than(database):
    tell(database, claims=(Claim(FILING, cumulative=128, date="2026-03-05", place="浙江"),))
    country = Claim(FILING, cumulative=700, date="2026-03-01", place="全国", at_least=True)
    tell(database, url="https://news.example/2", title="又一篇", claims=(country,))
    with database.read() as session:
        (filing,) = standings(session)
    assert filing.stated == Stated(700, "2026-03-01", "https://news.example/2", at_least=True)
    assert tally(filing, "en") == "0 known, of a stated total of more than 700 (2026-03-01)"


def test_a_total_without_a_date_is_of_the_articles_day(database):
    tell(database, claims=(Claim(FILING, cumulative=400),))
    with database.read() as session:
        (filing,) = standings(session)
    assert filing.stated == Stated(400, "2026-03-05", "https://news.example/1")


def test_search_by_company_product_and_number(database):
    tell(
        database,
        fact("澜序科技", "澜序大模型", names=("澜序科技", "Lanxu Tech"), filing_no="Beijing-LanXu-202603030012"),
        fact("潮汐智能", "听潮", filing_no="网信算备110105123456701230017号", kind=Kind.DEEP_SYNTHESIS_FILING),
    )
    for text in ("澜序科技", "lanxu", "LANXU TECH", "序大模", "beijing-lanxu", "0303001", "ｌａｎｘｕ", "  澜序 "):
        assert found(database, text) == ["澜序大模型"]
    for text in ("潮汐", "听潮", "网信算备 1101", "110105123456701230017"):
        assert found(database, text) == ["听潮"]
    for text in ("%", "_", "nobody", "'; DROP TABLE approvals; --"):
        assert found(database, text) == []


def test_filters_by_kind_and_status(database):
    tell(database, fact("甲", "一号"), fact("乙", "二号", confidence=0.5), fact("丙", "三号", kind=REGISTRATION))
    assert found(database, kind=REGISTRATION) == ["三号"]
    assert found(database, statuses=("held",)) == ["二号"]
    assert sorted(found(database)) == ["一号", "三号"]


def test_the_newest_comes_first_and_an_undated_one_by_its_article(database):
    old = NOON - timedelta(days=900)
    tell(database, fact("甲", "旧闻", date=None), url="https://news.example/old", at=old)
    tell(database, fact("乙", "新", date="2026-03-03"), fact("丙", "中", date="2025"), url="https://news.example/new")
    assert found(database) == ["新", "中", "旧闻"]


def test_pages_hold_everything_once(database):
    tell(database, *(fact(f"公司{n}", f"产品{n}") for n in range(7)))
    with database.read() as session:
        pages = [find(session, offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    assert {page.total for page in pages} == {7}
    assert [len(page.approvals) for page in pages] == [3, 3, 1, 0]
    assert len({a.id for page in pages for a in page.approvals}) == 7

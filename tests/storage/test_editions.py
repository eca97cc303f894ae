"""Official lists in the database: what they confirm, whatever came first, on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from itertools import permutations

import pytest
from official_lists import CANCELLED, DEEP, FILED_2025, as_docx
from readings import NOON, fact, reading
from registry import rows
from sqlalchemy import select

from extractors.records import CHINA, Kind
from extractors.registers.reading import ListContext, read_register
from extractors.understand.lexicon import Lexicon
from pipeline.export import write_lines
from storage import queries
from storage.articles import save
from storage.database import Database
from storage.editions import IMPORTED, ListFile, save_edition
from storage.records import Origin, Policy, Stored
from storage.tables import Company, StoredEdition

LEGAL = "杭州海棠语音科技有限公司"
NUMBER = "Zhejiang-TangYin-202603050001"
ROW = {
    "serial": "1", "province": "浙江省", "product": "棠音大模型", "company": LEGAL, "filing_no": NUMBER,
    "date": "2026/3/5", "role": "服务提供者", "app": "--", "purpose": "--", "remark": "",
}  # fmt: skip
Step = Callable[[Database, Lexicon], Stored]


def listed(
    *tables: object, name: str = "备案信息（2026年3月）", source: str = "cac", origin: Origin = Origin.LIVE
) -> Step:
    body = as_docx(list(tables))
    url = f"https://register.example/{hashlib.sha256(name.encode()).hexdigest()[:8]}.docx"

    def store(database: Database, lexicon: Lexicon) -> Stored:
        file = ListFile(
            source, name, hashlib.sha256(body).hexdigest(), read_register(body, name, ListContext()), NOON, origin,
            url=None if source == IMPORTED else url,
        )  # fmt: skip
        with database.write() as session:
            return save_edition(session, file, lexicon, Policy())

    return store


def told(key: str, *facts: object) -> Step:
    def store(database: Database, lexicon: Lexicon) -> Stored:
        with database.write() as session:
            return save(session, reading(key, *facts), lexicon, Policy())

    return store


REGISTER = listed((FILED_2025, [ROW]))
SHORT_NAME = told("news", fact("海棠语音", "棠音", date="2026-03", province="杭州"))
WITH_NUMBER = told("other", fact("海棠语音", "棠音", filing_no=NUMBER.lower(), date="2026-03-04"))
CANCELLATION = listed((CANCELLED, [ROW]), name="注销公告")


def exported(database: Database) -> list[str]:
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for line in lines:
        line["id"] = line["company"]["id"] = line["first_seen_at"] = None
        line["company"]["names"].sort()
    return sorted(json.dumps(line, sort_keys=True, ensure_ascii=False) for line in lines)


def fresh(path, name: str) -> Database:
    from storage.database import open_database

    return open_database(f"sqlite:///{path / name}.db")


def test_the_register_confirms_and_completes_what_the_news_said(database, lexicon) -> None:
    for step in (SHORT_NAME, REGISTER):
        step(database, lexicon)
    with database.read() as session:
        (one,) = queries.approvals(session)
    assert (one.status, one.filing_no, one.approved_on, one.province) == ("confirmed", NUMBER, "2026-03-05", "浙江")
    assert (one.company.name, one.product) == (LEGAL, "棠音大模型")
    assert "海棠语音" in one.company.names


@pytest.mark.parametrize("cancelled", [False, True])
def test_news_first_or_register_first_gives_the_same_approvals(tmp_path, lexicon, cancelled: bool) -> None:
    steps = [SHORT_NAME, WITH_NUMBER, REGISTER, *([CANCELLATION] if cancelled else [])]
    outcomes = set()
    for n, order in enumerate(permutations(steps)):
        database = fresh(tmp_path, str(n))
        for step in (*order, *order):
            step(database, lexicon)
        outcomes.add(tuple(exported(database)))
        database.close()
    assert len(outcomes) == 1
    (lines,) = outcomes
    assert [json.loads(line)["status"] for line in lines] == ["revoked" if cancelled else "confirmed"]


def test_a_known_company_keeps_its_identity_under_a_legal_name_that_is_not_known(database, lexicon) -> None:
    told("news", fact("小米", "MiLM", id="xiaomi"))(database, lexicon)
    listed((FILED_2025, [{**ROW, "product": "MiLM大模型", "company": "北京小米移动软件有限公司"}]))(database, lexicon)
    with database.read() as session:
        (one,) = queries.approvals(session)
    assert (one.status, one.company.id) == ("confirmed", "xiaomi")


def test_a_company_that_a_list_discovers_serves_resolution_at_once(database, lexicon) -> None:
    REGISTER(database, lexicon)
    told("news", fact(LEGAL, None, date="2026-03-05"))(database, lexicon)
    with database.read() as session:
        (one,) = queries.approvals(session)
        assert [c.origin for c in session.scalars(select(Company))] == ["discovered"]
    assert len(one.articles) == 2


def test_one_product_name_of_two_firms_stays_two(database, lexicon) -> None:
    told("news", fact("青禾数据", "棠音"))(database, lexicon)
    REGISTER(database, lexicon)
    with database.read() as session:
        assert sorted(a.status for a in queries.approvals(session)) == ["confirmed", "reported"]


def test_an_official_cancellation_of_a_number_in_two_series_revokes_both(database, lexicon) -> None:
    from official_lists import ALGORITHM

    number = rows(DEEP, 1)[0]["filing_no"]
    one = {**ROW, "filing_no": number}
    listed((DEEP, [one]), name="深度合成服务算法备案清单")(database, lexicon)
    listed((ALGORITHM, [one]), name="互联网信息服务算法备案清单")(database, lexicon)
    listed((CANCELLED, [one]), name="注销公告")(database, lexicon)
    with database.read() as session:
        assert [(a.kind, a.status) for a in queries.approvals(session)] == [
            (Kind.DEEP_SYNTHESIS_FILING, "revoked"),
            (Kind.ALGORITHM_FILING, "revoked"),
        ]


def test_a_row_that_returns_is_as_it_was(database, lexicon) -> None:
    two = rows(FILED_2025, 2)
    for table in (two, two[:1], two):
        listed((FILED_2025, table))(database, lexicon)
    with database.read() as session:
        found = list(session.scalars(select(StoredEdition).order_by(StoredEdition.id)))
        assert [len(e.changes["vanished"]) if e.changes else None for e in found] == [None, 1, 0]
        assert [len(e.changes["added"]) if e.changes else None for e in found] == [None, 0, 0]
        assert len(list(queries.approvals(session))) == 2


def test_a_list_from_disk_is_an_edition_and_two_of_one_name_may_be_two_lists(database, lexicon) -> None:
    def on_disk(table: list[dict[str, str]]) -> Step:
        return listed((FILED_2025, table), source=IMPORTED, origin=Origin.IMPORT)

    edited = rows(FILED_2025, 3)
    edited[0]["company"] = "改名后的科技有限公司"
    first, other, second = on_disk(rows(FILED_2025, 3)), on_disk(rows(FILED_2025, 3, first=50)), on_disk(edited)
    outcomes = [step(database, lexicon).outcome for step in (first, other, second, first, second)]
    assert outcomes == ["new", "new", "edition", "known", "known"]
    with database.read() as session:
        found = list(session.scalars(select(StoredEdition).order_by(StoredEdition.id)))
        assert [(e.number, e.current) for e in found] == [(1, False), (1, True), (2, True)]
        assert len(list(queries.approvals(session))) == 6


def test_nothing_of_a_first_run_is_news_and_what_a_list_gains_later_is(database, lexicon) -> None:
    first, more = rows(FILED_2025, 2), {**rows(FILED_2025, 1, first=3)[0], "date": "2026/3/2"}
    assert listed((FILED_2025, first), origin=Origin.FIRST_RUN)(database, lexicon).news == ()
    renamed = [{**first[0], "company": "改名后的科技有限公司", "date": "2026/3/3"}, first[1]]
    stored = listed((FILED_2025, [*renamed, more]))(database, lexicon)
    with database.read() as session:
        assert [a.filing_no for a in queries.approvals_by_id(session, stored.news)] == [more["filing_no"]]


def test_postgres_holds_the_same_editions(tmp_path, postgres, lexicon) -> None:
    other, ours = postgres, fresh(tmp_path, "ours")
    changed = [replace_product(row) for row in rows(FILED_2025, 30)[1:]]
    steps = [
        listed((FILED_2025, rows(FILED_2025, 30)), (DEEP, rows(DEEP, 30))),
        SHORT_NAME,
        REGISTER,
        listed((FILED_2025, changed), (DEEP, rows(DEEP, 30))),
        CANCELLATION,
    ]
    for database in (other, ours):
        for step in (*steps, *steps[-2:]):
            step(database, lexicon)
    assert exported(other) == exported(ours)
    with other.read() as one, ours.read() as two:
        seen = [
            [(e.name, e.number, e.rows, e.changes) for e in session.scalars(select(StoredEdition))]
            for session in (one, two)
        ]
    assert sorted(map(repr, seen[0])) == sorted(map(repr, seen[1]))
    ours.close()


def replace_product(row: dict[str, str]) -> dict[str, str]:
    return {**row, "product": row["product"] + "二代"} if row["serial"] == "7" else row


def test_a_stored_row_is_what_was_read(database, lexicon) -> None:
    from storage.editions import row_of
    from storage.tables import StoredRow

    body = as_docx([(DEEP, rows(DEEP, 20)), (FILED_2025, rows(FILED_2025, 20))])
    read = read_register(body, "x", ListContext())
    file = ListFile("cac", "x", "0" * 64, read, NOON, Origin.LIVE, url="https://register.example/x")
    with database.write() as session:
        save_edition(session, file, lexicon, Policy())
        stored = session.scalars(select(StoredRow).order_by(StoredRow.ordinal))
        assert tuple(row_of(row) for row in stored) == tuple(replace(row) for row in read.rows)


def test_a_company_that_a_list_discovers_enters_the_lexicon_by_review_with_its_products(
    database, lexicon, tmp_path
) -> None:
    from config.companies import load_companies
    from pipeline.curated import write
    from storage import curating
    from storage.deciding import By

    REGISTER(database, lexicon)
    with database.read() as session:
        assert list(curating.reviewed(session)) == []
    with database.write() as session:
        curating.curate(session, LEGAL, By("ana", "looked up", NOON), Policy(), new_id="haitang")
    with database.read() as session:
        path = write(tmp_path, curating.reviewed(session))
    (entry,) = load_companies(path)
    assert (entry.id, entry.names, entry.products) == ("haitang", (LEGAL,), (("棠音大模型",),))
    assert Lexicon.build([entry]).product_owner("棠音大模型") == "haitang"

"""Each field names what supports it, what says otherwise, and the rule that chose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from readings import NOON, fact, reading

from extractors.records import Kind, Page
from extractors.understand.lexicon import Lexicon
from storage import queries
from storage.articles import save
from storage.database import Database
from storage.provenance import FieldRecord, provenance
from storage.records import Origin, Policy, Reading
from storage.tables import StoredApproval

NUMBER = "Haidong-JingYu-202603010007"


def fields(database: Database, lexicon: Lexicon, *readings: Reading) -> dict[str, FieldRecord]:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, Policy())
    with database.read() as session:
        (approval,) = queries.approvals(session)
    return {field.name: field for field in provenance(approval)}


def ids(field: FieldRecord) -> list[str]:
    return [one.id for one in field.support]


def test_every_field_names_its_mentions(database: Database, lexicon: Lexicon) -> None:
    page = Page("https://n.example/1", "https://n.example/1", 200, (), b"<html>", NOON, "5" * 64)
    said = fields(
        database,
        lexicon,
        reading("a", fact(product="鲸语", filing_no=NUMBER), page=page),
        reading("b", fact(product="鲸语", date="2026-03"), text="another text"),
    )
    assert {name: (field.value, ids(field), field.rule) for name, field in said.items()} == {
        "kind": ("genai_filing", ["a", "b"], "agreed"),
        "company": ("蓝鲸智语", ["a", "b"], "agreed"),
        "product": ("鲸语", ["a", "b"], "agreed"),
        "filing_no": (NUMBER, ["a"], "agreed"),
        "approved_on": ("2026-03", ["b"], "agreed"),
    }
    (first,) = said["filing_no"].support
    assert (first.quote, first.start, first.end, first.source) == ("蓝鲸智语", 0, 4, "test")
    assert (first.page_sha256, first.seen_at, len(first.story or "")) == ("5" * 64, NOON, 12)


@pytest.mark.parametrize(
    ("chosen", "other", "rule"),
    [
        ({"register": True}, {}, "register"),
        ({}, {"background": True}, "foreground"),
        ({"confidence": 0.99}, {"confidence": 0.95}, "surest"),
        ({"origin": Origin.IMPORT}, {"origin": Origin.SHADOW}, "watched"),
        ({"date": "2026-03-01"}, {"date": "2026-03-02"}, "first"),
    ],
    ids=["register", "foreground", "surest", "watched", "first"],
)
def test_what_says_otherwise_stays_visible_with_the_rule(
    database: Database, lexicon: Lexicon, chosen: dict, other: dict, rule: str
) -> None:
    readings = []
    for id, known, day in (("yes", chosen, "2026-03-01"), ("no", other, "2026-03-02")):
        ways = {name: known[name] for name in ("register", "origin") if name in known}
        about = {name: known[name] for name in ("background", "confidence") if name in known}
        readings.append(reading(id, fact(product="鲸语", filing_no=NUMBER, **{"date": day, **about}), **ways))
    said = fields(database, lexicon, *readings)["approved_on"]
    assert (said.value, ids(said), said.rule) == ("2026-03-01", ["yes"], rule)
    (against,) = said.others
    assert (against.value, [one.id for one in against.articles]) == ("2026-03-02", ["no"])


def test_a_finer_date_inside_the_best_one_is_supported_by_both(database: Database, lexicon: Lexicon) -> None:
    said = fields(
        database,
        lexicon,
        reading("month", fact(product="鲸语", date="2026-03")),
        reading("day", fact(product="鲸语", date="2026-03-05", confidence=0.95)),
        reading("wrong", fact(product="鲸语", date="2026-04", confidence=0.97), published=NOON + timedelta(days=1)),
    )["approved_on"]
    assert (said.value, sorted(ids(said)), said.rule) == ("2026-03-05", ["day", "month"], "finest")
    assert [other.value for other in said.others] == ["2026-04"]


@pytest.mark.parametrize(
    ("name", "known", "rule"),
    [("小米", {"id": "xiaomi"}, "known"), ("蓝鲸智语", {"confidence": 0.99}, "surest")],
    ids=["known", "surest"],
)
def test_another_company_that_an_article_names_stays_visible(
    database: Database, lexicon: Lexicon, name: str, known: dict, rule: str
) -> None:
    one = reading("a", fact(name, "鲸语", filing_no=NUMBER, **known))
    other = reading("b", fact("海棠语音", "鲸语", filing_no=NUMBER, confidence=0.95))
    said = fields(database, lexicon, one, other)["company"]
    assert (said.value, ids(said), said.rule) == (name, ["a"], rule)
    assert [(other.value, [one.id for one in other.articles]) for other in said.others] == [("海棠语音", ["b"])]


def test_the_legal_name_of_an_official_list_is_the_brand_of_the_news(database: Database, lexicon: Lexicon) -> None:
    row = reading("list", fact("杭州青禾信息技术有限公司", "鲸语", filing_no=NUMBER), register=True)
    news = reading("news", fact("小米", "鲸语", id="xiaomi", filing_no=NUMBER))
    said = fields(database, lexicon, row, news)["company"]
    assert (sorted(ids(said)), said.others) == (["list", "news"], ())


def test_an_open_kind_says_nothing_against_the_kind(database: Database, lexicon: Lexicon) -> None:
    one, other = reading("a", fact(product="鲸语")), reading("b", fact(product="鲸语", kind=Kind.UNSPECIFIED))
    said = fields(database, lexicon, one, other)["kind"]
    assert (ids(said), said.others) == (["a"], ())


def test_a_value_that_nobody_says_was_decided_by_a_reviewer(database: Database, lexicon: Lexicon) -> None:
    fields(database, lexicon, reading("a", fact(product="鲸语", date="2026-03")))
    with database.write() as session:
        session.get_one(StoredApproval, 1).approved_on = "2025-01"
    said = fields(database, lexicon)["approved_on"]
    assert (said.value, said.rule, [other.value for other in said.others]) == ("2025-01", "reviewed", ["2026-03"])

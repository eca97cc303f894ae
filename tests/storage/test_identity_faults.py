"""F45 to F53: what goes wrong with identity elsewhere, tried on ours."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from copied import NOTICE
from readings import NOON, fact, reading
from sqlalchemy import func, select

from extractors.read.listing import Link
from extractors.records import Kind, Page
from extractors.understand.lexicon import Lexicon
from storage import queries
from storage.articles import save
from storage.database import Database
from storage.frontier import add_links
from storage.provenance import provenance
from storage.records import Approval, Origin, Policy, Reading, Stored
from storage.tables import OutboxItem, StoredArticle, StoredPage

NUMBER = "Haidong-JingYu-202603010007"


def put(database: Database, lexicon: Lexicon, *readings: Reading) -> list[Stored]:
    stored = []
    for one in readings:
        with database.write() as session:
            stored.append(save(session, one, lexicon, Policy()))
    return stored


def held(database: Database) -> list[Approval]:
    with database.read() as session:
        return list(queries.approvals(session))


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_f45_one_notice_under_two_official_addresses_is_one_story_and_one_approval(database, lexicon) -> None:
    told = fact("海东蓝鲸智语科技有限公司", "鲸语", filing_no=NUMBER, date="2026-03-01")
    put(database, lexicon, *(reading(f"a{n}", told, text=NOTICE, url=f"https://{n}.gov.example/1") for n in (1, 2)))
    (approval,) = held(database)
    assert len({article.story for article in approval.articles}) == 1


def test_f45_copies_that_differ_disagree_in_the_open(database, lexicon) -> None:
    for n, day in ((1, "2026-03-01"), (2, "2026-03-02")):
        told = fact("海东蓝鲸智语科技有限公司", "鲸语", filing_no=NUMBER, date=day)
        put(database, lexicon, reading(f"a{n}", told, text=f"{NOTICE}{day}", url=f"https://{n}.gov.example/1"))
    (approval,) = held(database)
    dates = next(field for field in provenance(approval) if field.name == "approved_on")
    assert (dates.value, [other.value for other in dates.others]) == ("2026-03-01", ["2026-03-02"])


def test_f45_one_address_with_another_body_is_an_edition(database, lexicon) -> None:
    url = "https://gov.example/1"
    first, second = reading("a", fact(product="鲸语"), url=url), reading("a", fact(product="鲸歌"), url=url, text="new")
    assert [one.outcome for one in put(database, lexicon, first, second)] == ["new", "edition"]
    assert [approval.product for approval in held(database)] == ["鲸歌"]


@pytest.mark.parametrize(
    "other",
    [
        "https://gov.example/1.htm?utm_source=x",
        "https://gov.example/index.php/1.htm",
        "https://m.gov.example/1.htm",
        "https://www.gov.example/1.htm",
        "http://gov.example/1.htm",
        "https://gov.example/1.htm#top",
    ],
)
def test_f46_noise_in_an_address_makes_no_second_article(database, lexicon, other: str) -> None:
    urls = ("https://gov.example/1.htm", other)
    put(database, lexicon, *(reading(f"a{n}", fact(product="鲸语"), url=url, text="t") for n, url in enumerate(urls)))
    assert count(database, StoredArticle) == 1


def test_f47_a_feed_that_names_its_items_anew_brings_nothing_back(database) -> None:
    links = [Link(f"https://n.example/{n}", "t", NOON) for n in range(50)]
    with database.write() as session:
        assert add_links(session, "s", links, Origin.LIVE, NOON) == 50
    again = [replace(link, url=link.url + "?from=feed&utm_medium=rss") for link in links]
    with database.write() as session:
        assert add_links(session, "s", again, Origin.LIVE, NOON) in (0, 50 - len({x.url for x in links}))


def test_f48_other_markup_around_the_same_text_is_nothing_new(database, lexicon) -> None:
    def page(body: bytes) -> Page:
        return Page("https://n.example/1", "https://n.example/1", 200, (), body, NOON, sha256(body).hexdigest())

    one = reading("a", fact(product="鲸语"), page=page(b"<p>text of a</p>"))
    other = reading("a", fact(product="鲸语"), page=page(b"<div>text of a</div>"))
    assert [stored.outcome for stored in put(database, lexicon, one, other)] == ["new", "known"]
    assert (count(database, StoredPage), len(held(database)[0].articles)) == (1, 1)


def test_f50_three_spellings_of_a_company_are_one(database, lexicon) -> None:
    names = ("海东蓝鲸智语科技有限公司", "蓝鲸智语", "藍鯨智語")
    put(database, lexicon, reading("link", fact(names[0], "鲸语", names=names[:2])))
    put(database, lexicon, *(reading(f"a{n}", fact(name, "鲸语")) for n, name in enumerate(names)))
    (approval,) = held(database)
    assert len(approval.articles) == 4


def test_f50_two_companies_of_one_short_name_keep_their_approvals_apart(database, lexicon) -> None:
    for place, number in (("海东", NUMBER), ("海西", "Haixi-JingYu-202603010008")):
        legal = f"{place}蓝鲸智语科技有限公司"
        put(database, lexicon, reading(place, fact(legal, "鲸语", names=(legal, "蓝鲸智语"), filing_no=number)))
    assert {approval.filing_no for approval in held(database)} == {NUMBER, "Haixi-JingYu-202603010008"}


def test_f50_one_product_filed_and_registered_is_two_approvals(database, lexicon) -> None:
    kinds = (Kind.GENAI_FILING, Kind.GENAI_REGISTRATION)
    put(database, lexicon, *(reading(kind.value, fact(product="鲸语", kind=kind)) for kind in kinds))
    assert {approval.kind for approval in held(database)} == set(kinds)


def test_f52_a_page_that_goes_back_and_forth_ends_as_it_is_and_is_told_once(database, lexicon) -> None:
    a, b = reading("a", fact(product="鲸语"), text="A"), reading("a", fact(product="鲸语"), text="B")
    stored = put(database, lexicon, a, b, a, b, a)
    assert [one.outcome for one in stored] == ["new", *["edition"] * 4]
    assert ([len(one.news) for one in stored], count(database, OutboxItem)) == ([1, 0, 0, 0, 0], 1)
    assert len({one.approvals for one in stored}) == 1


def test_f53_what_comes_after_the_placeholder_completes_it(database, lexicon) -> None:
    empty = reading("a", text="详情稍后公布")
    full = reading("a", fact(product="鲸语"), text="详情")
    number = reading("a", fact(product="鲸语", filing_no=NUMBER), text="详情与编号")
    stored = put(database, lexicon, empty, full, number)
    assert [len(one.news) for one in stored] == [0, 1, 0]
    assert [approval.filing_no for approval in held(database)] == [NUMBER]

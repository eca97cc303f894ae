"""Decisions in the database: recomputed at once, kept by whatever comes later, undone without a trace."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import NOON, fact, reading
from sqlalchemy import select

from extractors.records import Kind
from extractors.understand.lexicon import Lexicon
from storage import deciding, queries
from storage.articles import save
from storage.changes import changes
from storage.database import Database, open_database
from storage.decided import decisions_about
from storage.deciding import By, CannotDecide, Outcome
from storage.decisions import undo
from storage.deliveries import prepare
from storage.mails import due, mark_sent
from storage.records import Origin, Policy, Reading
from storage.shadow import promote
from storage.subscribers import add as subscribe
from storage.tables import Delivery, OutboxItem, StoredMention
from storage.undoing import undo as undo_any
from storage.wishes import Wish

POLICY = Policy()
BY = By("ana", "seen on the page", NOON)


def put(database: Database, lexicon: Lexicon, *readings: Reading) -> None:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, POLICY)


def do(database: Database, what: Callable[..., Outcome], *given: object) -> Outcome:
    with database.write() as session:
        return what(session, *given, BY, POLICY)


def take_back(database: Database, outcome: Outcome) -> None:
    with database.write() as session:
        deciding.redo(session, undo(session, outcome.decision.id, by="ana", at=NOON), NOON, POLICY)


def held(database: Database) -> dict[int, tuple[str, str | None, frozenset[str]]]:
    """Each approval with its status, product and articles."""
    with database.read() as session:
        found = list(queries.approvals(session))
    return {a.id: (a.status, a.product, frozenset(e.id for e in a.articles)) for a in found}


def ids(database: Database) -> dict[str, int]:
    """The approval of each article."""
    return {article: id for id, (_, _, articles) in held(database).items() for article in articles}


def mentions_of(database: Database, *articles: str) -> list[int]:
    with database.read() as session:
        return [m.id for m in session.scalars(select(StoredMention)) if m.article.external_id in articles]


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Database:
    """A database of each kind."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres")


ONE, TWO = reading("one", fact(product="鲸语")), reading("two", fact(product="鲸歌"))


def test_a_merged_id_redirects_and_a_split_gives_it_back(either: Database, lexicon: Lexicon) -> None:
    put(either, lexicon, ONE, TWO)
    before, was = held(either), ids(either)
    assert do(either, deciding.merge, [was["one"], was["two"]]).approvals == (was["one"],)
    assert [articles for _, _, articles in held(either).values()] == [{"one", "two"}]
    with either.read() as session:
        assert queries.approval(session, was["two"]).id == was["one"]
    do(either, deciding.split, was["one"], mentions_of(either, "two"))
    assert held(either) == before


def test_an_undone_merge_leaves_no_trace_but_its_row(either: Database, lexicon: Lexicon) -> None:
    put(either, lexicon, ONE, TWO)
    before, was = held(either), ids(either)
    take_back(either, do(either, deciding.merge, [was["two"], was["one"]]))
    assert held(either) == before


def test_what_was_merged_stays_so_when_more_comes_and_when_a_text_is_read_anew(
    database: Database, lexicon: Lexicon
) -> None:
    put(database, lexicon, ONE, TWO)
    was = ids(database)
    do(database, deciding.merge, [was["one"], was["two"]])
    put(database, lexicon, reading("three", fact(product="鲸歌")), reading("two", fact(product="鲸歌"), text="edited"))
    put(database, lexicon, reading("one", fact(product="鲸语", start=40, end=44), text="another edition"))
    assert set(ids(database).values()) == {was["one"]}
    assert set(ids(database)) == {"one", "two", "three"}


def test_what_was_split_stays_split_when_its_texts_are_read_anew(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语")), reading("b", fact(product="鲸语")))
    was = ids(database)["a"]
    do(database, deciding.split, was, mentions_of(database, "b"))
    apart = ids(database)
    assert apart["a"] != apart["b"]
    put(database, lexicon, *(reading(key, fact(product="鲸语"), text=f"edited {key}") for key in "ba"))
    assert ids(database) == apart
    put(database, lexicon, reading("c", fact(product="鲸语")))
    with database.read() as session:
        assert [
            m.article.external_id
            for m in session.scalars(select(StoredMention).where(StoredMention.approval_id.is_(None)))
        ] == ["c"]


def test_a_rejected_approval_stays_a_row_and_more_of_the_same_does_not_bring_it_back(
    database: Database, lexicon: Lexicon
) -> None:
    put(database, lexicon, ONE)
    made = do(database, deciding.reject, ids(database)["one"])
    put(database, lexicon, reading("again", fact(product="鲸语")))
    assert [(status, articles) for status, _, articles in held(database).values()] == [("rejected", {"one", "again"})]
    take_back(database, made)
    assert [status for status, _, _ in held(database).values()] == ["reported"]


def test_a_confirmed_one_is_told_if_it_is_news_and_once(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语", confidence=0.5)))
    put(database, lexicon, reading("b", fact(product="鲸歌", confidence=0.5), origin=Origin.IMPORT))
    was = ids(database)
    assert {status for status, _, _ in held(database).values()} == {"held"}
    assert do(database, deciding.confirm, was["a"]).told == (was["a"],)
    assert do(database, deciding.confirm, was["a"]).told == ()
    assert do(database, deciding.confirm, was["b"]).told == ()
    assert {status for status, _, _ in held(database).values()} == {"reported"}


def test_a_renamed_one_shows_the_name_and_goes_by_all(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, ONE)
    was = ids(database)["one"]
    made = do(database, deciding.rename, was, {"product": "鲸语大模型", "approved_on": "2026-03-01"})
    put(database, lexicon, reading("again", fact(product="鲸语", date="2026-02")))
    with database.read() as session:
        found = queries.approval(session, was)
        assert decisions_about(session, was) == [made.decision.id]
    assert (found.product, found.product_names, found.approved_on) == (
        "鲸语大模型",
        ("鲸语", "鲸语大模型"),
        "2026-03-01",
    )
    assert made.decision.value["was"] == {"product": "鲸语", "approved_on": None}


def test_a_mention_that_waits_is_placed_made_its_own_or_dismissed(database: Database, lexicon: Lexicon) -> None:
    registered = fact(product="鲸语", kind=Kind.GENAI_REGISTRATION)
    put(database, lexicon, ONE, reading("reg", registered))
    put(database, lexicon, reading("open", fact(product="鲸语", kind=Kind.UNSPECIFIED)))
    (waiting,), was = mentions_of(database, "open"), ids(database)
    assert "open" not in was
    put(database, lexicon, reading("other", fact("青禾", "禾苗")))
    with database.read() as session:
        assert deciding.rivals(session, session.get(StoredMention, waiting)) == [was["one"], was["reg"]]
    was = ids(database)
    made = do(database, deciding.place, waiting, was["reg"])
    assert ids(database) == {**was, "open": was["reg"]}
    take_back(database, made)
    made = do(database, deciding.place, waiting, None)
    assert len({*ids(database).values()}) == 4
    take_back(database, made)
    assert ids(database) == was
    do(database, deciding.dismiss, waiting)
    assert held(database)[ids(database)["open"]][0] == "rejected"
    with pytest.raises(CannotDecide, match="waits"):
        do(database, deciding.place, waiting, None)


@pytest.mark.parametrize("decide", ["reject", "split", "rename"])
def test_who_was_mailed_what_turns_out_wrong_is_to_be_told_once(
    database: Database, lexicon: Lexicon, decide: str
) -> None:
    with database.write() as session:
        subscribe(session, "ana@example.org", Wish(), NOON)
    put(database, lexicon, reading("a", fact(product="鲸语")), reading("b", fact(product="鲸语")))
    with database.write() as session:
        prepare(session, NOON, "example.org")
        (mail,) = due(session, NOON)
        mark_sent(session, mail.id, NOON, 1)
        subscribe(session, "late@example.org", Wish(), NOON)
    was = ids(database)["a"]
    given = {"reject": (was,), "split": (was, mentions_of(database, "b")), "rename": (was, {"product": "鲸语二"})}
    made = do(database, getattr(deciding, decide), *given[decide])
    assert made.corrected == (was,)
    assert do(database, deciding.rename, was, {"province": "北京"}).corrected == ()
    with database.read() as session:
        (item,) = session.scalars(select(OutboxItem).where(OutboxItem.event == "correction"))
        assert item.approval_id == was
        assert len(list(session.scalars(select(Delivery).where(Delivery.outbox_id == item.id)))) == 1
    take_back(database, made)
    with database.read() as session:
        assert list(session.scalars(select(OutboxItem).where(OutboxItem.event == "correction"))) == []


def test_what_nobody_was_mailed_needs_no_correction(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, ONE)
    assert do(database, deciding.reject, ids(database)["one"]).corrected == ()


def test_an_undone_promotion_puts_its_source_back_into_the_shadow(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", fact(product="鲸语"), origin=Origin.SHADOW, source="outlet"))
    assert [status for status, _, _ in held(database).values()] == ["held"]
    with database.write() as session:
        promote(session, "outlet", author="ana", reason="right", at=NOON, min_confidence=0.9)
    assert [status for status, _, _ in held(database).values()] == ["reported"]
    with database.write() as session:
        assert undo_any(session, None, author="ana", at=NOON, policy=POLICY) is not None
        assert undo_any(session, None, author="ana", at=NOON, policy=POLICY) is None
    assert [status for status, _, _ in held(database).values()] == ["held"]


def test_what_cannot_be_decided_is_refused_with_the_way_out(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, ONE, TWO)
    was = ids(database)
    with pytest.raises(CannotDecide, match="no approval 99"):
        do(database, deciding.reject, 99)
    with pytest.raises(CannotDecide, match="status can't be set"):
        do(database, deciding.rename, was["one"], {"status": "confirmed"})
    with pytest.raises(CannotDecide, match="one approval already"):
        do(database, deciding.merge, [was["one"], was["one"]])
    with pytest.raises(CannotDecide, match="all of its mentions or none"):
        do(database, deciding.split, was["one"], mentions_of(database, "one"))
    with pytest.raises(CannotDecide, match="has no mention"):
        do(database, deciding.split, was["one"], mentions_of(database, "two"))
    do(database, deciding.reject, was["two"])
    with pytest.raises(CannotDecide, match="confirm"):
        do(database, deciding.merge, [was["one"], was["two"]])


def test_changes_say_what_became_of_an_approval(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, ONE, TWO)
    was = ids(database)
    later = By("ana", "why", NOON + timedelta(days=1))
    with database.write() as session:
        deciding.reject(session, was["one"], later, POLICY)
        deciding.rename(session, was["two"], {"product": "鲸歌二"}, later, POLICY)
    with database.read() as session:
        all_of_them, late = changes(session, NOON), changes(session, later.at)
    assert [(c.approval, c.added) for c in all_of_them[:2]] == [(was["one"], True), (was["two"], True)]
    assert [(c.approval, dict(c.fields)) for c in late] == [
        (was["one"], {"status": ("reported", "rejected")}),
        (was["two"], {"product": ("鲸歌", "鲸歌二")}),
    ]


ARTICLES = [
    reading("a", fact(product="鲸语")),
    reading("b", fact(product="鲸语"), fact(product="鲸歌", start=5, end=9)),
    reading("c", fact(product="鲸歌")),
    reading("d", fact("青禾", "禾苗")),
    reading("e", fact("青禾", None)),
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_decisions_survive_any_order_of_new_editions(
    tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, chance: random.Random
) -> None:
    folder: Path = tmp_path_factory.mktemp("order")
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    try:
        put(database, lexicon, *chance.sample(ARTICLES, len(ARTICLES)))
        was = ids(database)
        do(database, deciding.merge, [was["a"], was["d"]])
        do(database, deciding.split, ids(database)["a"], mentions_of(database, "e"))
        do(database, deciding.rename, ids(database)["c"], {"product": "鲸歌二"})
        decided = {(status, product, articles) for status, product, articles in held(database).values()}
        editions = [reading(one.article.id, *one.facts.approvals, text="anew " + one.article.text) for one in ARTICLES]
        put(database, lexicon, *chance.sample(editions, len(editions)))
        assert {(status, product, articles) for status, product, articles in held(database).values()} == decided
    finally:
        database.close()

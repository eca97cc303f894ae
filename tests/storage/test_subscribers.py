"""Readers are added once, and leave no trace but a salted hash."""

import pytest
from sqlalchemy import func, select
from telling import NOON, database_at, fact, tell

from storage.deliveries import prepare
from storage.filters import WishProblem
from storage.subscribers import (
    AddressProblem,
    add,
    plain_address,
    remove,
    subscribers,
    suppressed,
    suppression_hash,
)
from storage.tables import Delivery, Mail, Suppressed
from storage.wishes import Wish

SALT = b"s" * 32


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("Reader@Example.ORG", "reader@example.org"),
        (" reader@example.org ", "reader@example.org"),
        ("a.b+c'd@sub.example.org", "a.b+c'd@sub.example.org"),
        ("reader@localhost", "reader@localhost"),
        ("reader@例子.example", "reader@xn--fsqu00a.example"),
        ("reader@straße.example", "reader@xn--strae-oqa.example"),
    ],
)
def test_plain_addresses_are_taken(given, plain):
    assert plain_address(given) == plain


@pytest.mark.parametrize(
    "given",
    [
        "",
        "reader",
        "@example.org",
        "reader@",
        "a@b@example.org",
        "reader@example.org, other@example.org",
        "Reader <reader@example.org>",
        '"a b"@example.org',
        "reader@example.org\r\nBcc: other@example.org",
        "reader@example.org\n",
        "rea\nder@example.org",
        "reader@exam ple.org",
        "reader@[127.0.0.1]",
        "reader@exa_mple.org",
        "reader@-example.org",
        ".reader@example.org",
        "re..ader@example.org",
        "読者@example.org",
        "reader\u2028@example.org",
        "x" * 65 + "@example.org",
        "reader@" + "x" * 64 + ".org",
        "reader@" + "x." * 130 + "org",
        "reader@\ud800.org",
    ],
)
def test_anything_but_one_plain_address_is_refused(given):
    with pytest.raises(AddressProblem):
        plain_address(given)


def test_adding_again_keeps_one_reader_in_the_newest_language(database):
    with database.write() as session:
        first = add(session, "Reader@Example.org", Wish("en"), NOON)
        again = add(session, "reader@example.ORG", Wish("zh"), NOON)
        assert [s.language for s in subscribers(session)] == ["zh"]
    assert (first.id, first.address, first.language) == (again.id, "reader@example.org", "en")


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(WishProblem, match="en, zh, both"):
        Wish("fr")


def test_removing_erases_reader_mails_and_deliveries_and_keeps_a_hash(database):
    with database.write() as session:
        add(session, "gone@example.org", Wish("en"), NOON)
        add(session, "stays@example.org", Wish("en"), NOON)
    tell(database, fact())
    with database.write() as session:
        prepare(session, NOON, "desk.example")
        assert remove(session, "GONE@example.org", SALT, NOON)
    with database.read() as session:
        assert [s.address for s in subscribers(session)] == ["stays@example.org"]
        assert session.scalars(select(func.count(Mail.id))).one() == 1
        assert session.scalars(select(func.count(Delivery.id))).one() == 1
        assert list(session.scalars(select(Suppressed.hash))) == [suppression_hash("gone@example.org", SALT)]
        assert suppressed(session, "Gone@Example.org", SALT)
        assert not suppressed(session, "gone@example.org", b"another salt" * 3)
        assert not suppressed(session, "stays@example.org", SALT)


def test_removing_a_stranger_changes_nothing(database):
    with database.write() as session:
        assert not remove(session, "stranger@example.org", SALT, NOON)
        assert not suppressed(session, "stranger@example.org", SALT)


def test_one_who_left_may_come_and_leave_again(database):
    with database.write() as session:
        for _ in range(2):
            add(session, "reader@example.org", Wish("en"), NOON)
            assert remove(session, "reader@example.org", SALT, NOON)
        assert subscribers(session) == []

"""Outbox items become mails, each delivery once; failed ones come again when they are due."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from telling import NOON, database_at, fact, tell

from storage.deliveries import post, prepare, steps
from storage.mails import due, is_waiting, mail_counts, mark_failed, mark_sent, pending, seen_since
from storage.records import Origin
from storage.subscribers import add
from storage.tables import Delivery, Mail, StoredApproval
from storage.wishes import Schedule, Wish

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    with opened.write() as session:
        add(session, "a@example.org", Wish("en"), NOON)
        add(session, "b@example.org", Wish("zh"), NOON)
    yield opened
    opened.close()


def prepared(database, now=NOON):
    with database.write() as session:
        prepare(session, now, "desk.example")
        return due(session, now)


def told(mail):
    return tuple(item.approval_id for item in mail.items)


def set_approval(database, approval_id, **values):
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == approval_id).values(**values))


def test_each_reader_gets_one_mail_with_all_that_waits(database):
    news = tell(database, fact(), fact("潮汐智能", "听潮")).news
    mails = prepared(database)
    assert [(m.address, m.subscriber.language, told(m), m.attempts) for m in mails] == [
        ("a@example.org", "en", news, 0),
        ("b@example.org", "zh", news, 0),
    ]
    assert all(m.message_id.endswith("@desk.example>") for m in mails)
    assert mails[0].message_id != mails[1].message_id


def test_a_mail_left_by_a_crash_comes_again_as_it_was(database):
    tell(database, fact())
    assert prepared(database) == prepared(database, LATER)


def test_a_crash_between_two_steps_leaves_the_rest_for_the_next_round(database):
    with database.write() as session:
        add(session, "c@example.org", Wish("en", Schedule("hourly")), NOON)
    news = tell(database, fact(), fact("潮汐智能", "听潮")).news
    with database.write() as session:
        first, second = steps(session, NOON)
        assert post(session, first, NOON, "desk.example") == len(first.subscribers)
        made = due(session, NOON)
    mails = prepared(database, LATER)
    assert mails[: len(made)] == made
    assert sorted(mail.address for mail in mails) == ["a@example.org", "b@example.org", "c@example.org"]
    assert {told(mail) for mail in mails} == {news}
    assert len(first.subscribers) + len(second.subscribers) == 3


def test_what_comes_after_a_crash_gets_a_mail_of_its_own(database):
    first = tell(database, fact()).news
    before = prepared(database)
    second = tell(database, fact("潮汐智能", "听潮"), url="https://news.example/2").news
    mails = prepared(database)
    assert [told(m) for m in mails] == [first, first, second, second]
    assert mails[:2] == before
    assert len({m.message_id for m in mails}) == 4


def test_a_sent_mail_never_comes_again(database):
    tell(database, fact())
    mails = prepared(database)
    with database.write() as session:
        for mail in mails:
            mark_sent(session, mail.id, NOON, 1)
            assert not is_waiting(session, mail.id)
    assert prepared(database, NOON + timedelta(days=30)) == []


def test_a_failed_mail_comes_again_when_due_and_not_before(database):
    tell(database, fact())
    failed, other = prepared(database)
    with database.write() as session:
        mark_failed(session, failed.id, "451 later", LATER)
        assert is_waiting(session, failed.id)
    assert [m.id for m in prepared(database, LATER - timedelta(seconds=1))] == [other.id]
    again = next(m for m in prepared(database, LATER) if m.id == failed.id)
    assert (again.message_id, told(again), again.attempts) == (failed.message_id, told(failed), 1)


def test_a_mail_refused_for_good_is_kept_and_counted_and_never_tried_again(database):
    tell(database, fact())
    refused, waiting = prepared(database)
    with database.write() as session:
        mark_failed(session, refused.id, "550 no such reader", None)
        counts = mail_counts(session)
        assert session.get_one(Mail, refused.id).error == "550 no such reader"
    assert (counts.waiting, counts.given_up) == (1, 1)
    assert [m.id for m in prepared(database, NOON + timedelta(days=400))] == [waiting.id]


def test_a_late_failure_does_not_undo_a_success(database):
    tell(database, fact())
    mail, _ = prepared(database)
    with database.write() as session:
        mark_sent(session, mail.id, NOON, 1)
        mark_failed(session, mail.id, "too late", LATER)
    assert mail.id not in [m.id for m in prepared(database, LATER)]


@pytest.mark.parametrize("status", ["rejected", "revoked"])
def test_an_approval_that_fell_away_leaves_its_unsent_mails_and_waits(database, status):
    first, second = tell(database, fact(), fact("潮汐智能", "听潮")).news
    prepared(database)
    set_approval(database, first, status=status)
    assert [told(m) for m in prepared(database)] == [(second,), (second,)]
    set_approval(database, second, merged_into=first)
    assert prepared(database) == []
    set_approval(database, first, status="reported")
    assert [told(m) for m in prepared(database)] == [(first,), (first,)]


def test_a_mail_whose_approval_falls_away_after_it_was_made_has_nothing_to_tell(database):
    (only,) = tell(database, fact()).news
    prepared(database)
    set_approval(database, only, status="rejected")
    with database.read() as session:
        assert [(told(m), m.asked) for m in due(session, NOON)] == [((), False)] * 2


def test_a_held_approval_waits_and_is_told_once_it_is_confirmed(database):
    first, second = tell(database, fact(), fact("潮汐智能", "听潮")).news
    set_approval(database, first, status="held")
    assert [told(m) for m in prepared(database)] == [(second,), (second,)]
    set_approval(database, first, status="confirmed")
    assert [told(m) for m in prepared(database)] == [(second,), (second,), (first,), (first,)]


def test_an_approval_that_becomes_held_leaves_its_unsent_mail(database):
    (only,) = tell(database, fact()).news
    before = prepared(database)
    set_approval(database, only, status="held")
    assert prepared(database) == []
    set_approval(database, only, status="reported")
    again = prepared(database)
    assert [(m.message_id, told(m)) for m in again] == [(m.message_id, told(m)) for m in before]


def test_every_delivery_is_in_exactly_one_mail(database):
    for n in range(5):
        tell(database, fact(f"公司{n}", f"产品{n}"), url=f"https://news.example/{n}")
        prepared(database)
    with database.read() as session:
        mails = list(session.scalars(select(Delivery.mail_id)))
    assert len(mails) == 10
    assert None not in mails


def test_a_fresh_database_gives_other_message_ids(tmp_path, database):
    tell(database, fact())
    other = database_at(tmp_path / "other")
    with other.write() as session:
        add(session, "a@example.org", Wish("en"), NOON)
    tell(other, fact(), at=LATER)
    ids = {m.message_id for m in prepared(database)} & {m.message_id for m in prepared(other, LATER)}
    other.close()
    assert ids == set()


def test_history_waits_for_nobody_but_is_seen_since(database):
    stored = tell(database, fact(), origin=Origin.BACKFILL)
    with database.read() as session:
        assert pending(session) == []
        assert [i.approval_id for i in seen_since(session, NOON)] == list(stored.approvals)
        assert seen_since(session, LATER) == []
    assert prepared(database) == []


def test_pending_names_what_a_reader_was_not_told_yet(database):
    news = tell(database, fact()).news
    first, second = prepared(database)
    with database.write() as session:
        mark_sent(session, first.id, NOON, 1)
        readers = {m.id: m.subscriber_id for m in session.scalars(select(Mail))}
        assert pending(session, readers[first.id]) == []
        assert [i.approval_id for i in pending(session, readers[second.id])] == list(news)
        assert [i.approval_id for i in pending(session)] == list(news)

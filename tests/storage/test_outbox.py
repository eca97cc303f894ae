"""What is told after an approval was told: each thing once, to those who know of it, or want it now."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from telling import NOON, database_at, fact, tell

from extractors.records import CompanyName, Kind, RevocationFact
from storage.deliveries import prepare
from storage.filters import Filter
from storage.items import Event
from storage.mails import due, mark_sent, pending
from storage.records import Origin
from storage.subscribers import add
from storage.tables import OutboxItem, StoredApproval
from storage.wishes import Wish

NUMBER = "Beijing-LanXu-202603030012"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    subscribe(opened, "ana@example.org")
    yield opened
    opened.close()


def subscribe(database, address, **filters):
    with database.write() as session:
        add(session, address, Wish(filter=Filter(**filters)), NOON)


def told(database):
    """What a round tells each reader, and marks as sent."""
    with database.write() as session:
        prepare(session, LATER, "desk.example")
        mails = due(session, LATER)
        for mail in mails:
            mark_sent(session, mail.id, LATER, len(mail.items))
    return {(mail.address, item.event.value, item.approval_id) for mail in mails for item in mail.items}


def items(database, event):
    with database.read() as session:
        return list(session.scalars(select(OutboxItem).where(OutboxItem.event == event)))


def test_a_number_that_arrives_is_told_once(database):
    (id,) = tell(database, fact()).news
    assert told(database) == {("ana@example.org", "new", id)}
    for n in (2, 3):
        tell(database, fact(filing_no=NUMBER), url=f"https://news.example/{n}", at=LATER)
    assert told(database) == {("ana@example.org", "amended", id)}
    assert [item.changes for item in items(database, Event.AMENDED)] == [{"filing_no": [None, NUMBER]}]


def test_what_changes_back_and_forth_is_told_once_each(database):
    tell(database, fact(province="北京"))
    told(database)
    for n, province in enumerate(("上海", "北京", "上海", "北京")):
        fresh = fact(province=province, confidence=0.98 + n / 1_000)
        tell(database, fresh, url=f"https://news.example/c{n}", at=LATER)
    assert [item.changes["province"][1] for item in items(database, Event.AMENDED)] == ["上海", "北京"]


def test_history_amends_nothing(database):
    tell(database, fact())
    tell(database, fact(filing_no=NUMBER), url="https://news.example/2", origin=Origin.IMPORT, at=LATER)
    assert items(database, Event.AMENDED) == []


def test_of_history_no_amendment_is_told(database):
    tell(database, fact(), origin=Origin.BACKFILL)
    tell(database, fact(filing_no=NUMBER), url="https://news.example/2", at=LATER)
    assert told(database) == set()


def test_who_wants_only_confirmed_ones_hears_of_it_when_it_is(database):
    subscribe(database, "bo@example.org", status=("confirmed",))
    (id,) = tell(database, fact(filing_no=NUMBER)).news
    assert told(database) == {("ana@example.org", "new", id)}
    tell(database, fact(filing_no=NUMBER), url="https://cac.example/list", register=True, at=LATER)
    assert told(database) == {("ana@example.org", "amended", id), ("bo@example.org", "new", id)}


def test_a_filter_keeps_out_what_it_does_not_want(database):
    subscribe(database, "bo@example.org", province=("上海",))
    subscribe(database, "cy@example.org", keyword=("澜序",), kind=("genai_filing",))
    tell(database, fact(province="北京"))
    assert {address for address, _, _ in told(database)} == {"ana@example.org", "cy@example.org"}


@pytest.mark.parametrize("known", [True, False])
def test_a_cancellation_is_told_once_even_of_history(database, known):
    tell(database, fact(filing_no=NUMBER), origin=Origin.LIVE if known else Origin.BACKFILL)
    told(database)
    said = RevocationFact(
        CompanyName(None, "澜序科技", ("澜序科技",)), "澜序大模型", Kind.GENAI_FILING, "注销", 0, 2, NUMBER
    )
    for n in (2, 3):
        tell(database, url=f"https://cac.example/{n}", revocations=(said,), at=LATER)
    assert {(a, e) for a, e, _ in told(database)} == {("ana@example.org", "revoked")}
    assert told(database) == set()


def test_what_was_mailed_and_is_rejected_is_corrected_once_and_not_for_who_was_not_mailed(database):
    (id,) = tell(database, fact()).news
    told(database)
    subscribe(database, "late@example.org")
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == id).values(status="rejected"))
    assert told(database) == {("ana@example.org", "correction", id)}
    assert told(database) == set()
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == id).values(status="reported"))
    assert told(database) == {("ana@example.org", "amended", id)}


def test_what_nobody_was_mailed_needs_no_correction(database):
    (id,) = tell(database, fact()).news
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == id).values(status="rejected"))
    assert told(database) == set()


def test_who_got_a_mail_without_what_fell_away_gets_no_correction_of_it_but_the_news_once_it_stands(database):
    wrong, right = tell(database, fact(), fact("潮汐智能", "听潮")).news
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == wrong).values(status="rejected"))
    assert told(database) == {("ana@example.org", "new", right)}
    assert told(database) == set()
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == wrong).values(status="reported"))
    assert told(database) == {("ana@example.org", "new", wrong)}


def test_two_that_were_mailed_and_turn_out_to_be_one_are_corrected(database):
    first = tell(database, fact("澜序科技", "澜序大模型")).news
    second = tell(database, fact("潮汐智能", "听潮"), url="https://news.example/2").news
    told(database)
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == second[0]).values(merged_into=first[0]))
    assert told(database) == {("ana@example.org", "correction", second[0])}
    assert [item.changes for item in items(database, Event.CORRECTED)] == [{"why": "merged", "heir": first[0]}]


def test_who_is_not_confirmed_or_suspended_is_told_nothing(database):
    with database.write() as session:
        add(session, "asked@example.org", Wish(), NOON, confirmed=False)
    tell(database, fact())
    with database.read() as session:
        assert len(pending(session)) == 1
    assert {address for address, _, _ in told(database)} == {"ana@example.org"}

"""What is told and to whom, on a real PostgreSQL."""

from datetime import timedelta

from sqlalchemy import update
from telling import NOON, fact, tell

from storage.deliveries import prepare
from storage.desk import doubts, per_month
from storage.feed import newest
from storage.filters import Filter
from storage.mails import due, mark_sent
from storage.receipts import receipts
from storage.subscribers import add, count_refusal, remove, subscribers
from storage.tables import StoredApproval
from storage.wishes import Wish

LATER = NOON + timedelta(hours=1)


def round_of(database):
    with database.write() as session:
        prepare(session, LATER, "desk.example", lambda schedule: LATER)
        mails = due(session, LATER)
        for mail in mails:
            mark_sent(session, mail.id, LATER, len(mail.items))
    return {(mail.address, item.event.value) for mail in mails for item in mail.items}


def test_the_whole_way_of_telling_works_there_too(postgres):
    with postgres.write() as session:
        add(session, "ana@example.org", Wish(empty=True), NOON)
        add(session, "bo@example.org", Wish(filter=Filter(status=("confirmed",))), NOON)
    (id,) = tell(postgres, fact()).news
    assert round_of(postgres) == {("ana@example.org", "new")}
    tell(
        postgres,
        fact(filing_no="Beijing-LanXu-202603030012"),
        url="https://cac.example/1",
        register=True,
        at=LATER - timedelta(1),
    )
    assert round_of(postgres) == {("ana@example.org", "amended"), ("bo@example.org", "new")}
    with postgres.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == id).values(status="rejected"))
    assert round_of(postgres) == set(), "a correction made now is for the next time"
    with postgres.write() as session:
        assert per_month(session) == {}
        assert doubts(session).held == 0
        assert newest(session, Filter(), {}, 5) == []
        assert {one.state for one in receipts(session)} == {"sent"}
        for _ in range(3):
            count_refusal(session, subscribers(session)[0].id, LATER)
        assert subscribers(session)[0].state == "suspended"
        assert remove(session, "ana@example.org", b"s" * 32, LATER)

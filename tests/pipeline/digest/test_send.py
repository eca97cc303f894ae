"""A round sends every mail that is due, once, whatever happens to one of them, or to the process."""

import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from smtp_server import smtp_server
from sqlalchemy import select, update
from telling import NOON, database_at, fact, tell
from web import wire

from config.settings import ConfigError, Settings
from extractors.records import Claim, Kind
from pipeline.digest.mail import send
from pipeline.digest.preview import preview
from pipeline.digest.send import LEASE, MOST_AWAY, DigestReport, send_digest
from pipeline.lease import Lease, Taken
from storage import leases
from storage.receipts import receipts
from storage.records import Origin
from storage.subscribers import add, remove, subscribers
from storage.tables import Mail, StoredApproval
from storage.wishes import Wish

READERS = ("a@example.org", "b@example.org", "c@example.org")


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    with opened.write() as session:
        for reader in READERS:
            add(session, reader, Wish(), NOON)
    yield opened
    opened.close()


@pytest.fixture
def server():
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path, server):
    return Settings(
        data_dir=tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_from="greenlit@desk.example",
        smtp_connections=1,
    )


def at(moment):
    return lambda: moment


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.moment = NOON

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def time():
    return Time()


def take_lease(database, holder, moment):
    with database.write() as session:
        assert leases.take(session, LEASE, holder, moment) is None


def test_every_reader_gets_one_mail_and_a_second_round_sends_none(database, settings, server):
    tell(database, fact(), fact("潮汐智能", "听潮"))
    assert send_digest(database, settings, at(NOON)) == DigestReport(sent=3, items=6)
    assert [mail.to for mail in server.mails] == [[reader] for reader in READERS]
    assert all("听潮" in mail.body("plain") and "澜序大模型" in mail.body("html") for mail in server.mails)
    assert send_digest(database, settings, at(NOON + timedelta(days=1))) == DigestReport()
    assert len(server.mails) == 3


def test_nothing_new_is_not_a_mail(database, settings, server):
    tell(database, fact(), origin=Origin.BACKFILL)
    assert send_digest(database, settings, at(NOON)) == DigestReport()
    assert server.mails == []


def test_the_mail_says_how_many_are_known_of_the_stated_total(database, settings, server):
    tell(database, fact(), claims=(Claim(Kind.GENAI_FILING, cumulative=346, date="2025-03-31"),))
    send_digest(database, settings, at(NOON))
    assert "1 known, of a stated total of 346 (2025-03-31)" in server.mails[0].body("plain")


def test_what_fell_away_is_no_mail_and_nobody_has_a_receipt_for_it(database, settings, server):
    gone, stays = tell(database, fact(), fact("潮汐智能", "听潮")).news
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == gone).values(status="rejected"))
    assert send_digest(database, settings, at(NOON)) == DigestReport(sent=3, items=3)
    assert send_digest(database, settings, at(NOON)) == DigestReport()
    with database.read() as session:
        assert {one.told for one in receipts(session)} == {(("new", stays),)}


def test_one_refused_reader_blocks_no_other(database, settings, server):
    server.refuse_reader = lambda address: "450 later" if address == READERS[0] else None
    tell(database, fact())
    report = send_digest(database, settings, at(NOON))
    assert (report.sent, report.failed, report.items) == (2, 1, 2)
    assert report.errors == (f"{READERS[0]}: mail server 127.0.0.1:{server.port}: 450 later",)
    assert [mail.to for mail in server.mails] == [[READERS[1]], [READERS[2]]]


def test_a_failed_mail_is_tried_again_after_pauses_that_double(database, settings, server):
    server.refuse_reader = lambda address: "450 later" if address == READERS[0] else None
    tell(database, fact())
    moment = NOON
    send_digest(database, settings, at(moment))
    for minutes in (5, 10, 20):
        assert send_digest(database, settings, at(moment + timedelta(minutes=minutes, seconds=-1))).failed == 0
        moment += timedelta(minutes=minutes)
        assert send_digest(database, settings, at(moment)).failed == 1
    server.refuse_reader = lambda address: None
    assert send_digest(database, settings, at(moment + timedelta(minutes=40))).sent == 1
    assert [len(server.to(reader)) for reader in READERS] == [1, 1, 1]


def test_what_is_found_after_the_digest_time_waits_and_a_failed_mail_does_not(database, settings, server):
    server.refuse_reader = lambda address: "450 later" if address == READERS[0] else None
    tell(database, fact())
    send_digest(database, settings, at(NOON))
    tell(database, fact("潮汐智能", "听潮"), url="https://news.example/2")
    server.refuse_reader = lambda address: None
    assert send_digest(database, settings, at(NOON), boundary=lambda schedule: NOON) == DigestReport()
    later = at(NOON + timedelta(minutes=5))
    assert send_digest(database, settings, later, boundary=lambda schedule: NOON) == DigestReport(sent=1, items=1)
    assert "听潮" not in server.to(READERS[0])[0].body("plain")
    assert send_digest(database, settings, at(NOON + timedelta(minutes=5))) == DigestReport(sent=3, items=3)


def test_pauses_do_not_grow_beyond_a_day(database, settings, server):
    server.refuse_reader = lambda address: "450 later"
    tell(database, fact())
    send_digest(database, settings, at(NOON))
    with database.write() as session:
        session.execute(update(Mail).values(attempts=500, next_try_at=NOON))
    send_digest(database, settings, at(NOON))
    with database.read() as session:
        assert set(session.scalars(select(Mail.next_try_at))) == {NOON + timedelta(days=1)}


def test_a_reader_refused_for_good_is_not_tried_again_but_gets_later_news(database, settings, server):
    server.refuse_reader = lambda address: "550 unknown" if address == READERS[0] else None
    tell(database, fact())
    assert send_digest(database, settings, at(NOON)).failed == 1
    assert send_digest(database, settings, at(NOON + timedelta(days=90))) == DigestReport()
    server.refuse_reader = lambda address: None
    tell(database, fact("潮汐智能", "听潮"), url="https://news.example/2")
    assert send_digest(database, settings, at(NOON)).sent == 3
    assert "听潮" in server.to(READERS[0])[0].body("plain")


def test_what_breaks_while_a_mail_is_made_blocks_no_other(database, settings, server):
    tell(database, fact())
    calls = []

    def transport(message):
        calls.append(message["To"])
        if len(calls) == 1:
            raise ZeroDivisionError("broken")

    report = send_digest(database, settings, at(NOON), transport)
    assert (report.sent, report.failed) == (2, 1)
    assert report.errors == (f"{READERS[0]}: ZeroDivisionError: broken",)


def test_a_server_that_is_away_is_not_asked_for_every_mail(database, settings):
    with database.write() as session:
        for n in range(5):
            add(session, f"more{n}@example.org", Wish("en"), NOON)
    tell(database, fact())
    with wire(lambda sock: None) as away:  # hangs up before it says anything
        gone = settings.model_copy(update={"smtp_port": away.port})
        report = send_digest(database, gone, at(NOON))
    assert (report.sent, report.failed) == (0, 8)
    assert len(report.errors) <= MOST_AWAY + 2
    assert MOST_AWAY <= away.connections <= MOST_AWAY + 1
    assert send_digest(database, settings, at(NOON + timedelta(minutes=5))).sent == 8


def test_a_server_that_breaks_off_after_the_text_gets_the_same_mail_again(database, settings, server):
    seen = []

    def answer(mail):
        seen.append(mail)
        return "hang up" if len(seen) == 1 else "250 taken"

    server.answer = answer
    tell(database, fact())
    assert send_digest(database, settings, at(NOON)).failed == 1
    assert send_digest(database, settings, at(NOON + timedelta(minutes=5))).sent == 1
    assert seen[0].message["Message-ID"] == seen[-1].message["Message-ID"]
    assert [len(server.to(reader)) for reader in READERS] == [1, 1, 1]


def test_a_reader_who_leaves_during_the_round_gets_no_mail(database, settings, server):
    tell(database, fact())

    def answer(mail):
        if mail.to == [READERS[0]]:
            with database.write() as session:
                remove(session, READERS[1], b"s" * 32, NOON)
        return "250 taken"

    server.answer = answer
    assert send_digest(database, settings, at(NOON)) == DigestReport(sent=2, skipped=1, items=2)
    assert server.to(READERS[1]) == []


def test_two_senders_at_once_are_refused(database, settings, server):
    tell(database, fact())
    elsewhere = settings.model_copy(update={"data_dir": settings.data_dir / "other"})
    with Lease(database, at(NOON), LEASE, "sends"), pytest.raises(Taken, match="after 12:01:30") as error:
        send_digest(database, elsewhere, at(NOON))
    assert error.value.until == NOON + leases.TERM
    assert server.mails == []
    assert send_digest(database, elsewhere, at(NOON)).sent == 3


def test_a_dead_senders_lease_runs_out(database, settings):
    tell(database, fact())
    take_lease(database, "dead", NOON)
    with pytest.raises(Taken):
        send_digest(database, settings, at(NOON + leases.TERM - timedelta(seconds=1)))
    assert send_digest(database, settings, at(NOON + leases.TERM)).sent == 3


def test_the_lease_is_renewed_before_each_mail(database, settings, time):
    tell(database, fact())
    seen = []

    def transport(message):
        time.sleep(60)
        seen.append(message["To"])
        with pytest.raises(Taken):
            send_digest(database, settings, time.now)

    assert send_digest(database, settings, time.now, transport).sent == 3
    assert seen == list(READERS)


def test_a_sender_that_lost_its_lease_sends_no_more(database, settings, server, time):
    tell(database, fact())

    def transport(message):
        send(settings, message)
        time.sleep(91)
        take_lease(database, "another", time.moment)

    with pytest.raises(Taken):
        send_digest(database, settings, time.now, transport)
    assert [mail.to for mail in server.mails] == [[READERS[0]]]
    time.sleep(90)
    assert send_digest(database, settings, time.now).sent == 2
    assert [len(server.to(reader)) for reader in READERS] == [1, 1, 1]


def test_without_a_mail_server_the_error_names_the_setting(database, tmp_path):
    with pytest.raises(ConfigError, match="GREENLIT_SMTP_HOST"):
        send_digest(database, Settings(data_dir=tmp_path), at(NOON))


def test_a_preview_shows_what_waits_and_changes_nothing(database, settings, server):
    tell(database, fact())
    with database.read() as session:
        reader = subscribers(session)[0]
    before = preview(database, settings, at(NOON))
    assert before.subject == "Greenlit: 1 new approval: 澜序科技 澜序大模型"
    assert preview(database, settings, at(NOON), reader) == before
    assert send_digest(database, settings, at(NOON)).sent == 3
    assert server.mails[0].message["Subject"] == before.subject
    assert server.mails[0].body("plain").splitlines() == before.text.splitlines()
    assert preview(database, settings, at(NOON)).subject == "Greenlit: no new approvals"


def test_a_preview_shows_the_correction_that_the_next_round_makes(database, settings, server):
    (only,) = tell(database, fact()).news
    send_digest(database, settings, at(NOON))
    with database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == only).values(status="rejected"))
    for _ in range(2):
        assert preview(database, settings, at(NOON)).subject == "Greenlit: 1 correction: 澜序科技 澜序大模型"
    assert send_digest(database, settings, at(NOON)).sent == 3


def test_a_preview_since_a_day_shows_history_too(database, settings):
    tell(database, fact(), origin=Origin.SEED)
    assert "澜序大模型" in preview(database, settings, at(NOON), since=date(2026, 3, 5)).text
    assert "澜序大模型" not in preview(database, settings, at(NOON), since=date(2026, 3, 6)).text


KILLED = """
import os, signal, sys
from functools import partial
from pathlib import Path
from config.settings import Settings
from pipeline.digest.mail import send
from pipeline.digest.send import send_digest
from storage.database import open_database
from telling import NOON

folder, port, when, nth = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
settings = Settings(data_dir=folder, smtp_host="127.0.0.1", smtp_port=port, smtp_from="greenlit@desk.example", smtp_connections=1)
sent = []

def transport(message):
    sent.append(message)
    if when == "before" and len(sent) == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    send(settings, message)
    if when == "after" and len(sent) == nth:
        os.kill(os.getpid(), signal.SIGKILL)

send_digest(open_database(f"sqlite:///{folder / 'greenlit.db'}"), settings, lambda: NOON, transport)
"""


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_and_started_again_every_mail_arrives_and_none_is_doubled(database, settings, server, time, when, nth):
    tell(database, fact())
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(settings.data_dir), str(server.port), when, str(nth)]
    killed = subprocess.run(command, cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    taken = nth - 1 if when == "before" else nth
    assert len(server.mails) == taken
    # After the 250 and before the mark nobody can know; that one mail comes again, under the same name.
    doubled = [READERS[nth - 1]] if when == "after" else []
    marked = nth - 1
    assert send_digest(database, settings, time.now).sent == 3 - marked
    for reader in READERS:
        mails = server.to(reader)
        assert len(mails) == (2 if reader in doubled else 1)
        assert len({mail.message["Message-ID"] for mail in mails}) == 1
    assert send_digest(database, settings, at(NOON + timedelta(days=2))) == DigestReport()

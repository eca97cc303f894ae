"""The ways in which telling people fails elsewhere: F62 to F69, each as a test."""

import ssl
from datetime import timedelta
from email import message_from_bytes, policy
from email.header import decode_header
from pathlib import Path

import pytest
from smtp_server import smtp_server
from sqlalchemy import select
from telling import NOON, database_at, fact, tell
from web import wire

from config.settings import Settings
from pipeline.digest.compose import Leaving, compose
from pipeline.digest.mail import Mailer, ServerAway, TemporaryMailFailure
from pipeline.digest.render import Rendered
from pipeline.digest.send import GIVE_UP, DigestReport, send_digest
from pipeline.lease import Lease, Taken
from storage.alarms import AlarmName, open_alarms
from storage.records import Origin
from storage.subscribers import MOST_REFUSALS, add, subscribers
from storage.tables import Mail
from storage.wishes import Schedule, Wish

READERS = tuple(f"{name}@example.org" for name in "abcde")
PEM = Path(__file__).parent / "tls" / "localhost.pem"
POISON = {
    "line feed": "a\nBcc: victim@example.org",
    "vertical tab": "a\x0bb",
    "file separator": "a\x1cb",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "lone surrogate": "a\ud800b",
    "bidi override": "a\u202ecod.exe",
    "5,000 characters": "长" * 5_000,
    "html": "<script>alert(1)</script>",
    "template": "{{ 7 * 7 }}{% for x in y %}",
    "encoded word": "=?utf-8?q?a=0d=0aBcc:_victim@example.org?=",
}


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
    return Settings(data_dir=tmp_path, smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="greenlit@desk.example")


def at(moment):
    return lambda: moment


def test_f62_is_the_matrix_of_kills():
    assert "SIGKILL" in (Path(__file__).parent / "test_kill.py").read_text(encoding="utf-8")


def test_f63_the_third_of_five_refused_costs_nobody_else_anything(database, settings, server):
    server.refuse_reader = lambda address: "450 later" if address == READERS[2] else None
    tell(database, fact())
    assert send_digest(database, settings, at(NOON)).sent == 4
    assert send_digest(database, settings, at(NOON + timedelta(minutes=6))).sent == 0
    server.refuse_reader = lambda address: None
    assert send_digest(database, settings, at(NOON + timedelta(days=1))).sent == 1
    assert [len(server.to(reader)) for reader in READERS] == [1] * 5


def test_f64_what_waits_for_a_mail_does_not_expire(database, settings, server):
    tell(database, fact())
    assert send_digest(database, settings, at(NOON + timedelta(days=900))).sent == 5


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_f65_a_poison_title_blocks_no_digest(database, settings, server, poison):
    tell(database, fact(poison.replace("\ud800", "\ufffd"), poison.replace("\ud800", "\ufffd")), title=poison)
    assert send_digest(database, settings, at(NOON)).sent == 5
    mail = server.mails[0].message
    assert (mail["To"], mail["Bcc"]) in [(reader, None) for reader in READERS]
    assert "\n" not in mail["Subject"]
    assert "49" not in mail["Subject"]
    assert "<script" not in server.mails[0].body("html")


SUBJECTS = ["Greenlit：新增 3 项：" + "澜序科技 澜序大模型、" * 9, "小米 MiLM " * 20, "x" * 120, "长" * 120]


@pytest.mark.parametrize("subject", SUBJECTS, ids=range(4))
def test_f66_chinese_subjects_and_long_names_are_folded_right(subject):
    settings = Settings(smtp_from="greenlit@" + "long-name." * 15 + "example")
    page = "https://desk.example/unsubscribe/" + "t" * 150
    ids = f"<{'0' * 64}@{'long-name.' * 15}example>"
    mail = compose(
        settings,
        "reader@example.org",
        ids,
        Rendered(subject, "<p>长</p>" * 900, "长" * 3_000),
        NOON,
        Leaving("o@d.example", page),
    )
    raw = mail.as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    read = message_from_bytes(raw, policy=policy.default)
    assert read["Subject"].strip() == subject.strip()
    assert read["Message-ID"] == ids
    assert read["List-Unsubscribe"].startswith(f"<{page}>, <mailto:")
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # Another parser, of older rules: RFC 2047 alone.
    old = message_from_bytes(raw, policy=policy.compat32)
    said = "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in decode_header(old["Subject"].replace("\r\n", ""))
    )
    assert " ".join(said.split()) == " ".join(subject.split())
    assert f"{old['Message-ID']}".strip() == ids


def test_f67_a_mail_that_is_put_off_for_days_is_given_up(database, settings, server):
    server.refuse_reader = lambda address: "450 greylisted" if address == READERS[0] else None
    tell(database, fact())
    moment = NOON
    for _ in range(12):
        send_digest(database, settings, at(moment))
        moment += timedelta(days=1)
    with database.read() as session:
        (mail,) = session.scalars(select(Mail).where(Mail.sent_at.is_(None)))
        assert mail.next_try_at is None
        assert mail.created_at + GIVE_UP < moment
        assert {s.refusals for s in subscribers(session)} == {0, 1}


def test_f67_a_reader_refused_for_good_again_and_again_is_suspended_and_the_operator_told(database, settings, server):
    server.refuse_reader = lambda address: "550 unknown" if address == READERS[0] else None
    for n in range(MOST_REFUSALS + 1):
        tell(database, fact(f"公司{n}", f"产品{n}"), url=f"https://news.example/{n}")
        send_digest(database, settings, at(NOON + timedelta(minutes=n)))
    with database.write() as session:
        (suspended,) = [s for s in subscribers(session) if s.state == "suspended"]
        (alarm,) = open_alarms(session)
        assert (suspended.address, alarm.name) == (READERS[0], AlarmName.SUSPENDED)
        assert "example.org" not in alarm.detail + alarm.source, "an alarm outlives its reader"
        server.refuse_reader = lambda address: None
        add(session, READERS[0], Wish(), NOON)
        assert open_alarms(session) == []
    assert send_digest(database, settings, at(NOON + timedelta(days=1))).sent == MOST_REFUSALS
    assert len(server.to(READERS[0])) == MOST_REFUSALS, "what was refused meanwhile comes now"


def test_f67_a_server_that_dawdles_costs_no_more_than_the_time_for_one_mail():
    def dawdling(sock):
        """One byte now and then: no timeout for one answer ever passes."""
        while not server.over.wait(0.02):
            sock.sendall(b"2")

    with wire(dawdling) as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="greenlit@desk.example")
        mail = compose(settings, "a@example.org", "<1@desk.example>", Rendered("s", "<p>h</p>", "t\n"), NOON)
        with (
            Mailer(settings, timeout=5, deadline=0.3) as mailer,
            pytest.raises(ServerAway, match=r"0\.3 s for one mail"),
        ):
            mailer.send(mail)


def test_f67_tls_from_the_first_byte_is_spoken_and_a_stranger_refused():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    trusting = ssl.create_default_context(cafile=PEM)
    with smtp_server(implicit=context) as server:
        settings = Settings(
            smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="greenlit@desk.example", smtp_tls=True
        )
        mail = compose(settings, "a@example.org", "<1@desk.example>", Rendered("s", "<p>h</p>", "t\n"), NOON)
        with Mailer(settings, tls=trusting) as mailer:
            mailer.send(mail)
            mailer.send(mail)  # over the same connection
        with Mailer(settings) as mailer, pytest.raises(ServerAway, match="certificate"):
            mailer.send(mail)
    assert len(server.mails) == 2


def test_f67_a_connection_that_the_server_closed_meanwhile_is_made_anew():
    with smtp_server() as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="greenlit@desk.example")
        mail = compose(settings, "a@example.org", "<1@desk.example>", Rendered("s", "<p>h</p>", "t\n"), NOON)
        with Mailer(settings) as mailer:
            mailer.send(mail)
            mailer._server.sock.close()
            mailer.send(mail)
            server.answer = lambda taken: "hang up"
            with pytest.raises(TemporaryMailFailure):
                mailer.send(mail)
            server.answer = lambda taken: "250 taken"
            mailer.send(mail)
    assert len(server.mails) == 3


@pytest.mark.parametrize("origin", [o for o in Origin if o is not Origin.LIVE], ids=str)
def test_f68_what_was_there_before_is_not_mailed(database, settings, server, origin):
    tell(database, *(fact(f"公司{n}", f"产品{n}") for n in range(30)), origin=origin)
    assert send_digest(database, settings, at(NOON)) == DigestReport()


def test_f69_nothing_to_tell_is_a_mail_only_to_who_asked_for_it_and_once(database, settings, server):
    with database.write() as session:
        add(session, READERS[1], Wish(empty=True), NOON)
    day = timedelta(days=1)

    def boundary(schedule: Schedule):
        return schedule.boundary(NOON + day, "08:30", settings.zone)

    for minutes in (0, 1, 600):
        send_digest(database, settings, at(NOON + day + timedelta(minutes=minutes)), boundary=boundary)
    assert [mail.to for mail in server.mails] == [[READERS[1]]]
    assert "No new approvals" in server.mails[0].body("plain")


def test_f69_two_instances_send_one_mail(database, settings, server):
    tell(database, fact())
    with Lease(database, at(NOON), "digest", "sends"), pytest.raises(Taken):
        send_digest(database, settings, at(NOON))
    assert send_digest(database, settings, at(NOON)).sent == 5
    assert send_digest(database, settings, at(NOON)).sent == 0
    assert len(server.mails) == 5

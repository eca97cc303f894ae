"""The operator is told of each alarm once, over real SMTP; what can't be told stays to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from smtp_server import SmtpServer, smtp_server
from telling import fact, tell

from config.settings import Settings
from config.source import Source, SourceProblem
from pipeline.alarms import FIRST_PAUSE, tell_operator, watch_files
from pipeline.digest.labels import say
from pipeline.digest.send import send_digest
from storage import subscribers
from storage.alarms import AlarmName, clear_unwatched, open_alarms, settle
from storage.database import Database
from storage.tables import SourceState
from storage.wishes import Wish

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
SILENT, FAILING = AlarmName.SILENT, AlarmName.FAILING


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


class Operator:
    """Settles alarms and tells of them, at a time that moves."""

    def __init__(self, database: Database, server: SmtpServer) -> None:
        self.database, self.now = database, NOON
        self.settings = Settings(operator="ops@example.org", smtp_host="127.0.0.1", smtp_port=server.port)

    def settle(self, source: str, **now_true: str) -> None:
        alarms = {AlarmName(name): words for name, words in now_true.items()}
        with self.database.write() as session:
            settle(session, source, alarms, self.now)

    def tell(self, settings: Settings | None = None) -> int:
        return tell_operator(self.database, settings or self.settings, lambda: self.now)

    def open(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            return [(alarm.source, alarm.name.value) for alarm in open_alarms(session)]


@pytest.fixture
def operator(database: Database, server: SmtpServer) -> Operator:
    return Operator(database, server)


def test_an_alarm_is_mailed_once_however_many_rounds_it_goes_on(operator: Operator, server: SmtpServer) -> None:
    told = []
    for n in range(5):
        operator.settle("cac", silent=f"nothing new, round {n}")
        told.append(operator.tell())
        operator.now += timedelta(hours=1)
    assert told == [1, 0, 0, 0, 0]
    (mail,) = server.mails
    assert mail.to == ["ops@example.org"]
    assert mail.message["Subject"] == "Greenlit: cac silent"
    assert "cac: silent since 2026-03-10 12:00. nothing new, round 0" in mail.body("plain")


def test_one_that_ended_and_came_back_is_mailed_again(operator: Operator, server: SmtpServer) -> None:
    for now_true in ({"silent": "x"}, {}, {"silent": "x"}):
        operator.settle("cac", **now_true)
        operator.tell()
        operator.now += timedelta(days=1)
    assert len(server.mails) == 2
    assert len({mail.message["Message-ID"] for mail in server.mails}) == 2


def test_alarms_of_one_moment_are_one_mail_and_its_html_is_inert(operator: Operator, server: SmtpServer) -> None:
    operator.settle("cac", silent="nothing new")
    for n in range(4):
        operator.settle(f"s{n}", failing="failed: <script>alert(1)</script>")
    assert operator.tell() == 5
    (mail,) = server.mails
    assert mail.message["Subject"] == "Greenlit: cac silent, s0 failing, s1 failing and 2 more"
    assert "<script>" not in mail.body("html")
    assert mail.body("plain").count("since 2026-03-10") == 5


def test_one_that_ended_before_it_could_be_told_is_not_told(operator: Operator, server: SmtpServer) -> None:
    operator.settle("cac", silent="x")
    operator.settle("cac")
    assert (operator.tell(), server.mails, operator.open()) == (0, [], [])


def test_one_trouble_that_turns_into_another_is_another_alarm(operator: Operator, server: SmtpServer) -> None:
    operator.settle("cac", silent="x")
    operator.settle("cac", failing="y")
    assert operator.open() == [("cac", "failing")]


def test_without_an_address_or_a_server_alarms_are_only_shown(operator: Operator, server: SmtpServer) -> None:
    operator.settle("cac", silent="x")
    assert operator.tell(Settings(smtp_host="127.0.0.1", smtp_port=server.port)) == 0
    assert operator.tell(Settings(operator="ops@example.org")) == 0
    assert (server.mails, operator.open()) == ([], [("cac", "silent")])


def test_f44_a_mail_that_is_not_taken_is_seen_elsewhere_and_tried_again_under_the_same_id(
    operator: Operator, server: SmtpServer
) -> None:
    seen = []
    server.answer = lambda mail: seen.append(mail.message["Message-ID"]) or "451 busy"
    operator.settle("cac", silent="x")
    assert operator.tell() == 0
    with operator.database.read() as session:
        (alarm,) = open_alarms(session)
    assert (alarm.told_at, alarm.attempts, "451 busy" in alarm.error) == (None, 1, True)
    assert operator.tell() == 0  # not before its pause is over
    assert len(seen) == 1
    server.answer = lambda mail: seen.append(mail.message["Message-ID"]) or "250 taken"
    operator.now += FIRST_PAUSE
    assert operator.tell() == 1
    assert seen[0] == seen[1]
    with operator.database.read() as session:
        assert open_alarms(session)[0].error is None


def test_f44_a_sender_that_is_no_address_is_a_reason_too(operator: Operator, server: SmtpServer) -> None:
    operator.settle("cac", silent="x")
    wrong = operator.settings.model_copy(update={"smtp_from": "nobody"})
    assert operator.tell(wrong) == 0
    with operator.database.read() as session:
        assert "GREENLIT_SMTP_FROM" in open_alarms(session)[0].error


def test_alarms_of_sources_that_are_watched_no_more_end(operator: Operator) -> None:
    operator.settle("cac", silent="x")
    operator.settle("gone", failing="y")
    with operator.database.write() as session:
        clear_unwatched(session, ["cac"], NOON)
    assert operator.open() == [("cac", "silent")]


@pytest.mark.parametrize(
    "address", ["ops", "ops@", "@example.org", "a b@example.org", "a@b\nBcc: c@d", "ö@example.org"]
)
def test_the_operators_address_is_checked(address: str) -> None:
    with pytest.raises(ValidationError):
        Settings(operator=address)


def test_a_source_whose_file_is_wrong_is_an_alarm_until_it_is_right_again(
    operator: Operator, server: SmtpServer
) -> None:
    """Not even one of the same id that is watched in its place ends it: the operator's own is what is missing."""
    wrong = [SourceProblem("/my/cac.toml", "line 3, kind: give official, media or aggregator")]
    for _ in range(3):
        watch_files(operator.database, wrong, lambda: NOON)
        operator.settle("cac")
        operator.tell()
    assert operator.open() == [("cac", "not_taken")]
    (mail,) = server.mails
    assert "cac: not_taken" in mail.body("plain") and "line 3, kind" in mail.body("plain")
    watch_files(operator.database, [], lambda: NOON)
    assert operator.open() == []


def test_every_alarm_has_its_words_for_readers() -> None:
    for alarm in AlarmName:
        for language in ("en", "zh", "both"):
            assert say(f"alarm_{alarm.value}", language)


@pytest.mark.parametrize(("language", "name"), [("en", "CAC"), ("zh", "国家网信办"), ("both", "CAC · 国家网信办")])
def test_the_digest_says_what_could_not_be_seen_but_for_sources_in_shadow(
    operator: Operator, server: SmtpServer, language: str, name: str
) -> None:
    cac = Source(id="cac", name="国家网信办", name_en="CAC", kind="official", language="zh", enabled=False)
    database = operator.database
    with database.write() as session:
        subscribers.add(session, "ana@example.org", Wish(language), NOON)
        session.add(SourceState(id="new", failures=3, shadow=True))
    operator.settle("cac", silent="the operator's words")
    operator.settle("new", failing="y")
    tell(database, fact(date=None), at=NOON)
    send_digest(database, operator.settings, lambda: NOON, sources={"cac": cac})
    (mail,) = server.mails
    for text in (mail.body("plain"), mail.body("html")):
        assert say("unseen", language) in text
        line = f"{name}: {say('alarm_silent', language)}, {say('since', language, day='2026-03-10')}"
        assert line in text
        assert "the operator's words" not in text and "new: " not in text
    operator.settle("cac")
    tell(database, fact("潮汐智能", "听潮", date=None), url="https://news.example/2", at=NOON)
    send_digest(database, operator.settings, lambda: NOON)
    assert say("unseen", language) not in server.mails[1].body("plain")

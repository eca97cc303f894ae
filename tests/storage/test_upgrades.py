"""Databases of every former version come along with their rows, step by step, whole or not at all."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from io import StringIO

import pytest
from readings import fact, reading
from sqlalchemy import event, inspect, select, text
from versions import go_back

from extractors.records import CHINA
from extractors.understand.lexicon import Lexicon
from pipeline.export import write_lines
from storage import backfills, queries
from storage.articles import save
from storage.database import Database
from storage.examine import examine
from storage.records import Policy
from storage.schema import HEAD, OtherVersion, current_version, refuse_other_version, upgrade
from storage.tables import Delivery, Mail, OutboxItem, Subscriber

VERSIONS = sorted(path.name[:4] for path in (files("migrations") / "versions").iterdir() if path.name[:4].isdecimal())
READINGS = [
    reading("a", fact(product="鲸语", date="2026-03")),
    reading("b", fact("百度", "文心一言", id="baidu"), url="https://a.example/1"),
    reading("c", fact("Baidu", "ERNIE Bot", id="baidu")),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Database:
    """A database of each kind."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres")


def exported(database: Database) -> list[dict]:
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def add_a_mailed_reader(database: Database) -> None:
    """A subscriber who got a mail of the first approval."""
    at = datetime(2026, 3, 2, tzinfo=CHINA)
    with database.write() as session:
        reader = Subscriber(address="ana@example.org", created_at=at)
        session.add(reader)
        session.flush()
        mail = Mail(subscriber_id=reader.id, message_id="<1@greenlit.example>", created_at=at, sent_at=at)
        session.add(mail)
        session.flush()
        item = session.scalars(select(OutboxItem.id)).first()
        session.add(Delivery(outbox_id=item, subscriber_id=reader.id, mail_id=mail.id))


def version(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return current_version(connection)


@pytest.mark.parametrize("former", VERSIONS[:-1])
def test_a_populated_database_of_every_version_comes_along(either: Database, lexicon: Lexicon, former: str) -> None:
    for one in READINGS:
        with either.write() as session:
            save(session, one, lexicon, Policy())
    add_a_mailed_reader(either)
    before = exported(either)
    go_back(either, former)
    with pytest.raises(OtherVersion, match="db upgrade"):
        refuse_other_version(either.engine)
    assert upgrade(either.engine) == former
    assert version(either) == HEAD
    assert exported(either) == before
    assert examine(either) == []
    with either.read() as session:
        assert session.scalars(select(Subscriber.address).join(Mail).join(Delivery)).all() == ["ana@example.org"]
    with either.write() as session:
        save(session, reading("d", fact(product="鲸歌")), lexicon, Policy())
    assert len(exported(either)) == len(before) + 1


def test_the_walks_of_older_backfills_go_on_where_they_stood(either: Database) -> None:
    at, days = (
        datetime(2026, 2, 1, 4, tzinfo=UTC),
        [(date(2026, 1, 1), date(2026, 1, 31)), (date(2025, 1, 1), date(2025, 6, 30))],
    )
    go_back(either, "0009")
    rows = [("cac", *days[0], 4, 31, False), ("cac", *days[1], 9, 80, True), ("ithome", *days[0], 2, 10, False)]
    fields = ("source", "since", "until", "next_page", "listed", "done", "updated_at")
    into = text(f"INSERT INTO backfills ({', '.join(fields)}) VALUES (:{', :'.join(fields)})")
    with either.write() as session:
        for source, since, until, *rest in rows:
            values = (source, since.isoformat(), until.isoformat(), *rest, at.replace(tzinfo=None))
            session.execute(into, dict(zip(fields, values, strict=True)))
    assert upgrade(either.engine) == "0009"
    with either.read() as session:
        assert backfills.place(session, "cac", *days[0], 1) == backfills.Place(4, 31, False)
        assert backfills.place(session, "cac", *days[1], 1) == backfills.Place(9, 80, True)
        assert backfills.place(session, "ithome", *days[0], 1) == backfills.Place(2, 10, False)
        assert [(job.way, job.key) for job in backfills.jobs(session)] == [("source", "cac"), ("source", "ithome")]
    with either.write() as session:
        backfills.move(session, "cac", *days[0], backfills.Place(5, 40, True), at)
        assert backfills.place(session, "cac", *days[0], 1) == backfills.Place(5, 40, True)
    assert examine(either) == []


def test_a_step_that_fails_half_way_leaves_nothing_and_can_be_taken_again(either: Database) -> None:
    go_back(either, "0004")

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE changes" in statement:
            raise RuntimeError("the power went")

    event.listen(either.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="power"):
        upgrade(either.engine)
    event.remove(either.engine, "before_cursor_execute", fail)
    assert version(either) == "0004"
    with either.engine.connect() as connection:
        assert "decided_mentions" not in inspect(connection).get_table_names()
    assert upgrade(either.engine) == "0004"
    assert version(either) == HEAD


def test_a_newer_database_is_refused_whatever_is_asked(either: Database) -> None:
    with either.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for what in (refuse_other_version, upgrade):
        with pytest.raises(OtherVersion, match="newer Greenlit"):
            what(either.engine)

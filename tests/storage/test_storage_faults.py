"""F51 and F54 to F61: races, kills, full disks, lost connections; nothing is lost, nothing doubled, and it says why."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from copied import NOTICE, WIRE
from forked import in_child, killed_at
from readings import NOON, fact, reading
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from versions import go_back

from extractors.records import CHINA, Kind, Page
from extractors.understand.lexicon import Lexicon
from pipeline.cli.main import main
from pipeline.export import write_lines
from storage import database as opening
from storage import queries, search
from storage.articles import save
from storage.database import Database, DatabaseProblem, open_database
from storage.records import Policy, Reading
from storage.schema import HEAD, current_version, upgrade
from storage.tables import OutboxItem, SearchText, StoredArticle, StoredMention, StoredPage, StoredSketch, Table

NUMBER = "Haidong-JingYu-202603010007"
BODY = b"<html>page</html>"
PAGE = Page("https://n.example/1", "https://n.example/1", 200, (), BODY, NOON, sha256(BODY).hexdigest())
LEGAL = "海东蓝鲸智语科技有限公司"
READINGS = [
    reading("notice", fact(LEGAL, "鲸语", filing_no=NUMBER), text=NOTICE, page=PAGE),
    reading("copy", fact(LEGAL, "鲸语", filing_no=NUMBER), text=NOTICE + "（转载）"),
    reading("short", fact("蓝鲸智语", "鲸语", names=("蓝鲸智语", LEGAL)), text=WIRE),
    reading("cut", fact("蓝鲸智语", "鲸语", confidence=0.5), text=WIRE[:100]),
    reading("english", fact("LanJing AI", None, names=("LanJing AI", "蓝鲸智语"))),
    reading("baidu", fact("百度", "文心一言", id="baidu")),
    reading("ernie", fact("Baidu", "ERNIE Bot", id="baidu", date="2026-03")),
    reading("other", fact("青禾", "禾苗", kind=Kind.GENAI_REGISTRATION)),
]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database on each kind of server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'greenlit.db'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


def store(database: Database, lexicon: Lexicon, *readings: Reading) -> None:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, Policy())


def exported(url: str) -> list[str]:
    """The export as DESIGN section 4 compares it, and how many rows there are of what must not double."""
    database = open_database(url)
    found = held(database)
    database.close()
    return found


def held(database: Database) -> list[str]:
    """What `exported` tells of a database that is open."""
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
        tables: list[type[Table]] = [StoredArticle, StoredMention, StoredSketch, SearchText, OutboxItem, StoredPage]
        counts = {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in tables}
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    for row in rows:
        row["id"] = row["first_seen_at"] = row["company"]["id"] = None
        row["company"]["names"].sort()
    return [*sorted(json.dumps(row, sort_keys=True) for row in rows), json.dumps(counts)]


def whole(url: str, lexicon: Lexicon, readings: list[Reading]) -> list[str]:
    database = open_database(url)
    store(database, lexicon, *readings)
    database.close()
    return exported(url)


@pytest.fixture
def reference(tmp_path: Path, lexicon: Lexicon) -> list[str]:
    """What one process makes of READINGS."""
    return whole(f"sqlite:///{tmp_path / 'reference.db'}", lexicon, READINGS)


def test_f51_four_processes_that_import_the_same_in_any_order_give_the_same(url, lexicon, reference) -> None:
    open_database(url).close()
    children = []
    for seed in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                store(open_database(url), lexicon, *random.Random(seed).sample(READINGS, len(READINGS)))
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert exported(url)[:-1] == reference[:-1]
    counts, expected = json.loads(exported(url)[-1]), json.loads(reference[-1])
    assert {**counts, "outbox": 0} == {**expected, "outbox": 0}


def test_f54_a_locked_database_is_said_to_be_locked(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.1)
    monkeypatch.setenv("GREENLIT_DATA_DIR", str(tmp_path))
    holder = open_database(f"sqlite:///{tmp_path / 'greenlit.db'}")
    line = tmp_path / "line.jsonl"
    line.write_text('{"id": "a", "title": "t", "text": "no news"}\n')
    with holder.write() as session:
        session.execute(text("DELETE FROM hosts"))
        assert main(["import", str(line)]) == 1
    said = capsys.readouterr().err
    assert ("database is locked" in said, "Traceback" in said) == (True, False)
    assert main(["import", str(line)]) == 0
    holder.close()


def _statements(url: str, lexicon: Lexicon, before: list[Reading], last: Reading) -> Iterator[int]:
    database = open_database(url)
    store(database, lexicon, *before)
    whole = held(database)
    for statement in range(1, 1_000):
        if not killed_at(statement, database, lambda database: store(database, lexicon, last)):
            database.close()
            return
        assert held(database) == whole, f"killed before statement {statement}"
        yield statement
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize("what", ["article", "edition"])
def test_f55_f61_killed_at_any_statement_nothing_is_half_stored(url, lexicon, tmp_path, what: str) -> None:
    edition = reading("copy", fact(LEGAL, "鲸歌", filing_no=NUMBER), text=NOTICE.replace("鲸语", "鲸歌"), page=PAGE)
    before, last = (READINGS[1:], READINGS[0]) if what == "article" else (READINGS, edition)
    killed = list(_statements(url, lexicon, before, last))
    assert len(killed) > 30
    assert exported(url) == whole(f"sqlite:///{tmp_path / 'whole.db'}", lexicon, [*before, last])


def test_f56_what_is_committed_is_on_the_disk(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(text("PRAGMA synchronous")) == 2
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_f57_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(tmp_path, lexicon, reference) -> None:
    url = f"sqlite:///{tmp_path / 'greenlit.db'}"
    database = open_database(url)
    store(database, lexicon, READINGS[0])
    before = exported(url)

    def no_room(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    event.listen(database.engine, "checkout", no_room)
    with pytest.raises(OperationalError, match="database or disk is full"):
        for n in range(100):
            store(database, lexicon, reading(f"more{n}", fact("青禾", f"禾苗{n}"), text=WIRE * 40 + str(n)))
    database.close()
    assert exported(url)[: len(before) - 1] == before[:-1]
    assert whole(url, lexicon, READINGS)[-1] != before[-1]


def test_f57_a_full_disk_is_said_in_words(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("GREENLIT_DATABASE_URL", "sqlite:////dev/full")
    assert main(["approvals", "list"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("greenlit: ")
    assert "Traceback" not in said


def test_f57_a_folder_that_can_not_be_written_is_said_in_words(tmp_path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir()
    open_database(f"sqlite:///{closed / 'old.db'}").close()
    closed.chmod(0o555)

    def as_nobody() -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        for name in ("new.db", "folder/new.db", "old.db"):
            try:
                database = open_database(f"sqlite:///{closed / name}")
                with database.write() as session:
                    session.execute(text("DELETE FROM hosts"))
            except (DatabaseProblem, OperationalError) as error:
                assert any(word in str(error) for word in ("unable to open", "can't be made", "readonly"))
            else:
                raise AssertionError(f"{name} was written")

    assert in_child(as_nobody) == 0
    assert list(closed.glob("new*")) == []


def test_f58_a_log_that_outlived_its_database_is_no_part_of_the_next(tmp_path, lexicon) -> None:
    url, file = f"sqlite:///{tmp_path / 'greenlit.db'}", tmp_path / "greenlit.db"

    def leave_log() -> None:
        store(open_database(url), lexicon, READINGS[0])  # ends without closing: the log stays

    assert in_child(leave_log) == 0
    assert file.with_name("greenlit.db-wal").stat().st_size > 0
    file.unlink()
    database = open_database(url)
    with database.read() as session:
        assert list(queries.approvals(session)) == []
    database.close()


@pytest.mark.parametrize("version", ["0006", "0004"], ids=["one step", "several"])
def test_f59_a_migration_that_fails_half_way_is_undone_and_can_be_run_again(
    url, lexicon, monkeypatch, version: str
) -> None:
    database = open_database(url)
    store(database, lexicon, *READINGS)
    before = exported(url)
    go_back(database, version)

    def fail(*_: object) -> int:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(search, "rebuild", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            upgrade(database.engine)
    with database.engine.connect() as connection:
        assert current_version(connection) == "0006"  # the steps before the broken one hold
        names = set(connection.dialect.get_table_names(connection))
    assert not {"search_texts", "search_grams"} & names
    assert upgrade(database.engine) == "0006"
    with database.engine.connect() as connection:
        assert current_version(connection) == HEAD
    database.close()
    assert exported(url)[:-1] == before[:-1]  # the way back to a former version loses outbox rows of a later kind


def test_a_lost_connection_in_the_middle_stores_nothing_and_the_next_works(postgres, lexicon) -> None:
    with pytest.raises(OperationalError), postgres.write() as session:
        save(session, READINGS[0], lexicon, Policy())
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with postgres.read() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        session.execute(text("SELECT 1"))
    with postgres.read() as session:
        assert session.scalar(select(func.count()).select_from(StoredArticle)) == 0
    store(postgres, lexicon, READINGS[0])
    with postgres.read() as session:
        assert len(list(queries.approvals(session))) == 1


def test_nul_and_surrogates_anywhere_do_no_harm(url, lexicon) -> None:
    odd = "甲\0乙\ud800丙"
    database = open_database(url)
    one = reading("x", fact(odd, odd, names=(odd,), filing_no=odd, province=odd, authority=odd), text=odd)
    store(database, lexicon, one, one)
    with database.read() as session:
        (approval,) = queries.approvals(session)
    assert (approval.product, approval.company.name) == ("甲\ufffd乙\ufffd丙",) * 2
    database.close()

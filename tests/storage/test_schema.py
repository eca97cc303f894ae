"""Versions of the database: made when empty, refused when not ours or not of this version."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from versions import go_back

from config.settings import ConfigError
from storage.database import Database, DatabaseProblem, open_database
from storage.schema import HEAD, OtherVersion, upgrade
from storage.tables import Link, Run, SourceState, StoredArticle, Table

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    index = {"include_name": lambda name, kind, _: not (kind == "table" and name.startswith("search_grams"))}
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=index), Table.metadata) == []
    database.close()


def test_an_empty_file_is_made_a_database_and_a_second_upgrade_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    assert upgrade(database.engine) == HEAD
    database.close()


@pytest.mark.parametrize(("version", "remedy"), [("0000", "greenlit db upgrade"), ("9999", "newer Greenlit")])
def test_another_version_is_refused_with_the_way_out(tmp_path: Path, version: str, remedy: str) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database = open_database(url)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    database.close()
    with pytest.raises(OtherVersion, match=remedy):
        open_database(url)


def test_foreign_tables_are_left_alone(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with pytest.raises(OtherVersion, match="not Greenlit's"):
        open_database(f"sqlite:///{tmp_path / 'a.db'}")


def test_a_database_that_cannot_be_made_is_named() -> None:
    with pytest.raises(DatabaseProblem, match="/proc/nowhere"):
        open_database("sqlite:////proc/nowhere/a.db")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secretpw@h/db",
        "mysql+pymysql://h/db?password=secretpw",
        "postgresql+unknown://u:secretpw@h/db",
        "postgresql+asyncpg://u:secretpw@h/db",
        "sqlite+aiosqlite:///a.db",
        "sqlite://host/secretpw",
        "sqlite:///a.db?timeout=secretpw",
        "postgresql://u:p@secretpw:secretpw/db",
        "secretpw",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_wrong_configuration_and_its_password_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"GREENLIT_DATABASE_URL .*it must look like sqlite:///") as error:
        open_database(url)
    assert "secretpw" not in "".join(traceback.format_exception(error.value))


def test_a_reading_session_cannot_write(database: Database) -> None:
    """A read that turns into a write fails at once on SQLite whatever the busy timeout says: so none may."""
    with database.read() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(text("DELETE FROM hosts"))
    with database.write() as session:
        session.execute(text("DELETE FROM hosts"))


def test_writers_wait_for_each_other(database: Database) -> None:
    def add(n: int) -> None:
        with database.write() as session:
            held = session.scalar(text("SELECT count(*) FROM stories"))
            session.execute(text("INSERT INTO stories (key) VALUES (:key)"), {"key": str(held)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM stories")) == 40


def test_a_populated_database_of_the_first_version_comes_along(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database = open_database(url)
    go_back(database, "0001")
    with database.write() as session:
        session.execute(
            text("INSERT INTO sources (id, failures, last_ok_at) VALUES ('cac', 0, '2026-03-10 04:00:00.000000')")
        )
        session.execute(
            text(
                "INSERT INTO runs (source, started_at, listed, new, fetched, not_modified, read, rejected, relevant, bytes)"
                " VALUES ('cac', '2026-03-10 04:00:00.000000', 9, 9, 9, 0, 9, 0, 1, 99)"
            )
        )
    assert upgrade(database.engine) == "0001"
    database.close()
    database = open_database(url)
    with database.read() as session:
        source, run = session.scalars(select(SourceState)).one(), session.scalars(select(Run)).one()
    assert (source.shadow, source.links_changed_at) == (False, source.last_ok_at)
    assert (run.listed, run.reasons, run.reason) == (9, {}, None)
    database.close()


def test_what_was_known_by_an_older_address_is_known_by_that_of_today(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    www, mobile, other = "https://www.a.example.com/1", "https://m.a.example.com/1", "https://a.example.com/2"
    link = {"source": "cac", "origin": "live", "attempts": 0, "first_seen_at": NOON, "next_try_at": NOON}
    article = dict.fromkeys(("origin", "title", "text", "text_sha256", "extractor", "lexicon"), "")
    with database.write() as session:
        for key, state in ((mobile, "pending"), (www, "done"), (other, "pending")):
            session.add(Link(key=key, url=key, state=state, **link))
        for key, url in ((www, www), (mobile, mobile), ("id:a1", None)):
            session.add(StoredArticle(key=key, url=url, relevant=False, first_seen_at=NOON, **article))
    go_back(database, "0003")
    assert upgrade(database.engine) == "0003"
    with database.read() as session:
        links = session.execute(select(Link.key, Link.url, Link.state).order_by(Link.id)).all()
        articles = session.scalars(select(StoredArticle.key).order_by(StoredArticle.id)).all()
    assert links == [("https://a.example.com/1", www, "done"), (other, other, "pending")]
    assert articles == ["https://a.example.com/1", mobile, "id:a1"]
    database.close()

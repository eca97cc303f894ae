"""Backup while others write, a restore that is verified, a move between the two databases, and the examination."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from readings import NOON, fact, reading
from sqlalchemy import text

from extractors.records import CHINA
from extractors.understand.lexicon import Lexicon
from pipeline.export import write_lines
from storage import deciding, queries
from storage.articles import save
from storage.copying import backup, copy, restore, verify
from storage.database import Database, DatabaseProblem, open_database
from storage.deciding import By
from storage.examine import examine
from storage.records import Policy
from storage.search import What, refs

BY = By("ana", "why", NOON)


def put(database: Database, lexicon: Lexicon, *keys: str) -> None:
    for key in keys:
        with database.write() as session:
            save(session, reading(key, fact(product=f"鲸语{key}")), lexicon, Policy())


def exported(database: Database) -> list[dict]:
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def held(database: Database, lexicon: Lexicon) -> Database:
    """Three approvals, of which two were merged, and the last id of all was given and taken back."""
    put(database, lexicon, "a", "b", "c", "d")
    with database.write() as session:
        deciding.merge(session, [2, 1], BY, Policy())
        save(session, reading("d", text="withdrawn"), lexicon, Policy())
    return database


def test_a_copy_holds_all_and_goes_on_counting(
    held: Database, postgres: Database, lexicon: Lexicon, tmp_path: Path
) -> None:
    copy(held, postgres)
    assert exported(postgres) == exported(held)
    assert examine(postgres) == []
    with closing(open_database(f"sqlite:///{tmp_path / 'back.db'}")) as back:
        copy(postgres, back)
        assert exported(back) == exported(held)
        with back.read() as session:
            assert queries.approval(session, 2).id == 1
            assert refs(session, What.APPROVAL, "鲸语a", 9) == ["1"]
        for database in (held, postgres, back):
            put(database, lexicon, "e")
            assert max(row["id"] for row in exported(database)) == 5
        with pytest.raises(DatabaseProblem, match="empty"):
            copy(held, back)


def test_a_backup_is_one_moment_while_others_write(held: Database, lexicon: Lexicon, tmp_path: Path) -> None:
    writer = threading.Thread(target=put, args=(held, lexicon, *map(str, range(20))))
    writer.start()
    for n in range(3):
        backup(held, tmp_path / f"{n}.backup")
    writer.join()
    for n in range(3):
        with closing(open_database(f"sqlite:///{tmp_path / f'{n}.backup'}")) as copied:
            assert examine(copied) == []
    with pytest.raises(DatabaseProblem, match="there already"):
        backup(held, tmp_path / "0.backup")
    assert {path.name for path in tmp_path.glob("*.part*")} == set()


def test_a_restore_gives_what_was_held_and_gives_up_nothing_unasked(
    held: Database, lexicon: Lexicon, tmp_path: Path
) -> None:
    before = exported(held)
    backup(held, tmp_path / "one.backup")
    put(held, lexicon, "later")
    url = str(held.engine.url)
    with pytest.raises(DatabaseProblem, match="--replace"):
        restore(tmp_path / "one.backup", url, scratch=tmp_path)
    restore(tmp_path / "one.backup", url, replace=True, scratch=tmp_path)
    assert exported(held) == before
    assert examine(held) == []


def test_a_backup_of_postgres_is_a_file_that_either_takes(held: Database, postgres: Database, tmp_path: Path) -> None:
    copy(held, postgres)
    backup(postgres, tmp_path / "pg.backup")
    restore(tmp_path / "pg.backup", f"sqlite:///{tmp_path / 'new.db'}", scratch=tmp_path)
    with closing(open_database(f"sqlite:///{tmp_path / 'new.db'}")) as new:
        assert exported(new) == exported(held)


@pytest.mark.parametrize("damage", ["cut", "noise", "trigger", "view", "foreign", "newer", "missing", "torn"])
def test_a_backup_that_is_no_good_is_refused_and_nothing_is_lost(held: Database, tmp_path: Path, damage: str) -> None:
    path, before = tmp_path / "bad.backup", exported(held)
    backup(held, path)
    body = path.read_bytes()
    sql = {
        "trigger": "CREATE TRIGGER t AFTER INSERT ON hosts BEGIN DELETE FROM articles; END",
        "view": "CREATE VIEW v AS SELECT 1",
        "foreign": "DROP TABLE mentions",
        "newer": "UPDATE alembic_version SET version_num = '9999'",
        "torn": "DELETE FROM mentions",
    }
    if damage in sql:
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(sql[damage])
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(body[: len(body) // 2] if damage == "cut" else b"\x00" * len(body))
    with pytest.raises(DatabaseProblem, match="bad"):
        restore(path, str(held.engine.url), replace=True, scratch=tmp_path)
    assert exported(held) == before


def test_an_examination_names_what_does_not_hold_together(held: Database) -> None:
    assert examine(held) == []
    with held.write() as session:
        session.execute(text("UPDATE approvals SET merged_into = 2 WHERE id = 1"))
        session.execute(text("INSERT INTO companies (id, name, origin, merged_into) VALUES ('x', 'x', 'curated', 'y')"))
    said = " ".join(examine(held))
    assert "approval 1 is merged into itself" in said
    assert "company x is merged into y" in said


def test_a_whole_backup_is_verified(held: Database, tmp_path: Path) -> None:
    backup(held, tmp_path / "good.backup")
    verify(shutil.copy(tmp_path / "good.backup", tmp_path / "again.backup"))

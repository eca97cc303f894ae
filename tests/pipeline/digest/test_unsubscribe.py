"""Who leaves is gone from the files, too."""

import stat

import pytest
from sqlalchemy import event
from telling import NOON, database_at, fact, tell

from config.settings import ConfigError
from pipeline.digest.unsubscribe import salt_of, unsubscribe
from storage.deliveries import prepare
from storage.mails import due, mark_failed
from storage.subscribers import add, subscribers, suppressed
from storage.wishes import Wish


def test_the_salt_is_made_once_and_is_for_the_owner_only(tmp_path):
    salt = salt_of(tmp_path / "data", lambda size: b"x" * size)
    assert salt == b"x" * 32
    assert salt_of(tmp_path / "data", lambda size: b"y" * size) == salt
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["salt"]
    assert stat.S_IMODE((tmp_path / "data" / "salt").stat().st_mode) == 0o600


def test_two_folders_have_two_salts(tmp_path):
    assert salt_of(tmp_path / "a") != salt_of(tmp_path / "b")


def test_a_damaged_salt_is_named(tmp_path):
    (tmp_path / "salt").write_bytes(b"")
    with pytest.raises(ConfigError, match="salt"):
        salt_of(tmp_path)


def keep_deleted_bytes(connection, _record):
    """What SQLite does by default, though some builds of it don't."""
    connection.execute("PRAGMA secure_delete=OFF")


def test_the_address_is_in_no_file_afterwards(tmp_path):
    database = database_at(tmp_path)
    database.engine.dispose()
    event.listen(database.engine, "connect", keep_deleted_bytes)
    with database.write() as session:
        add(session, "gone-reader@example.org", Wish("en"), NOON)
        add(session, "other-reader@example.org", Wish("en"), NOON)
    tell(database, fact())
    with database.write() as session:
        prepare(session, NOON, "desk.example")
        for mail in due(session, NOON):
            mark_failed(session, mail.id, f"450 {mail.address} later", NOON)
    assert any(b"gone-reader" in path.read_bytes() for path in tmp_path.iterdir())
    assert unsubscribe(database, tmp_path, "Gone-Reader@example.org", NOON)
    assert not any(b"gone-reader" in path.read_bytes().lower() for path in tmp_path.iterdir())
    with database.read() as session:
        assert [reader.address for reader in subscribers(session)] == ["other-reader@example.org"]
        assert suppressed(session, "gone-reader@example.org", salt_of(tmp_path))
    database.close()


def test_a_stranger_is_not_unsubscribed(tmp_path):
    database = database_at(tmp_path)
    assert not unsubscribe(database, tmp_path, "stranger@example.org", NOON)
    database.close()

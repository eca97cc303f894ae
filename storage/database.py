"""One way into the database: reads that see a snapshot, writes that never race.

A write takes the database's only write lock at its start: `BEGIN IMMEDIATE` on SQLite (a read that turns
into a write would fail at once, whatever the busy timeout says), an advisory lock on PostgreSQL. So what a
write reads stays true until it commits, and resolving an approval needs no other care against races.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from storage.schema import create_if_empty, refuse_other_version

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""
WRITE_LOCK = 7_203_114
"""Key of the advisory lock that serialises writers on PostgreSQL; any constant of our own."""


class DatabaseProblem(Exception):
    """The database can't be used as it is; the message says which, why, and what to do."""


class Database:
    """An engine with the two kinds of session that Greenlit knows."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(postgresql_readonly=True)
        self._writer = engine.execution_options(greenlit_write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; the database itself refuses a write in it."""
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock; commits at the end, rolls back on an exception."""
        with Session(self._writer) as session, session.begin():
            if self.engine.dialect.name == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK})
            yield session

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str, *, check: bool = True) -> Database:
    """The database at `url`, created where it is missing or empty.

    Raises DatabaseProblem for a URL that can't be used and `storage.schema.OtherVersion` for a populated
    database of another version (not where `check` is False, as `db upgrade` needs it).
    """
    engine = _engine(url)
    if check:
        create_if_empty(engine)
        refuse_other_version(engine)
    return Database(engine)


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() not in ("sqlite", "postgresql"):
            raise DatabaseProblem(f"{url}: GREENLIT_DATABASE_URL must begin with sqlite:/// or postgresql://")
        if address.get_backend_name() == "postgresql":
            return create_engine(address, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseProblem(f"GREENLIT_DATABASE_URL can't be read: {error}") from error
    except ModuleNotFoundError as error:
        raise DatabaseProblem("PostgreSQL needs its driver: pip install 'greenlit[postgres]'") from error
    if address.database and address.database != ":memory:":
        _make_folder(Path(address.database).parent)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseProblem(f"{folder}: can't be made: {error.strerror}; choose another GREENLIT_DATA_DIR") from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("greenlit_write", False)
    connection.exec_driver_sql(f"PRAGMA query_only={int(not write)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

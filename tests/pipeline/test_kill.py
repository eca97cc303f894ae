"""SIGKILL at every commit of a round and of a backfill, then the same again: nothing lost, nothing double."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from killed import run
from official_lists import FILED_2025, REGISTERED
from outlet import open_archive, open_outlet, pages_asked
from registry import Registry, docx, register_source
from registry import rows as listed
from sqlalchemy import func, select
from web import Web

from extractors.records import CHINA
from pipeline.export import write_lines
from storage import queries
from storage.database import open_database
from storage.tables import OutboxItem, StoredArticle, StoredEdition, StoredMention, StoredRow


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


def rows(data: Path) -> tuple[list[str], int, int, int]:
    """The export (without our own ids), and how many articles, mentions and outbox items there are."""
    database = open_database(f"sqlite:///{data / 'greenlit.db'}")
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
        counts = [
            session.scalar(select(func.count()).select_from(t)) for t in (StoredArticle, StoredMention, OutboxItem)
        ]
    database.close()
    lines = [{**json.loads(line), "id": None} for line in out.getvalue().splitlines()]
    for line in lines:
        line["company"]["id"] = None
        for article in line["articles"]:
            article["id"] = None
    return (sorted(json.dumps(line, sort_keys=True) for line in lines), *counts)


def commits_until_the_end(web: Web, tmp_path: Path, sources: Path, what: str) -> Iterator[tuple[int, Path]]:
    """One data folder for each commit at which the process was killed, each run to its end afterwards."""
    for at in range(1, 100):
        data = tmp_path / f"killed-{at}"
        code = run(at, data, sources, what)
        if code == 0:
            return
        assert code == -signal.SIGKILL
        assert run(0, data, sources, what) == 0
        yield at, data
    raise AssertionError("it never came to its end")


def test_f20_a_round_killed_at_any_commit_goes_on_and_gives_the_same_rows(web: Web, tmp_path: Path) -> None:
    """The listing's ETag is stored with its links: no 304 hides what was not stored."""
    sources = open_outlet(web, tmp_path / "sources", 3)
    assert run(0, tmp_path / "whole", sources, "round") == 0
    whole = rows(tmp_path / "whole")
    assert whole[1:] == (3, 3, 3)
    killed_at = [at for at, data in commits_until_the_end(web, tmp_path, sources, "round") if rows(data) == whole]
    assert killed_at == list(range(1, len(killed_at) + 1))
    assert len(killed_at) >= 6


def test_a_first_run_killed_at_any_commit_stays_history(web: Web, tmp_path: Path) -> None:
    sources = open_outlet(web, tmp_path / "sources", 2)
    assert run(0, tmp_path / "whole", sources, "first") == 0
    whole = rows(tmp_path / "whole")
    assert whole[1:] == (2, 2, 0)
    killed_at = [at for at, data in commits_until_the_end(web, tmp_path, sources, "first") if rows(data) == whole]
    assert killed_at == list(range(1, len(killed_at) + 1))
    assert len(killed_at) >= 6


def test_a_backfill_killed_at_any_commit_goes_on_and_gives_the_same_rows(web: Web, tmp_path: Path) -> None:
    sources = open_archive(web, tmp_path / "sources", pages=2)
    assert run(0, tmp_path / "whole", sources, "backfill") == 0
    whole = rows(tmp_path / "whole")
    assert whole[1:] == (4, 4, 0)
    killed_at = [at for at, data in commits_until_the_end(web, tmp_path, sources, "backfill") if rows(data) == whole]
    assert killed_at == list(range(1, len(killed_at) + 1))
    assert len(killed_at) >= 6


def test_a_register_killed_at_any_commit_holds_each_edition_whole_or_not_at_all(web: Web, tmp_path: Path) -> None:
    registry = Registry(web, etags=False)
    registry.put("a.docx", docx((FILED_2025, listed(FILED_2025, 6))), "备案信息（2026年1月）")
    registry.put("b.docx", docx((REGISTERED, listed(REGISTERED, 4))), "备案信息（2026年3月）")
    registry.publish()
    sources = register_source(registry, tmp_path / "sources")
    assert run(0, tmp_path / "whole", sources, "first") == 0
    whole = rows(tmp_path / "whole")
    assert whole[1:] == (2, 10, 0)
    killed_at = []
    for at in range(1, 100):
        data = tmp_path / f"killed-{at}"
        if run(at, data, sources, "first") == 0:
            break
        database = open_database(f"sqlite:///{data / 'greenlit.db'}")
        with database.read() as session:
            held = [session.scalar(select(func.count()).select_from(t)) for t in (StoredEdition, StoredRow)]
        database.close()
        assert held in ([0, 0], [1, 6], [2, 10])
        assert run(0, data, sources, "first") == 0
        assert rows(data) == whole
        killed_at.append(at)
    assert len(killed_at) >= 4


def test_a_page_that_was_stored_is_not_fetched_again(web: Web, tmp_path: Path) -> None:
    sources = open_outlet(web, tmp_path / "sources", 3)
    assert run(0, tmp_path / "whole", sources, "round") == 0
    web.log.clear()
    assert run(0, tmp_path / "whole", sources, "round") == 0
    assert pages_asked(web.log) == []

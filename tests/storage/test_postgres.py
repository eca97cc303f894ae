"""A real PostgreSQL: it migrates, an import twice gives the same export as SQLite, and NUL does no harm."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from io import StringIO

from readings import fact, reading
from sqlalchemy import select, text
from versions import go_back

from extractors.records import CHINA, Kind
from extractors.understand.lexicon import Lexicon
from pipeline.export import write_lines
from storage import queries
from storage.alarms import AlarmName, settle
from storage.articles import save
from storage.database import Database
from storage.records import Policy, Reading
from storage.schema import HEAD, upgrade
from storage.tables import SourceState

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
NUMBER = "Beijing-LanJingZhiYu-202603010001"
READINGS = [
    reading("a", fact("蓝鲸智语", "鲸语"), text="one\0two"),
    reading(
        "b", fact("北京蓝鲸智语科技有限公司", "鲸语", names=("北京蓝鲸智语科技有限公司", "蓝鲸智语"), filing_no=NUMBER)
    ),
    reading("c", fact("百度", "文心一言", id="baidu")),
    reading("d", fact("Baidu", "ERNIE Bot", id="baidu", date="2026-03")),
    reading("e", fact("青禾", "禾苗", kind=Kind.GENAI_REGISTRATION)),
]


def exported(database: Database, lexicon: Lexicon, readings: list[Reading]) -> list[str]:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, Policy())
    out = StringIO()
    with database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    for row in rows:
        row["id"] = row["company"]["id"] = None
        row["company"]["names"].sort()
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_postgres_gives_what_sqlite_gives(postgres: Database, database: Database, lexicon: Lexicon) -> None:
    assert upgrade(postgres.engine) == HEAD
    once = exported(postgres, lexicon, READINGS)
    shuffled = random.Random(1).sample(READINGS, len(READINGS))
    assert len(once) == 3
    assert exported(postgres, lexicon, shuffled) == once
    assert exported(database, lexicon, shuffled) == once


def test_postgres_of_the_first_version_comes_along_with_its_rows(postgres: Database) -> None:
    go_back(postgres, "0001")
    with postgres.write() as session:
        session.execute(text("INSERT INTO sources (id, failures, last_ok_at) VALUES ('cac', 0, '2026-03-10 04:00')"))
    assert upgrade(postgres.engine) == "0001"
    with postgres.write() as session:
        assert session.scalars(select(SourceState.links_changed_at)).one() is not None
        alarm = {AlarmName.SILENT: "nothing new"}
        assert len(settle(session, "cac", alarm, NOON)) == 1
        assert settle(session, "cac", alarm, NOON) == []

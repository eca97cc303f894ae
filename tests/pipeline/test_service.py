"""The service as a process: it seeds, answers, keeps others off, stops cleanly; and what it finds due."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from outlet import open_outlet
from smtp_server import smtp_server
from web import Web

from config.settings import Settings
from config.source import SourceFiles, load_sources
from pipeline.service import Service, counts_line
from storage import queries, subscribers
from storage.database import open_database
from storage.runs import Counts, Reason
from storage.wishes import Schedule, Wish

COMMAND = [sys.executable, "-c", "from pipeline.cli.main import run; run()"]
SHANGHAI = ZoneInfo("Asia/Shanghai")


@contextmanager
def running(data: Path, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`greenlit run` until it says where its desk is; gives the process and that address."""
    options = {"GREENLIT_DATA_DIR": str(data), "GREENLIT_WEB_PORT": "0", **env}
    process = subprocess.Popen([*COMMAND, "run"], stderr=subprocess.PIPE, text=True, env={**os.environ, **options})
    try:
        for line in process.stderr:
            if "http://" in line:
                yield process, "http://" + line.split("http://")[1].split()[0]
                break
        else:
            raise AssertionError("it ended without a desk")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """Every built-in source replaced by a disabled one, so that nothing is fetched."""
    from config.source import built_in_sources

    folder = tmp_path / "off"
    folder.mkdir()
    for path in built_in_sources().glob("*.toml"):
        (folder / path.name).write_text(
            f'id = "{path.stem}"\nname = "x"\nkind = "media"\nlanguage = "zh"\nenabled = false\n'
        )
    return {"GREENLIT_SOURCES_DIR": str(folder)}


def test_a_first_run_is_not_empty_and_sigterm_ends_it_cleanly(tmp_path: Path, nowhere: dict[str, str]) -> None:
    with running(tmp_path / "data", **nowhere) as (process, address):
        health = json.load(urllib.request.urlopen(f"{address}/healthz", timeout=10))
        page = urllib.request.urlopen(f"{address}/", timeout=10).read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert "stopped" in process.stderr.read()
    assert health["status"] == "ok"
    assert "124" in page
    database = open_database(f"sqlite:///{tmp_path / 'data' / 'greenlit.db'}")
    with database.read() as session:
        held = list(queries.approvals(session))
        assert (len(held), all(a.retyped and a.status == "reported" for a in held)) == (124, True)
        assert sum(a.scope == "on_device" for a in held) == 7
    database.close()


def test_a_second_instance_is_exit_code_5(tmp_path: Path, nowhere: dict[str, str]) -> None:
    with running(tmp_path / "data", **nowhere):
        options = {**os.environ, "GREENLIT_DATA_DIR": str(tmp_path / "data"), "GREENLIT_WEB_PORT": "0", **nowhere}
        second = subprocess.run([*COMMAND, "run"], capture_output=True, text=True, env=options, timeout=60, check=False)
    assert (second.returncode, "serves this database already" in second.stderr) == (5, True)


def test_a_service_that_was_killed_starts_again_at_once(tmp_path: Path, nowhere: dict[str, str]) -> None:
    with running(tmp_path / "data", **nowhere) as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(tmp_path / "data", **nowhere) as (_, address):
        assert json.load(urllib.request.urlopen(f"{address}/healthz", timeout=10))["status"] == "ok"


def test_a_taken_port_is_one_clear_line(tmp_path: Path, nowhere: dict[str, str]) -> None:
    with Web() as web:
        options = {"GREENLIT_DATA_DIR": str(tmp_path / "data"), "GREENLIT_WEB_PORT": str(web.port), **nowhere}
        done = subprocess.run(
            [*COMMAND, "run"], capture_output=True, text=True, env={**os.environ, **options}, timeout=60, check=False
        )
    assert (done.returncode, "GREENLIT_WEB_PORT" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_what_is_due_is_a_query(tmp_path: Path, make, clock) -> None:
    with Web() as web:
        parts = make()
        parts.__dict__["sources"] = load_sources([open_outlet(web, tmp_path / "s", 1)])
        service = Service(parts, lambda line: None)
        assert [counts.read for counts in service.fetch_due()] == [1]
        assert service.fetch_due() == []
        clock.forward(minutes=40)
        assert [counts.not_modified for counts in service.fetch_due()] == [1]


def test_a_disabled_source_is_not_watched(tmp_path: Path, make) -> None:
    with Web() as web:
        parts = make()
        (source,) = load_sources([open_outlet(web, tmp_path / "s", 1)]).sources.values()
        parts.__dict__["sources"] = SourceFiles({"outlet": source.model_copy(update={"enabled": False})}, ())
        assert Service(parts, lambda line: None).fetch_due() == []
        assert web.log == []


def test_a_listing_that_is_what_it_was_is_not_said_to_be_empty() -> None:
    unchanged, empty = Counts("a", not_modified=1), Counts("a", not_modified=1)
    empty.fail(Reason.ZERO_LINKS, "no links")
    assert counts_line(unchanged).startswith("a: ok; listing unchanged, 0 new")
    assert counts_line(empty).startswith("a: failed; 0 listed, 0 new")


def test_the_digest_goes_out_at_its_time_even_if_the_service_slept(tmp_path: Path, make, clock) -> None:
    with Web() as web, smtp_server() as server:
        parts = make(smtp_host="127.0.0.1", smtp_port=server.port)
        parts.__dict__["sources"] = load_sources([open_outlet(web, tmp_path / "s", 1)])
        service = Service(parts, lambda line: None)
        service.fetch_due()
        with parts.database.write() as session:
            subscribers.add(session, "ana@example.org", Wish("en"), clock())
        open_outlet(web, tmp_path / "s", 2)
        clock.forward(minutes=40)
        service.fetch_due()
        service.send_due()
        assert server.mails == []
        clock.forward(hours=30)
        service.send_due()
        service.send_due()
        assert len(server.mails) == 1
        assert "产品1号" in server.mails[0].body("plain")
        assert "产品0号" not in server.mails[0].body("plain")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 10, 8, 30, tzinfo=SHANGHAI), datetime(2026, 3, 10, 8, 30, tzinfo=SHANGHAI)),
        (datetime(2026, 3, 10, 8, 29, tzinfo=SHANGHAI), datetime(2026, 3, 9, 8, 30, tzinfo=SHANGHAI)),
        (datetime(2026, 3, 10, 0, 0, tzinfo=UTC), datetime(2026, 3, 9, 8, 30, tzinfo=SHANGHAI)),
        (datetime(2026, 1, 1, 0, 31, tzinfo=UTC), datetime(2026, 1, 1, 8, 30, tzinfo=SHANGHAI)),
    ],
)
def test_the_last_digest_time(now: datetime, due: datetime) -> None:
    assert Schedule().boundary(now, "08:30", SHANGHAI) == due


def test_settings_of_the_service_have_the_documented_defaults() -> None:
    settings = Settings()
    assert (settings.web_host, settings.web_port, settings.digest_at) == ("127.0.0.1", 8000, "08:30")
    assert (settings.timezone, settings.min_confidence, settings.news_days) == ("Asia/Shanghai", 0.9, 60)
    assert timedelta(days=settings.news_days) == timedelta(days=60)

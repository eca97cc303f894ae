"""/metrics and the desk's alarms, over real HTTP and as Prometheus' own parser reads them."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from telling import NOON, fact, tell

from config.settings import Settings
from pipeline.web.app import make_app
from pipeline.web.serve import serve
from storage.alarms import AlarmName, mark_not_told, settle
from storage.database import Database
from storage.runs import Counts, Reason, record
from storage.tables import SourceState


@pytest.fixture
def desk(database: Database) -> Iterator[str]:
    settings = Settings(web_port=0)
    with serve(make_app(database, settings), settings) as url:
        yield url


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.read().decode()


def figures(desk: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(get(f"{desk}/metrics"))
    return {
        (s.name, *(s.labels[name] for name in sorted(s.labels))): s.value for family in families for s in family.samples
    }


def a_bad_round(database: Database) -> None:
    counts = Counts("press", listed=9, new=4, limit=0.5)
    for n in range(3):
        counts.reject(Reason.CHALLENGE, f"{n} is blocked", fresh=True)
    counts.reject(Reason.SHORT_BODY, "3 is short", fresh=True)
    with database.write() as session:
        session.add(SourceState(id="press", failures=3, last_ok_at=NOON, last_new_at=NOON, shadow=True))
        record(session, counts, NOON, NOON + timedelta(seconds=2))
        settle(session, "press", {AlarmName.FAILING: "failed 3 times in a row: <b>busy</b>"}, NOON)


def test_an_empty_register_can_be_scraped(desk: str) -> None:
    seen = figures(desk)
    assert seen["greenlit_articles",] == 0
    assert seen["greenlit_alarms_not_mailed",] == 0


def test_a_source_its_last_round_and_its_alarm(database: Database, desk: str) -> None:
    tell(database, fact())
    a_bad_round(database)
    seen = figures(desk)
    assert seen["greenlit_approvals", "reported"] == 1
    assert seen["greenlit_alarm", "failing", "press"] == 1
    assert seen["greenlit_source_failures", "press"] == 3
    assert seen["greenlit_source_shadow", "press"] == 1
    assert seen["greenlit_source_last_ok_timestamp_seconds", "press"] == NOON.timestamp()
    assert ("greenlit_source_next_check_timestamp_seconds", "press") not in seen
    assert (seen["greenlit_last_run_listed", "press"], seen["greenlit_last_run_seconds", "press"]) == (9, 2)
    assert seen["greenlit_last_run_rejected_by_reason", "challenge", "press"] == 3
    assert seen["greenlit_last_run_rejected_by_reason", "short_body", "press"] == 1
    assert seen["greenlit_last_run_failed", "many_rejected", "press"] == 1


def test_two_scrapes_say_the_same(database: Database, desk: str) -> None:
    a_bad_round(database)
    assert get(f"{desk}/metrics") == get(f"{desk}/metrics")


def test_the_desk_shows_alarms_and_shadow_and_escapes_what_pages_say(database: Database, desk: str) -> None:
    a_bad_round(database)
    html = get(f"{desk}/")
    assert "press: can&#39;t be read" in html
    assert "&lt;b&gt;busy" in html and "<b>busy" not in html
    assert "in shadow: collected, not mailed" in html


def test_f44_an_alarm_that_nobody_could_be_told_of_fails_the_health_check(database: Database, desk: str) -> None:
    with database.write() as session:
        (alarm,) = settle(session, "press", {AlarmName.SILENT: "nothing new"}, NOON)
    assert '"status": "ok"' in get(f"{desk}/healthz")
    with database.write() as session:
        mark_not_told(session, [alarm.id], "550 ops@example.org refused", NOON)
    with pytest.raises(urllib.error.HTTPError) as failed:
        get(f"{desk}/healthz")
    said = failed.value.read().decode()
    assert (failed.value.code, "1 could not be mailed" in said, "ops@" in said) == (503, True, False)
    assert figures(desk)["greenlit_alarms_not_mailed",] == 1

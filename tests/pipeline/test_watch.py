"""Rounds over a source, over real HTTP: what is stored, what a failure is called, and what is tried again."""

from __future__ import annotations

from pathlib import Path

import pytest
from outlet import article, feed, open_outlet, pages_asked
from sqlalchemy import func, select
from web import Answer, Web

from config.source import load_sources
from pipeline.assembly import Assembly
from pipeline.due import JITTER
from pipeline.service import counts_line
from pipeline.watch import PAGES
from storage import queries
from storage.frontier import TRIES, state_of
from storage.runs import Counts
from storage.tables import Link, OutboxItem, Quarantine, Run, StoredArticle, StoredPage


@pytest.fixture
def web():
    with Web() as server:
        yield server


def run_round(parts: Assembly, folder: Path, *, announce: bool = True, quarantined: bool = False) -> Counts:
    (source,) = load_sources([folder]).sources.values()
    (counts,) = parts.watch(announce=announce).round([source], quarantined=quarantined)
    return counts


def stored(parts: Assembly, table: type) -> int:
    with parts.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_round_stores_every_article_and_the_next_asks_for_none(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 3), make()
    first, second = run_round(parts, folder), run_round(parts, folder)
    assert (first.status, first.new, first.read, first.approvals) == ("ok", 3, 3, 3)
    assert (second.status, second.not_modified, second.read) == ("ok", 1, 0)
    assert pages_asked(web.log) == ["/0.html", "/1.html", "/2.html"]
    with parts.database.read() as session:
        assert sorted(a.product for a in queries.approvals(session)) == ["产品0号", "产品1号", "产品2号"]


def test_a_new_item_is_the_only_page_fetched_and_is_news(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 2), make()
    run_round(parts, folder, announce=False)
    assert stored(parts, OutboxItem) == 0
    open_outlet(web, tmp_path / "s", 3)
    counts = run_round(parts, folder, announce=False)
    assert (counts.new, counts.read, counts.news) == (1, 1, 1)


def test_the_etag_is_sent_back_byte_for_byte(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    run_round(parts, folder), run_round(parts, folder)
    asked = [a.headers.get("if-none-match") for a in web.log if a.path == "/feed.xml"]
    assert asked == [None, '"1"']


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><body>welcome</body></html>", "feed"),
        (b"", "empty reply"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>', "0 links"),
    ],
)
def test_a_listing_without_links_is_a_failure_with_a_name(web, make, tmp_path, body: bytes, said: str) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    web.serve("/feed.xml", body)
    counts = run_round(parts, folder)
    assert counts.status == "failed"
    assert said in counts.error
    with parts.database.read() as session:
        run = session.scalars(select(Run)).one()
        assert (run.status, run.error) == ("failed", counts.error)
        assert session.scalars(select(OutboxItem)).all() == []


def test_an_unreachable_host_is_one_line_and_is_asked_again_later_each_time(web, make, tmp_path, clock) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    web.serve("/robots.txt", b"", status=404)
    web.serve("/feed.xml", b"down", status=500)
    waits = []
    for _ in range(3):
        counts = run_round(parts, folder)
        with parts.database.read() as session:
            waits.append(state_of(session, "outlet").next_check_at - clock())
    assert counts.status == "failed" and "500" in counts.error and "\n" not in counts.error
    assert waits == sorted(waits) and waits[0] < waits[2]


def test_a_page_that_fails_is_postponed_then_given_up_and_the_others_are_stored(web, make, tmp_path, clock) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 3), make()
    web.serve("/1.html", b"gone", status=404)
    assert run_round(parts, folder).status == "partial"
    for _ in range(TRIES):
        clock.forward(days=1)
        run_round(parts, folder)
    with parts.database.read() as session:
        states = dict(session.execute(select(Link.url, Link.state)).all())
        seen = queries.overview(session)
    assert [states[f"{web.url}/{n}.html"] for n in range(3)] == ["done", "failed", "done"]
    assert pages_asked(web.log).count("/1.html") == TRIES
    assert (seen.given_up, seen.waiting) == (1, 0)
    web.serve("/1.html", article(1), headers={"Content-Type": "text/html; charset=utf-8"})
    assert run_round(parts, folder, quarantined=True).read == 1


def test_a_challenge_page_is_put_aside_and_comes_back_on_demand(web, make, tmp_path, clock) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    web.serve("/0.html", "<html><body><h1>当前环境异常</h1><p>备案 大模型 完成验证后即可继续访问</p></body></html>")
    counts = run_round(parts, folder)
    assert (counts.status, counts.reasons) == ("failed", {"challenge": 1})
    with parts.database.read() as session:
        aside = session.scalars(select(Quarantine)).one()
        assert (aside.stage, aside.url) == ("read", f"{web.url}/0.html")
        assert "blocked" in aside.reason
    web.serve("/0.html", article(0), headers={"Content-Type": "text/html; charset=utf-8"})
    assert run_round(parts, folder).read == 0
    assert run_round(parts, folder, quarantined=True).read == 1
    assert (stored(parts, Quarantine), stored(parts, StoredArticle)) == (0, 1)


def test_damaged_text_is_put_aside_not_stored(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    damaged = article(0).replace("杭州", "\ufffd\ufffd\ufffd\ufffd")
    web.serve("/0.html", damaged, headers={"Content-Type": "text/html; charset=utf-8"})
    assert run_round(parts, folder).rejected == 1
    assert stored(parts, StoredArticle) == 0


def test_a_page_that_cannot_matter_ends_before_it_is_read(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    web.serve(
        "/0.html", "<html><body><div id=body>今天天气很好，适合出门散步和晒太阳，大家都很开心。</div></body></html>"
    )
    assert run_round(parts, folder).status == "ok"
    assert stored(parts, StoredArticle) == 0


def test_retry_after_of_a_listing_outlives_a_restart(web, make, tmp_path, clock) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    web.serve("/feed.xml", b"later", status=503, headers={"Retry-After": "7200"})
    run_round(parts, folder)
    asked = len(web.log)
    parts.close()
    counts = run_round(make(), folder)
    assert counts.status == "failed"
    assert len(web.log) == asked


def test_one_broken_source_leaves_the_others(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    (folder / "broken.toml").write_text("id = \n")
    files = load_sources([folder])
    assert [p.path for p in files.problems] == [str(folder / "broken.toml")]
    assert [c.status for c in parts.watch().round(list(files.sources.values()))] == ["ok"]


def test_a_listing_may_grow_while_its_links_stay_known(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    run_round(parts, folder)
    web.serve("/feed.xml", feed(web, 1).replace("0.html", "0.html?utm_source=feed"), headers={"ETag": '"x"'})
    counts = run_round(parts, folder)
    assert (counts.listed, counts.new) == (1, 0)


def test_a_host_that_has_a_bad_day_loses_no_page(web, make, tmp_path, clock) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    web.serve("/0.html", b"", status=500)
    for _ in range(3 * TRIES):
        run_round(parts, folder)
        clock.forward(days=2)
    web.serve("/0.html", article(0), headers={"Content-Type": "text/html; charset=utf-8"})
    assert run_round(parts, folder).read == 1


def test_a_stop_before_a_round_asks_nothing_and_books_nothing(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 2), make()
    parts.stop.set()
    assert run_round(parts, folder).status == "ok"
    assert (web.log, stored(parts, Run), stored(parts, Link)) == ([], 0, 0)


@pytest.mark.parametrize("forbid", ["header", "meta"])
def test_a_page_that_forbids_archiving_leaves_only_its_facts(web, make, tmp_path, forbid: str) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    headers = {"Content-Type": "text/html; charset=utf-8"} | (
        {"X-Robots-Tag": "noarchive"} if forbid == "header" else {}
    )
    meta = '<meta name="robots" content="index, noarchive">' if forbid == "meta" else ""
    web.serve("/0.html", article(0).replace("<head>", "<head>" + meta), headers=headers)
    assert run_round(parts, folder).approvals == 1
    with parts.database.read() as session:
        assert session.scalars(select(StoredArticle.text)).one() == ""
        assert session.scalars(select(StoredPage.record)).one() is None
        assert "产品0号" in next(queries.approvals(session)).articles[0].quote


def test_damage_inside_the_text_counts_not_the_markup_around_it(web, make, tmp_path) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 1), make()
    damaged = (
        article(0).replace("公司表示", "\ufffd\ufffd\ufffd").replace("<body>", "<body><!--" + "x" * 50_000 + "-->")
    )
    web.serve("/0.html", damaged, headers={"Content-Type": "text/html; charset=utf-8"})
    assert run_round(parts, folder).rejected == 1


def slowly(web: Web, clock, count: int, seconds: float) -> None:
    """Let each of the outlet's pages take so long to answer."""

    def late(n: int) -> Answer:
        clock.forward(seconds=seconds)
        return Answer(article(n).encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    for n in range(count):
        web.serve(f"/{n}.html", lambda asked, n=n: late(n))


def test_a_round_ends_in_time_and_the_rest_of_its_pages_stays_due_soon(web, make, tmp_path, clock) -> None:
    """However long the list: the other sources are not kept waiting for it, and nothing of it is lost."""
    folder, parts = open_outlet(web, tmp_path / "s", 5), make()
    slowly(web, clock, 5, PAGES.total_seconds() / 2)
    first = run_round(parts, folder)
    assert (first.status, first.new, first.read, first.left) == ("ok", 5, 2, 3)
    assert "3 left for the next round" in counts_line(first)
    with parts.database.read() as session:
        wait = state_of(session, "outlet").next_check_at - clock()
    assert wait <= PAGES * (1 + JITTER)
    second, third = run_round(parts, folder), run_round(parts, folder)
    assert (second.read, second.left, third.read, third.left) == (2, 1, 1, 0)
    assert pages_asked(web.log) == [f"/{n}.html" for n in range(5)]


def test_todays_news_does_not_wait_behind_a_backlog(web, make, tmp_path, clock) -> None:
    folder, parts = open_outlet(web, tmp_path / "s", 4), make()
    slowly(web, clock, 5, PAGES.total_seconds() / 2)
    run_round(parts, folder)
    open_outlet(web, tmp_path / "s", 5)
    slowly(web, clock, 5, PAGES.total_seconds() / 2)
    run_round(parts, folder)
    assert pages_asked(web.log) == ["/0.html", "/1.html", "/4.html", "/2.html"]

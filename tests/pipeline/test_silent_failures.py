"""The ways in which a watcher goes blind without a word: cases F36 to F44 of the reliability study, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from outlet import article, feed, open_outlet, pages_asked
from smtp_server import smtp_server
from sqlalchemy import select
from web import Answer, Asked, Web

from config.source import Expect, Listing, Source, load_sources
from pipeline.assembly import Assembly
from pipeline.cli.main import main
from pipeline.service import Service
from storage.alarms import AlarmName, open_alarms
from storage.runs import Counts, Reason
from storage.tables import Quarantine, Run, SourceState

HTML = {"Content-Type": "text/html; charset=utf-8"}
RSS = {"Content-Type": "application/rss+xml"}


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


@pytest.fixture
def parts(make: Callable[..., Assembly]) -> Assembly:
    return make()


def outlet(web: Web, folder: Path, count: int, **expect: object) -> Source:
    """An outlet of `count` articles, with what is expected of it."""
    (source,) = load_sources([open_outlet(web, folder / "s", count)]).sources.values()
    return source.model_copy(update={"expect": Expect(**expect)})


def check(parts: Assembly, source: Source) -> Counts:
    return parts.watch().check(source)


def last_run(parts: Assembly) -> Run:
    with parts.database.read() as session:
        return session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()


def state(parts: Assembly) -> SourceState:
    with parts.database.read() as session:
        return session.get_one(SourceState, "outlet")


def alarms(parts: Assembly) -> list[AlarmName]:
    with parts.database.read() as session:
        return [alarm.name for alarm in open_alarms(session)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>', Reason.ZERO_LINKS),
        ("", Reason.ZERO_LINKS),
        ("<html><body>welcome</body></html>", Reason.UNREADABLE),
        ("<html><head><title>Just a moment...</title></head><body></body></html>", Reason.CHALLENGE),
    ],
)
def test_f36_a_successful_reply_without_a_link_fails_under_its_name(web, parts, tmp_path, body, reason) -> None:
    source = outlet(web, tmp_path, 2)
    web.serve("/feed.xml", body, headers=RSS)
    counts = check(parts, source)
    run = last_run(parts)
    assert (counts.status, counts.reason, run.status, run.reason) == ("failed", reason, "failed", reason)
    assert check(parts, source).status == "failed"  # its validators were not kept: the next one is no 304


def test_f37_rounds_that_succeed_with_nothing_for_months_are_an_alarm(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 3)
    web.serve("/feed.xml", lambda asked: Answer(b"", 304) if "if-none-match" in asked.headers else _first(web))
    statuses, raised = set(), []
    for _ in range(20):
        statuses.add(check(parts, source).status)
        raised.append(alarms(parts))
        clock.forward(days=1)
    assert statuses == {"ok"}
    assert raised[:14] == [[]] * 14
    assert raised[-1] == [AlarmName.FROZEN]


def _first(web: Web) -> Answer:
    return Answer(feed(web, 3).encode(), 200, {"ETag": '"3"', **RSS})


def test_f38_a_truncated_index_fails_but_what_it_shows_is_read(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 10, links=8)
    assert check(parts, source).status == "ok"
    web.serve("/10.html", article(10), headers=HTML)
    short = feed(web, 11).split("<item>")
    web.serve("/feed.xml", "<item>".join([short[0], *short[-5:]]), headers={"ETag": '"short"', **RSS})
    counts = check(parts, source)
    assert (counts.status, counts.reason, counts.listed, counts.new, counts.read) == ("failed", "few_links", 5, 1, 1)
    assert "shows 5 links, at least 8" in counts.error
    assert state(parts).etag == '"10"'


def test_f38_a_first_index_that_is_truncated_makes_no_news_of_the_rest(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 2, links=4)
    assert check(parts, source).status == "failed"
    open_outlet(web, tmp_path / "s", 5)
    counts = check(parts, source)
    assert (counts.status, counts.new, counts.news) == ("ok", 3, 0)


def test_f39_rejected_pages_are_counted_by_reason_and_too_many_fail_the_round(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 5, rejected=0.5)
    web.serve("/0.html", "<html><body><h1>当前环境异常</h1><p>备案 大模型 完成验证后即可继续访问</p></body></html>")
    web.serve("/1.html", '<html><body><div id="body">备案大模型</div></body></html>', headers=HTML)
    web.serve("/2.html", article(2).replace("杭州", "\ufffd" * 4), headers=HTML)
    counts = check(parts, source)
    assert counts.reasons == {"challenge": 1, "short_body": 1, "replaced": 1}
    assert (counts.status, counts.reason, counts.read) == ("failed", Reason.MANY_REJECTED, 2)
    assert counts.error.startswith("3 of 5 new pages were rejected (challenge 1, replaced 1, short_body 1); the first:")
    run = last_run(parts)
    assert (run.reasons, run.reason, run.listed, run.read, run.rejected) == (counts.reasons, "many_rejected", 5, 2, 3)
    assert (run.bytes > 0, run.finished_at >= run.started_at) == (True, True)


def test_f39_fewer_than_the_limit_are_a_round_done_in_part(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 4, rejected=0.5)
    for n in range(2):
        web.serve(f"/{n}.html", b"gone", status=404)
    counts = check(parts, source)
    assert (counts.status, counts.reasons) == ("partial", {"http_status": 2})


def test_f39_a_dead_link_that_is_tried_again_is_no_news_of_its_source(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 3)
    web.serve("/1.html", b"gone", status=404)
    statuses = []
    for _ in range(4):
        statuses.append(check(parts, source).status)
        clock.forward(days=1)
    assert (statuses, state(parts).failures) == (["partial"] * 4, 0)


def test_f39_a_round_that_read_no_page_does_not_excuse_the_pages_before_it(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 1)
    web.serve("/0.html", b"", headers=HTML)
    assert check(parts, source).reasons == {"short_body": 1}
    again = check(parts, source)
    assert (again.status, again.not_modified, state(parts).failures) == ("ok", 1, 1)
    for n in (1, 2):
        web.serve("/feed.xml", feed(web, n + 1), headers={"ETag": f'"{n + 1}"', **RSS})
        web.serve(f"/{n}.html", b"", headers=HTML)
        check(parts, source)
    assert (state(parts).failures, alarms(parts)) == (3, [AlarmName.FAILING])
    open_outlet(web, tmp_path / "s", 4)
    check(parts, source)
    assert (state(parts).failures, alarms(parts)) == (0, [])


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", "short_body"),
        ("<html><body></body></html>", "short_body"),
        ("<html><head><title>x</title><script>var $_ts = {}</script></head><body></body></html>", "challenge"),
        ("<html><body><p>请输入验证码</p></body></html>", "challenge"),
        ("<html><script>/*" + "x" * 50_000 + "*/ aliyun_waf()</script><body></body></html>", "challenge"),
    ],
)
def test_f39_an_empty_page_or_a_challenge_without_a_word_of_ours_is_no_irrelevant_article(
    web, parts, tmp_path, page, reason
) -> None:
    source = outlet(web, tmp_path, 1)
    web.serve("/0.html", page, headers=HTML)
    assert check(parts, source).reasons == {reason: 1}
    with parts.database.read() as session:
        assert session.scalars(select(Quarantine.url)).all() == [f"{web.url}/0.html"]


def test_f40_a_frozen_page_is_an_alarm_that_ends_with_the_next_item(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 3, longest_silence="5d")
    check(parts, source)
    clock.forward(days=6)
    check(parts, source)
    assert alarms(parts) == [AlarmName.FROZEN]
    open_outlet(web, tmp_path / "s", 4)
    check(parts, source)
    assert alarms(parts) == []


def test_f40_a_page_that_flipped_to_its_last_page_changes_but_is_silent(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 4, longest_silence="5d")
    check(parts, source)
    clock.forward(days=6)
    whole = feed(web, 4).split("<item>")
    web.serve("/feed.xml", "<item>".join([whole[0], whole[1], whole[-1]]), headers=RSS)
    assert check(parts, source).status == "ok"
    assert alarms(parts) == [AlarmName.SILENT]


def test_f41_a_volatile_field_makes_neither_news_nor_a_sign_of_life(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 2, longest_silence="5d")
    web.serve(
        "/feed.xml",
        lambda asked: Answer(feed(web, 2).replace("<title>t<", f"<title>{clock().isoformat()}<").encode(), 200, RSS),
    )
    for _ in range(7):
        counts = check(parts, source)
        clock.forward(days=1)
    assert (counts.status, counts.not_modified, counts.new) == ("ok", 0, 0)
    assert pages_asked(web.log) == ["/0.html", "/1.html"]
    assert alarms(parts) == [AlarmName.FROZEN]


def test_f42_a_pinned_old_item_on_top_hides_nothing_below_it(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 6)
    check(parts, source)
    pinned = feed(web, 8).split("<item>")
    web.serve("/feed.xml", "<item>".join([pinned[0], *pinned[1:7], pinned[8], pinned[7]]), headers=RSS)
    for n in (6, 7):
        web.serve(f"/{n}.html", article(n), headers=HTML)
    counts = check(parts, source)
    assert (counts.new, counts.read, counts.news) == (2, 2, 2)


def test_f42_a_first_page_full_of_pinned_items_is_looked_past(web, parts, tmp_path) -> None:
    paged = _paged(web, tmp_path, pages=2)
    for n in (1, 2, 3, 4):
        web.serve(f"/{n}.html", article(n), headers=HTML)
    _serve_list(web, 1, [1, 2])
    _serve_list(web, 2, [3])
    assert check(parts, paged).read == 3
    _serve_list(web, 2, [4, 3])
    counts = check(parts, paged)
    assert (counts.new, counts.read) == (1, 1)


def test_f43_a_late_item_below_known_ones_is_found_and_is_news(web, parts, tmp_path) -> None:
    source = outlet(web, tmp_path, 4)
    check(parts, source)
    rows = feed(web, 5).split("<item>")
    rows[5] = rows[5].replace("</channel></rss>", "")
    dated = rows[5].replace("<link>", "<pubDate>Mon, 02 Mar 2026 10:00:00 +0800</pubDate><link>")
    late = "<item>".join([*rows[:3], dated, *rows[3:5]]) + "</channel></rss>"
    web.serve("/feed.xml", late, headers=RSS)
    web.serve("/4.html", article(4), headers=HTML)
    counts = check(parts, source)
    assert (counts.listed, counts.new, counts.news) == (5, 1, 1)


def test_f44_an_alarm_whose_mail_fails_shows_in_status_and_its_exit_code(
    web, tmp_path, make, clock, monkeypatch, capsys
) -> None:
    with smtp_server() as server:
        server.answer = lambda mail: "451 busy"
        parts = make(operator="ops@example.org", smtp_host="127.0.0.1", smtp_port=server.port)
        check(parts, outlet(web, tmp_path, 2, longest_silence="5d"))
        parts.__dict__["sources"] = load_sources([tmp_path / "s"])
        clock.forward(days=6)
        check(parts, outlet(web, tmp_path, 2, longest_silence="5d"))
        Service(parts, lambda line: None).tell_due()
    parts.close()
    monkeypatch.setenv("GREENLIT_DATA_DIR", str(tmp_path / "data"))
    assert main(["status"]) == 3
    said = capsys.readouterr().out
    assert "outlet: frozen since 2026-03-16" in said
    assert "it could not be mailed" in said and "451 busy" in said
    assert main(["status", "--json"]) == 3
    seen = json.loads(capsys.readouterr().out)
    assert [(a["source"], a["name"], a["attempts"]) for a in seen["alarms"]] == [("outlet", "frozen", 1)]


def test_a_source_whose_file_is_wrong_is_no_source_that_is_quietly_missing(tmp_path, make, monkeypatch, capsys) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "outlet.toml").write_text('id = "outlet"\nkind = "blog"\n', encoding="utf-8")
    parts = make(sources_dir=folder)
    Service(parts, lambda line: None).tell_due()
    parts.close()
    monkeypatch.setenv("GREENLIT_DATA_DIR", str(tmp_path / "data"))
    assert main(["status"]) == 3
    assert "outlet: not_taken since" in capsys.readouterr().out


def _paged(web: Web, folder: Path, pages: int) -> Source:
    source = outlet(web, folder, 1)
    listing = Listing(kind="json", url=f"{web.url}/list?page={{page}}", link="link", title="title", pages=pages)
    return source.model_copy(update={"listing": listing})


def _serve_list(web: Web, page: int, numbers: list[int]) -> None:
    rows = [{"link": f"{web.url}/{n}.html", "title": str(n)} for n in numbers]
    web.serve(f"/list?page={page}", json.dumps(rows), headers={"Content-Type": "application/json"})


def test_what_a_listing_asks_for_sets_the_next_check(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 1)
    slow = feed(web, 1).replace("<channel>", "<channel><ttl>180</ttl>")

    def answer(asked: Asked) -> Answer:
        return Answer(b"", 304) if asked.headers.get("if-none-match") == '"x"' else Answer(slow.encode(), 200, headers)

    headers = {"ETag": '"x"', "Cache-Control": "max-age=60", **RSS}
    web.serve("/feed.xml", answer)
    for _ in range(2):  # the second is a 304, which says nothing of it
        check(parts, source)
        wait = state(parts).next_check_at - clock()
        assert 180 * 60 <= wait.total_seconds() <= 180 * 60 * 1.1
    web.serve("/feed.xml", feed(web, 1), headers={"ETag": '"y"', **RSS})
    check(parts, source)
    assert (state(parts).next_check_at - clock()).total_seconds() <= 33 * 60


def test_a_source_is_left_alone_in_its_quiet_hours(web, parts, tmp_path, clock) -> None:
    source = outlet(web, tmp_path, 1).model_copy(update={"quiet": "13:00-15:00"})  # it is 12:00 in Shanghai
    files = load_sources([tmp_path / "s"])
    files.sources["outlet"] = source
    parts.__dict__["sources"] = files
    service = Service(parts, lambda line: None)
    clock.forward(hours=1)
    assert service.fetch_due() == []
    clock.forward(hours=2)
    assert [counts.read for counts in service.fetch_due()] == [1]

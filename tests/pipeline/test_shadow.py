"""Shadow mode over real HTTP: what only such a source reports is kept, shown for review, and told to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from outlet import article, feed, open_outlet, pages_asked
from sqlalchemy import select
from web import Web

from config.source import Source, load_sources
from pipeline.assembly import Assembly
from pipeline.backfill.listing import backfill
from pipeline.cli.main import main
from storage import queries
from storage.records import Origin
from storage.runs import Counts
from storage.shadow import AlreadyPromoted, promote
from storage.tables import OutboxItem, SourceState, StoredArticle


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Web]:
    with Web() as server:
        yield server


def outlet(web: Web, folder: Path, count: int, *, id: str = "outlet", shadow: bool = False) -> Source:
    """An outlet with `count` articles; the numbers of two outlets are the same approvals."""
    open_outlet(web, folder / id, count, id=id)
    (source,) = load_sources([folder / id]).sources.values()
    return source.model_copy(update={"shadow": shadow})


def check(parts: Assembly, source: Source) -> Counts:
    return parts.watch().check(source)


def told(parts: Assembly) -> list[str]:
    with parts.database.read() as session:
        ids = list(session.scalars(select(OutboxItem.approval_id).order_by(OutboxItem.id)))
        return [a.product or "" for a in queries.approvals_by_id(session, ids)]


def statuses(parts: Assembly) -> dict[str, str]:
    with parts.database.read() as session:
        return {a.product or "": a.status for a in queries.approvals(session)}


def let_out(parts: Assembly, source: Source) -> None:
    with parts.database.write() as session:
        promote(session, source.id, author="ana", reason="two good weeks", at=parts.clock(), min_confidence=0.9)


def test_what_only_a_shadow_source_reports_is_held_for_review_and_told_to_nobody(web, make, tmp_path) -> None:
    parts = make()
    check(parts, outlet(web, tmp_path, 1, shadow=True))
    counts = check(parts, outlet(web, tmp_path, 3, shadow=True))
    assert (counts.status, counts.new, counts.approvals, counts.news) == ("ok", 2, 2, 0)
    assert statuses(parts) == {f"产品{n}号": "held" for n in range(3)}
    assert told(parts) == []
    with parts.database.read() as session:
        assert session.get_one(SourceState, "outlet").shadow


def test_two_shadow_sources_do_not_confirm_each_other(web, other, make, tmp_path) -> None:
    parts = make()
    check(parts, outlet(web, tmp_path, 1, shadow=True))
    open_outlet(other, tmp_path / "x", 1)
    other.serve("/0.html", article(0).replace("公司表示", "据介绍"), headers={"Content-Type": "text/html"})
    second = outlet(other, tmp_path, 1, id="second", shadow=True)
    check(parts, second)
    assert statuses(parts) == {"产品0号": "held"}


def test_what_another_source_reports_later_is_news_then(web, other, make, tmp_path) -> None:
    parts = make()
    check(parts, outlet(other, tmp_path, 1, id="live"))
    check(parts, outlet(web, tmp_path, 3, shadow=True))
    assert told(parts) == []
    check(parts, outlet(other, tmp_path, 2, id="live"))
    assert told(parts) == ["产品1号"]
    assert statuses(parts) == {"产品0号": "reported", "产品1号": "reported", "产品2号": "held"}


def test_an_article_that_a_shadow_source_named_first_is_read_again_for_the_one_that_counts(
    web, other, make, tmp_path
) -> None:
    parts = make()
    live = outlet(other, tmp_path, 1, id="live")
    check(parts, live)
    check(parts, outlet(web, tmp_path, 2, shadow=True))
    known = len(pages_asked(web.log))
    other.serve("/feed.xml", feed(web, 2), headers={"ETag": '"2"'})
    counts = check(parts, live)
    assert (counts.new, counts.news, told(parts)) == (2, 1, ["产品1号"])  # 产品0号 is history since its first run
    assert len(pages_asked(web.log)) == known + 2
    with parts.database.read() as session:
        rows = session.execute(select(StoredArticle.origin, StoredArticle.source)).all()
    assert {tuple(row) for row in rows} == {("first_run", "live"), ("live", "live")}


def test_a_promoted_source_makes_news_and_its_older_finds_stay_history(web, make, tmp_path) -> None:
    parts = make()
    source = outlet(web, tmp_path, 2, shadow=True)
    check(parts, source)
    let_out(parts, source)
    assert statuses(parts) == {"产品0号": "reported", "产品1号": "reported"}
    check(parts, outlet(web, tmp_path, 3, shadow=True))
    assert told(parts) == ["产品2号"]
    with parts.database.read() as session:
        assert not session.get_one(SourceState, "outlet").shadow
        assert len(session.scalars(select(StoredArticle)).all()) == 3


def test_a_promoted_source_that_repeats_an_older_find_makes_no_news_of_it(web, make, tmp_path) -> None:
    parts = make()
    source = outlet(web, tmp_path, 1, shadow=True)
    check(parts, source)
    let_out(parts, source)
    again = article(0).replace("公司表示", "该公司今天再次表示")
    web.serve("/again.html", again, headers={"Content-Type": "text/html; charset=utf-8"})
    web.serve("/feed.xml", feed(web, 1).replace("0.html", "again.html"), headers={"ETag": '"again"'})
    counts = check(parts, source)
    assert (counts.new, counts.approvals, counts.news) == (1, 1, 0)
    assert told(parts) == []


def test_links_that_waited_at_the_promotion_are_older_finds_too(web, make, tmp_path, clock) -> None:
    parts = make()
    source = outlet(web, tmp_path, 1, shadow=True)
    web.serve("/0.html", b"", status=500)
    check(parts, source)
    let_out(parts, source)
    web.serve("/0.html", article(0), headers={"Content-Type": "text/html; charset=utf-8"})
    clock.forward(days=2)
    assert check(parts, source).approvals == 1
    assert (told(parts), statuses(parts)) == ([], {"产品0号": "reported"})


def test_a_source_is_promoted_once(web, make, tmp_path) -> None:
    parts = make()
    source = outlet(web, tmp_path, 1, shadow=True)
    let_out(parts, source)
    with pytest.raises(AlreadyPromoted, match="by ana on 2026-03-10: two good weeks"):
        let_out(parts, source)


def test_not_even_announce_or_a_backfill_tells_of_a_shadow_source(web, make, tmp_path) -> None:
    from outlet import open_archive

    parts = make()
    (archive,) = load_sources([open_archive(web, tmp_path / "a", pages=1)]).sources.values()
    source = archive.model_copy(update={"shadow": True})
    day = parts.clock().date()
    backfill(
        parts.watch(announce=True), source, day.replace(day=1), day.replace(day=31), lambda *_: None, origin=Origin.LIVE
    )
    assert (told(parts), set(statuses(parts).values())) == ([], {"held"})


def test_promote_on_the_command_line_is_recorded_and_shown(tmp_path: Path, monkeypatch, capsys) -> None:
    with Web() as web:
        folder = open_outlet(web, tmp_path / "s", 1)
    path = folder / "outlet.toml"
    path.write_text(path.read_text().replace("[listing]", "shadow = true\n[listing]", 1))
    monkeypatch.setenv("GREENLIT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GREENLIT_SOURCES_DIR", str(folder))

    def run(*words: str) -> tuple[int, str]:
        code = main(["sources", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    def state() -> str:
        return next(line for line in run("list")[1].splitlines() if line.startswith("outlet\t")).split("\t")[-1]

    assert state() == "shadow"
    assert run("promote", "outlet", "--reason", " \n ")[0] == 2
    assert run("promote", "outlet")[0] == 2
    code, said = run("promote", "outlet", "--reason", "no wrong name\nin two weeks", "--author", "ana")
    assert (code, said.strip()) == (0, "outlet is promoted by ana: no wrong name in two weeks")
    assert state().startswith("watched: promoted ") and state().endswith("by ana: no wrong name in two weeks")
    code, said = run("promote", "outlet", "--reason", "again")
    assert (code, "by ana" in said) == (2, True)
    assert run("promote", "cac", "--reason", "it is official")[0] == 2

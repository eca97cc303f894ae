"""Walking back through a paged listing: the window, the end, the place, and that nothing is mailed."""

from __future__ import annotations

from datetime import date

import pytest
from outlet import article, open_archive, open_outlet, pages_asked
from sqlalchemy import func, select
from web import Answer, Web

from config.source import load_sources
from pipeline.backfill.listing import NotPaged, backfill
from pipeline.fetch import HttpStatus
from storage.frontier import TRIES
from storage.tables import OutboxItem, StoredArticle

SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture
def web():
    with Web() as server:
        yield server


@pytest.fixture
def walk(make, tmp_path, web):
    """Walks the archive's window, by default a whole month; gives the counts and what progress said."""
    parts = make()

    def go(since=SINCE, until=UNTIL):
        (source,) = load_sources([tmp_path / "s"]).sources.values()
        said = []
        counts = backfill(parts.watch(), source, since, until, lambda at, counts: said.append(at))
        return counts, said

    go.parts = parts
    return go


def articles(parts) -> int:
    with parts.database.read() as session:
        return session.scalar(select(func.count(StoredArticle.id)))


def test_every_page_is_walked_to_the_end_and_nothing_is_news(web, walk, tmp_path) -> None:
    open_archive(web, tmp_path / "s", pages=3)
    counts, said = walk()
    assert (counts.read, counts.approvals, counts.news, said[-1].done) == (6, 6, 0, True)
    with walk.parts.database.read() as session:
        assert session.scalars(select(OutboxItem)).all() == []


def test_only_the_window_is_stored_and_the_walk_ends_before_it(web, walk, tmp_path) -> None:
    open_archive(web, tmp_path / "s", pages=5)
    walk(date(2026, 3, 25), date(2026, 3, 28))
    assert sorted(pages_asked(web.log)) == ["/2.html", "/3.html", "/4.html", "/5.html"]
    assert "/list?page=5" not in web.paths()


def test_a_finished_walk_asks_for_nothing_and_a_wider_one_for_what_is_missing(web, walk, tmp_path) -> None:
    open_archive(web, tmp_path / "s", pages=2)
    walk(date(2026, 3, 29), UNTIL)
    web.log.clear()
    walk(date(2026, 3, 29), UNTIL)
    assert web.log == []
    walk()
    assert sorted(pages_asked(web.log)) == ["/2.html", "/3.html"]


def test_a_page_of_pinned_old_items_does_not_end_the_walk(web, walk, tmp_path) -> None:
    open_archive(web, tmp_path / "s", pages=2)
    listed = (
        f'[{{"link": "{web.url}/9.html", "date": "2020-01-01"}}, {{"link": "{web.url}/0.html", "date": "2026-03-30"}}]'
    )
    web.serve("/list?page=1", listed)
    web.serve("/9.html", article(9))
    walk()
    assert sorted(pages_asked(web.log)) == ["/0.html", "/2.html", "/3.html"]


def test_a_listing_page_that_fails_keeps_its_place(web, walk, tmp_path) -> None:
    open_archive(web, tmp_path / "s", pages=3)
    web.serve("/list?page=2", lambda asked: Answer(b"", 500))
    with pytest.raises(HttpStatus):
        walk()
    assert articles(walk.parts) == 2
    open_archive(web, tmp_path / "s", pages=3)
    web.log.clear()
    walk()
    assert articles(walk.parts) == 6
    assert "/list?page=1" not in web.paths()


def test_a_source_without_pages_says_so(web, walk, tmp_path) -> None:
    open_outlet(web, tmp_path / "s", 1)
    with pytest.raises(NotPaged, match=r"\{page\}"):
        walk()


def test_a_listing_that_repeats_its_last_page_for_ever_comes_to_an_end(web, walk, tmp_path) -> None:
    open_archive(web, tmp_path / "s", pages=2)
    again = f'[{{"link": "{web.url}/2.html"}}, {{"link": "{web.url}/3.html"}}]'
    for page in range(2, 50):
        web.serve(f"/list?page={page}", again)
    counts, said = walk()
    assert (counts.read, said[-1].done) == (4, True)
    assert "/list?page=4" not in web.paths()


def test_a_page_that_was_given_up_gets_another_chance(web, walk, tmp_path, clock) -> None:
    open_archive(web, tmp_path / "s", pages=1)
    web.serve("/1.html", b"", status=404)
    for _ in range(TRIES + 1):
        walk()
        clock.forward(days=1)
    web.serve("/1.html", article(1))
    counts, _ = walk()
    assert counts.read == 1

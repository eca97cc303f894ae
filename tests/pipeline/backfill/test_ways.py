"""Every way back over archives on loopback: what is found, what is asked for, and that nothing is asked for twice."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from archive_server import NEWS, ArchiveServer
from newsweb import member
from outlet import article
from sqlalchemy import func, select
from web import Answer, Web

from config.companies import load_companies
from extractors.sift import Sifter
from pipeline.backfill import archives as archives_module
from pipeline.backfill.commoncrawl import CommonCrawl
from pipeline.backfill.folders import Html, Jsonl
from pipeline.backfill.gdelt import Gdelt
from pipeline.backfill.pool import Alone, hands
from pipeline.backfill.run import estimate, plan, run
from pipeline.backfill.sieve import READ_CPU, Sieve
from pipeline.backfill.sitemaps import Sitemap
from pipeline.backfill.units import Nothing
from pipeline.backfill.warc import CcNews, Warc
from pipeline.backfill.wayback import Wayback
from pipeline.worker import Limit, Worker
from storage.tables import OutboxItem, StoredArticle

DAYS = ("2026-03-01", "2026-03-31")


@pytest.fixture
def web():
    with Web() as server:
        yield server


@pytest.fixture
def archives(web) -> ArchiveServer:
    server = ArchiveServer(web)
    for number in range(7):
        server.keep(number)
    return server


@pytest.fixture(scope="module")
def worker():
    """The process that reads and understands: it is slow to start."""
    with Worker(Limit(cpu=READ_CPU), resident=partial(Sifter.of, load_companies(), "crf")) as started:
        yield started


@pytest.fixture
def go(make, archives, worker):
    """Runs a way back in this process; gives its outcome."""
    parts = make(**archives.settings())
    parts.__dict__["sieve"] = Sieve(parts.ingest, {}, worker)

    def back(way, **options):
        return run(parts, way, lambda at_once: hands(parts, 1), lambda progress: None, patience=timedelta(0), **options)

    back.parts = parts
    return back


def urls(parts) -> set[str]:
    with parts.database.read() as session:
        assert session.scalar(select(func.count(OutboxItem.id))) == 0
        return {url for url in session.scalars(select(StoredArticle.url)) if url}


REMOTE = {
    "wayback": lambda web: Wayback(f"{web.url}/", *DAYS),
    "gdelt": lambda web: Gdelt("备案", *DAYS),
    "common crawl": lambda web: CommonCrawl(f"{web.url}/", *DAYS),
    "cc-news": lambda web: CcNews(("2026-03",)),
}


@pytest.mark.parametrize("way", REMOTE.values(), ids=REMOTE)
def test_a_remote_archive_gives_every_article_as_history_and_is_not_asked_twice(web, archives, go, way) -> None:
    outcome = go(way(web))
    tally = outcome.progress.tally
    assert urls(go.parts) == {archives.address(number) for number in range(7)}
    assert (outcome.progress.done, tally.relevant, tally.new, tally.rejected) == (outcome.progress.units, 7, 7, 0)
    assert outcome.troubles == ()
    web.log.clear()
    again = go(way(web))
    assert web.log == []
    assert again.progress == outcome.progress


@pytest.mark.parametrize("way", REMOTE.values(), ids=REMOTE)
def test_a_dry_run_stores_nothing(web, go, way) -> None:
    found = estimate(go.parts, way(web))
    assert found.requests >= 1
    assert found.seconds
    assert urls(go.parts) == set()


def test_a_capture_is_dated_by_the_archive_and_known_by_its_own_address(web, archives, go) -> None:
    go(Wayback(f"{web.url}/", *DAYS))
    with go.parts.database.read() as session:
        row = session.scalars(select(StoredArticle).order_by(StoredArticle.id)).first()
    assert row.url == archives.address(0)
    assert row.published.isoformat() == "2026-03-01T01:00:00+00:00"


def test_a_page_that_is_gone_costs_itself_and_is_named(web, archives, go) -> None:
    web.serve("/3.html", b"", status=404)
    outcome = go(Gdelt("备案", *DAYS))
    assert outcome.progress.tally.reasons == {"http_status": 1}
    assert any("/3.html" in line for trouble in outcome.troubles for line in trouble.problems)
    assert len(urls(go.parts)) == 6


def test_a_full_window_of_gdelt_is_halved_until_all_is_seen(web, archives, go, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.backfill.gdelt.MOST", 7)
    archives.web.serve("/gdelt", lambda asked: archives._gdelt(asked))
    go(Gdelt("备案", *DAYS))
    asked = [path for path in web.paths() if path.startswith("/gdelt")]
    assert len(asked) > 8
    assert len(urls(go.parts)) == 7


def test_gdelt_that_wants_a_pause_says_so_in_words_and_gets_it(web, archives, go, clock) -> None:
    words = "Please limit requests to one every 5 seconds or contact us for larger queries."
    web.serve("/gdelt", words)
    outcome = go(Gdelt("备案", *DAYS), limit=1)
    assert "429" in outcome.troubles[0].error
    ArchiveServer(web, kept=archives.kept)
    web.log.clear()
    assert go(Gdelt("备案", *DAYS), limit=1).progress.done == 0
    assert web.log == []
    clock.forward(minutes=2)
    assert go(Gdelt("备案", *DAYS)).progress.tally.relevant == 7


def test_gdelt_that_does_not_understand_the_query_is_quoted(web, go) -> None:
    web.serve("/gdelt", "The specified phrase is too short.")
    outcome = go(Gdelt("a", *DAYS), limit=1)
    assert "phrase is too short" in outcome.troubles[0].error


def test_an_archive_that_is_away_leaves_the_unit_where_it_stands(web, archives, go, clock) -> None:
    at = f"/wayback/web/20260310040000id_/{archives.address(4)}"
    web.serve(at, b"", status=500)
    outcome = go(Wayback(f"{web.url}/", *DAYS), limit=3)
    assert outcome.progress.done < outcome.progress.units
    archives.web.serve(at, article(4), headers={"Content-Type": "text/html; charset=utf-8"})
    clock.forward(hours=2)
    assert go(Wayback(f"{web.url}/", *DAYS)).progress.done == 6
    assert len(urls(go.parts)) == 7


def test_a_large_file_comes_in_ranges_and_a_download_goes_on_where_it_stood(web, archives, go, monkeypatch) -> None:
    monkeypatch.setattr(archives_module, "RANGE", 500)
    fetched = len(archives.file) // 500 + 1
    broken = list(range(3))
    whole = web._answers[f"/data/{NEWS}"]
    web.serve(f"/data/{NEWS}", lambda asked: whole(asked) if broken.pop() else Answer(b"", 500))
    assert go(CcNews(("2026-03",)), limit=1).progress.done == 0
    web.serve(f"/data/{NEWS}", whole)
    web.log.clear()
    go.parts.clock.forward(hours=1)
    assert go(CcNews(("2026-03",))).progress.tally.relevant == 7
    assert len([path for path in web.paths() if NEWS in path]) == fetched - 2
    assert not (go.parts.settings.data_dir / "archives" / "job-1").exists()


def test_a_file_that_changed_meanwhile_is_fetched_anew(web, archives, go, monkeypatch) -> None:
    monkeypatch.setattr(archives_module, "RANGE", 500)
    answers = [1, 1]
    whole = web._answers[f"/data/{NEWS}"]
    web.serve(f"/data/{NEWS}", lambda asked: whole(asked) if answers and answers.pop() else Answer(b"", 500))
    go(CcNews(("2026-03",)), limit=1)
    archives.keep(7)
    web.serve(f"/data/{NEWS}", whole)
    go.parts.clock.forward(hours=1)
    assert go(CcNews(("2026-03",))).progress.tally.relevant == 8


def test_sitemaps_give_the_pages_of_the_days(web, archives, go) -> None:
    rows = "".join(
        f"<url><loc>{archives.address(n)}</loc><news:news><news:publication_date>2026-0{day}-05T10:00:00+08:00"
        "</news:publication_date></news:news></url>"
        for n, day in ((0, 3), (1, 3), (2, 1))
    )
    news = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    web.serve("/sitemap.xml", f"<urlset {news}>{rows}</urlset>")
    web.serve("/index.xml", f"<sitemapindex><sitemap><loc>{web.url}/sitemap.xml</loc></sitemap></sitemapindex>")
    go(Sitemap(f"{web.url}/index.xml", *DAYS))
    assert urls(go.parts) == {archives.address(0), archives.address(1)}


def test_a_folder_of_pages_is_known_by_the_addresses_that_they_state(go, tmp_path) -> None:
    folder = tmp_path / "saved" / "deep"
    folder.mkdir(parents=True)
    for number in range(3):
        link = f'<head><link rel="canonical" href="https://news.example/{number}">'
        (folder / f"{number}.html").write_text(article(number).replace("<head>", link), encoding="utf-8")
    (folder / "other.htm").write_text("<html><body>" + "今天天气不错。" * 20, encoding="utf-8")
    way = Html(str(folder.parent))
    assert go(way).progress.tally.relevant == 3
    assert urls(go.parts) == {f"https://news.example/{n}" for n in range(3)}
    (folder / "3.html").write_text(article(3), encoding="utf-8")
    assert go(way).progress.tally.new == 4


def test_lines_of_articles_are_taken_and_a_bad_one_is_named(go, tmp_path) -> None:
    text = "杭州蓝鲸智语科技有限公司的“鲸语”大模型于2026年3月2日通过生成式人工智能服务备案。"
    lines = [json.dumps({"id": f"a{n}", "title": "t", "text": f"{text}第{n}篇"}) for n in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines[:2], "{bad", lines[2]]), encoding="utf-8")
    outcome = go(Jsonl((str(tmp_path / "a.jsonl"),)))
    assert outcome.progress.tally.relevant == 3
    assert "line at byte" in outcome.troubles[0].problems[0]


def test_damaged_and_hostile_records_cost_only_themselves(go, archives, tmp_path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    deep = b"<div>" * 50_000 + "备案".encode()
    bomb = b"Content-Encoding: gzip\r\n\r\n" + __import__("gzip").compress(b"\0" * 60_000_000)
    cut = bytearray(archives.file)
    half = len(cut) // 2
    cut[half : half + 40] = b"\xff" * 40
    path = tmp_path / "hostile.warc.gz"
    records = (
        member(b"response", b"https://a.example/deep", head + b"\r\n" + deep),
        member(b"response", b"https://a.example/bomb", head + bomb),
        bytes(cut),
    )
    path.write_bytes(b"".join(records))
    outcome = go(Warc((str(path),)))
    assert len(urls(go.parts)) == 6
    assert outcome.progress.tally.reasons == {"unreadable": 2, "damaged": 1}
    assert (outcome.progress.done, outcome.progress.tally.pages) == (1, 9)
    said = " ".join(line for trouble in outcome.troubles for line in trouble.problems)
    assert "tags are open" in said and "larger than" in said and "record at byte" in said


def test_only_pages_of_the_hosts_that_are_named_are_read(go, archives, tmp_path) -> None:
    other = member(b"response", b"https://news.example/a", b"HTTP/1.1 200 OK\r\n\r\n" + article(9).encode())
    path = tmp_path / "a.warc.gz"
    path.write_bytes(archives.file + other)
    outcome = go(Warc((str(path),), ("example",)))
    assert urls(go.parts) == {"https://news.example/a"}
    assert (outcome.progress.tally.pages, outcome.progress.tally.skipped) == (8, 7)


def test_a_file_that_is_no_archive_is_told(go, tmp_path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"hello" * 100)
    outcome = go(Warc((str(path),)))
    assert outcome.progress.tally.reasons["damaged"] >= 1


def test_the_same_backfill_runs_once_at_a_time(go, archives, web) -> None:
    from pipeline.lease import Lease, Taken

    way = CcNews(("2026-03",))
    with (
        Lease(go.parts.database, go.parts.clock, f"backfill {way.name} {way.key}", "works on this backfill"),
        pytest.raises(Taken),
    ):
        go(way)


def test_one_process_hands_on_what_the_database_says(go) -> None:
    with pytest.raises(KeyError):
        alone = Alone(go.parts)
        alone.take(99)
        while alone.busy:
            alone.rest()


def test_paths_are_the_units_of_a_job(go, archives, tmp_path) -> None:
    for name in ("a", "b"):
        Path(tmp_path / f"{name}.warc.gz").write_bytes(archives.file)
    first = go(Warc((str(tmp_path / "a.warc.gz"),)))
    both = go(Warc((str(tmp_path),)))
    assert (first.progress.units, both.progress.units, both.progress.tally.known) == (1, 2, 7)


@pytest.mark.parametrize("way", [lambda at: Warc((str(at),)), lambda at: Html(str(at))], ids=["warc", "html"])
def test_an_empty_folder_is_told(go, tmp_path, way) -> None:
    with pytest.raises(Nothing, match=f"{tmp_path}: no"):
        go(way(tmp_path))


def test_a_file_that_is_gone_is_not_waited_for_and_is_tried_again_by_the_next_run(go, archives, tmp_path) -> None:
    gone, there = tmp_path / "gone.warc.gz", Warc((str(tmp_path / "there.warc.gz"),))
    for path in (gone, *map(Path, there.paths)):
        path.write_bytes(archives.file)
    plan(go.parts, Warc((str(tmp_path),)))
    gone.unlink()
    first = run(go.parts, there, lambda at_once: hands(go.parts, 1), lambda progress: None)  # as patient as ever
    assert (first.progress.done, first.progress.failing, first.before) == (1, 1, 0)
    gone.write_bytes(archives.file)
    second = go(there)
    assert (second.progress.done, second.progress.failing, second.before) == (2, 0, 1)


def test_a_list_that_is_gone_is_not_waited_for_and_is_tried_again_by_the_next_run(go, archives, web) -> None:
    way = Sitemap(f"{web.url}/map.xml", *DAYS)
    first = run(go.parts, way, lambda at_once: hands(go.parts, 1), lambda progress: None)  # as patient as ever
    assert (first.progress.done, first.progress.failing) == (0, 1)
    said = f"<url><loc>{archives.address(1)}</loc><lastmod>2026-03-10</lastmod></url>"
    web.serve("/map.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{said}</urlset>')
    second = go(way)
    assert (second.progress.done, second.progress.failing) == (2, 0)

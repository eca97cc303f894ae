"""Reading listings over real HTTP: look-back, windows, sitemap indexes, WordPress, older rules, and walks through them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from outlet import article, pages_asked
from sqlalchemy import select
from web import Answer, Asked, Web

from config.source import Source, load_sources
from extractors.read.entry import UnreadableListing
from pipeline.assembly import Assembly
from pipeline.backfill.listing import backfill
from pipeline.fetch import HttpStatus
from pipeline.links import page_request
from pipeline.listings import NEWEST, Listings
from storage.frontier import Validators
from storage.runs import Counts
from storage.tables import StoredArticle

NEW = Validators()


@pytest.fixture
def web():
    with Web() as server:
        yield server


def source(folder: Path, listing: str, more: str = "") -> Source:
    folder.mkdir(parents=True, exist_ok=True)
    text = 'id = "it"\nname = "it"\nkind = "media"\nlanguage = "zh"\n[listing]\n' + listing
    (folder / "it.toml").write_text(f"{text}\n{more}[politeness]\nspacing = 0\n", encoding="utf-8")
    files = load_sources([folder])
    assert files.problems == ()
    return files.sources["it"]


def listings(parts: Assembly) -> Listings:
    return Listings(parts.ingest, parts.polite)


def paths(listed) -> list[str]:
    return [link.url.rpartition("/")[2] for link in listed.links]


def paged(web: Web, folder: Path, *pages: list[str], more: str = "pages = 3") -> Source:
    for number, names in enumerate(pages, 1):
        web.serve(
            f"/list?page={number}", json.dumps([{"u": f"{web.url}/{name}"} for name in names]), headers={"ETag": '"1"'}
        )
    return source(folder, f'kind = "json"\nurl = "{web.url}/list?page={{page}}"\nlink = "u"\n{more}')


def test_a_round_looks_back_past_pinned_items(web, make, tmp_path):
    it = paged(web, tmp_path, ["pinned", "a"], ["pinned", "b"], ["c"], ["d"])
    listed = listings(make()).round(it, NEW)
    assert paths(listed) == ["pinned", "a", "b", "c"]
    assert (listed.fetched, listed.unchanged, listed.problems) == (3, False, ())
    assert listed.validators.etag == '"1"'


def test_pages_behind_an_unchanged_one_are_looked_at_all_the_same(web, make, tmp_path):
    it = paged(web, tmp_path, ["pinned"], ["new"], more="pages = 2")
    parts = make()
    known = listings(parts).round(it, NEW).validators
    web.serve("/list?page=1", lambda asked: Answer(b"", 304) if asked.headers.get("if-none-match") else Answer(b"[]"))
    listed = listings(parts).round(it, known)
    assert (paths(listed), listed.unchanged, listed.validators) == (["new"], True, known)


def test_the_last_page_ends_the_look_back(web, make, tmp_path):
    it = paged(web, tmp_path, ["a"], [])
    assert paths(listings(make()).round(it, NEW)) == ["a"]
    assert "/list?page=3" not in web.paths()
    web.serve("/list?page=2", b"", status=404)
    listed = listings(make()).round(it, NEW)
    assert (paths(listed), listed.problems) == (["a"], ())


def test_a_further_page_that_fails_is_told_and_costs_only_itself(web, make, tmp_path):
    it = paged(web, tmp_path, ["a"], ["b"])
    web.serve("/list?page=2", b"<html><title>502</title></html>")
    listed = listings(make()).round(it, NEW)
    assert paths(listed) == ["a"]
    assert [str(problem) for problem in listed.problems] == ["an HTML page where JSON was expected, titled '502'"]


def test_a_first_page_that_fails_is_the_rounds_failure(web, make, tmp_path):
    it = paged(web, tmp_path, ["a"])
    web.serve("/list?page=1", b"", status=404)
    with pytest.raises(HttpStatus):
        listings(make()).round(it, NEW)


def windowed(web: Web, folder: Path, more: str = "", url: str = "/find?from={since}&to={until}") -> Source:
    def found(asked: Asked) -> Answer:
        query = dict(pair.split("=") for pair in (asked.body.decode() or asked.path.partition("?")[2]).split("&"))
        first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        rows = [{"u": f"{web.url}/{day.day}.html", "t": day.isoformat()} for day in days if day.month == 3]
        size = int(query.get("size", 100))
        page = int(query.get("page", 1))
        return Answer(json.dumps(rows[(page - 1) * size : page * size]).encode())

    web.serve("/find", found)
    return source(folder, f'kind = "json"\nurl = "{web.url}{url}"\nlink = "u"\npublished = "t"\n{more}\n')


def test_a_round_asks_for_the_last_days(web, make, tmp_path):
    it = windowed(web, tmp_path, 'window = "2d"')
    listed = listings(make()).round(it, Validators('"1"', None, None))
    assert paths(listed) == ["8.html", "9.html", "10.html"]
    assert web.paths()[-1] == "/find?from=2026-03-08&to=2026-03-10"
    assert "if-none-match" not in web.log[-1].headers


def test_a_form_is_posted_with_its_window(web, make, tmp_path):
    it = windowed(web, tmp_path, 'method = "POST"\nwindow = "1d"')
    assert paths(listings(make()).round(it, NEW)) == ["9.html", "10.html"]
    assert (web.log[-1].method, web.log[-1].path, web.log[-1].body) == (
        "POST",
        "/find",
        b"from=2026-03-09&to=2026-03-10",
    )


def walk(parts: Assembly, it: Source, since: date, until: date) -> Counts:
    return backfill(parts.watch(), it, since, until, lambda at, counts: None)


@pytest.mark.parametrize(
    ("more", "sent"), [("", None), ('method = "POST"', None), ('referer = "https://a.example/search"', True)]
)
def test_no_page_says_that_it_comes_from_a_window_of_days(web, make, tmp_path, more, sent):
    """Its address is another each day, and a form's is none at all."""
    request = page_request(windowed(web, tmp_path, more), f"{web.url}/1.html")
    assert request.referer == ("https://a.example/search" if sent else None)


@pytest.mark.parametrize(("least", "status"), [(0, "ok"), (1, "failed")])
def test_a_window_may_be_empty_where_its_source_says_so(web, make, tmp_path, least, status):
    it = windowed(web, tmp_path, f'window = "2d"\n[expect]\nlinks = {least}')
    web.serve("/find", lambda asked: Answer(b"[]"))
    (counts,) = make().watch().round([it])
    assert (counts.status, counts.listed) == (status, 0)


@pytest.mark.parametrize("paging", ["", "&size=2&page={page}"])
def test_a_walk_asks_for_one_window_after_the_other(web, make, tmp_path, paging):
    it = windowed(web, tmp_path, 'window = "3d"', "/find?from={since}&to={until}" + paging)
    for day in range(1, 32):
        web.serve(f"/{day}.html", article(day), headers={"Content-Type": "text/html; charset=utf-8"})
    counts = walk(make(), it, date(2026, 3, 2), date(2026, 3, 9))
    assert sorted(pages_asked(web.log)) == sorted(f"/{day}.html" for day in range(2, 10))
    assert counts.read == 8
    asked = list(dict.fromkeys(path.split("&size")[0] for path in web.paths() if path.startswith("/find")))
    assert [path.partition("?")[2] for path in asked] == [
        "from=2026-03-07&to=2026-03-09",
        "from=2026-03-04&to=2026-03-06",
        "from=2026-03-02&to=2026-03-03",
    ]


def test_a_window_without_a_single_item_is_no_failure(web, make, tmp_path):
    it = windowed(web, tmp_path, 'window = "7d"')
    assert walk(make(), it, date(2026, 2, 1), date(2026, 2, 28)).listed == 0


def urlset(web: Web, *names: str, day: str | None = None) -> str:
    urls = "".join(f"<url><loc>{web.url}/{n}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for n in names)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def sitemaps(web: Web, folder: Path, *, dated: bool = True, more: str = "") -> Source:
    days = {"1.xml": "2026-01-31", "3.xml": "2026-03-09", "2.xml": "2026-02-28"}
    rows = "".join(
        f"<sitemap><loc>{web.url}/{n}</loc>{f'<lastmod>{day}</lastmod>' if dated else ''}</sitemap>"
        for n, day in days.items()
    )
    web.serve("/sitemap.xml", f"<sitemapindex>{rows}</sitemapindex>", headers={"ETag": '"i"'})
    for name in days:
        web.serve(f"/{name}", urlset(web, f"{name[0]}.html"))
    return source(folder, f'kind = "sitemap"\nurl = "{web.url}/sitemap.xml"\n{more}')


def test_of_an_index_the_newest_sitemaps_are_read(web, make, tmp_path):
    it = sitemaps(web, tmp_path, more="pages = 2")
    listed = listings(make()).round(it, NEW)
    assert (paths(listed), listed.fetched, listed.validators.etag) == (["3.html", "2.html"], 3, '"i"')


def test_an_index_that_tells_no_times_is_never_taken_for_unchanged(web, make, tmp_path):
    it = sitemaps(web, tmp_path, dated=False)
    parts = make()
    first = listings(parts).round(it, NEW)
    assert (paths(first), first.validators) == (["1.html"], NEW)
    web.serve("/1.xml", urlset(web, "9.html"))
    assert paths(listings(parts).round(it, first.validators)) == ["9.html"]


def test_a_plain_sitemap_is_cut_to_its_newest_only_where_it_says_when_things_were_published(web, make, tmp_path):
    it = source(tmp_path, f'kind = "sitemap"\nurl = "{web.url}/sitemap.xml"\n')
    parts = make()
    web.serve("/sitemap.xml", urlset(web, *(f"2026-01-09/{n}.html" for n in range(NEWEST + 5))))
    assert len(listings(parts).round(it, NEW).links) == NEWEST
    web.serve("/sitemap.xml", urlset(web, *(f"{n}.html" for n in range(NEWEST + 5))))
    assert len(listings(parts).round(it, NEW).links) == NEWEST + 5


def test_a_walk_goes_through_every_sitemap_of_an_index_and_asks_for_the_index_once(web, make, tmp_path):
    it = sitemaps(web, tmp_path)
    for n in (1, 2, 3):
        web.serve(f"/{n}.html", article(n), headers={"Content-Type": "text/html; charset=utf-8"})
    assert walk(make(), it, date(2026, 1, 1), date(2026, 3, 9)).read == 3
    assert [p for p in web.paths() if p.endswith(".xml")] == ["/sitemap.xml", "/3.xml", "/2.xml", "/1.xml"]


def posts(web: Web, *names: int) -> str:
    return json.dumps(
        [
            {
                "date": f"2026-03-{n:02}T09:00:00",
                "link": f"{web.url}/{n}.html",
                "title": {"rendered": f"产品{n}号通过备案"},
                "content": {"rendered": article(n).partition("<body>")[2]},
            }
            for n in names
        ]
    )


def test_a_wordpress_site_is_walked_by_its_pages_and_its_articles_need_no_fetch(web, make, tmp_path):
    it = source(tmp_path, f'kind = "wordpress"\nurl = "{web.url}/"\npages = 2')
    pages = {"1": posts(web, 9, 8), "2": posts(web, 7)}

    def answer(asked: Asked) -> Answer:
        number = asked.path.partition("&page=")[2].partition("&")[0]
        if number in pages:
            return Answer(pages[number].encode())
        return Answer(b'{"code": "rest_post_invalid_page_number"}', 400)

    web.serve("/wp-json/wp/v2/posts", answer)
    parts = make()
    assert paths(listings(parts).round(it, NEW)) == ["9.html", "8.html", "7.html"]
    counts = walk(parts, it, date(2026, 3, 1), date(2026, 3, 31))
    assert (counts.read, counts.approvals, pages_asked(web.log)) == (3, 3, [])


def test_a_source_without_a_listing_says_so(make, tmp_path):
    folder = tmp_path
    (folder / "it.toml").write_text('id = "it"\nname = "it"\nkind = "media"\nlanguage = "zh"\nenabled = false\n')
    with pytest.raises(UnreadableListing, match=r"no \[listing\]"):
        listings(make()).round(load_sources([folder]).sources["it"], NEW)


OLD = '<html><head><title>产品通过备案</title></head><body><div id="old">{text}</div><div id="new">{noise}</div></body></html>'
TEXT = "杭州青禾数据科技有限公司的“青禾”大模型于2021年3月1日通过生成式人工智能服务备案。公司表示，产品将在近期开放。"
NOISE = "本站于2023年改版，旧文章的正文仍在原处，这里只是一段与文章无关的、写得很长的说明文字，备案号见页脚。"
BEFORE = '[article]\nbody = ["#new"]\n[[article_before]]\nuntil = 2022-12-31\nbody = ["#old"]\n'


@pytest.mark.parametrize("day", ["2021-03-01", None])
def test_an_older_page_is_read_by_the_rules_of_its_time(web, make, tmp_path, day):
    """Its day is what the listing says, or else what the page says itself."""
    stated = "" if day else '<meta name="publishdate" content="2021-03-01">'
    page = OLD.replace("</head>", f"{stated}</head>").format(text=TEXT, noise=NOISE)
    web.serve("/1.html", page, headers={"Content-Type": "text/html; charset=utf-8"})
    web.serve("/list", json.dumps([{"u": f"{web.url}/1.html", "t": day}]))
    it = source(tmp_path, f'kind = "json"\nurl = "{web.url}/list"\nlink = "u"\npublished = "t"', BEFORE)
    parts = make()
    (counts,) = parts.watch().round([it])
    assert counts.status == "ok"
    with parts.database.read() as session:
        assert session.scalars(select(StoredArticle.text)).all() == [TEXT]


@pytest.mark.browser
def test_a_list_that_scripts_make_is_read_with_a_browser(web, make, tmp_path):
    script = "document.body.innerHTML = [1, 2].map(n => `<ul class=l><li><a href=/${n}.html>产品${n}号通过备案</a></ul>`).join('')"
    web.serve("/list", f"<html><body><script>{script}</script></body></html>")
    it = source(tmp_path, f'kind = "html"\nurl = "{web.url}/list"\nitems = "ul.l a"\nbrowser = true')
    for n in (1, 2):
        web.serve(f"/{n}.html", article(n), headers={"Content-Type": "text/html; charset=utf-8"})
    first, second = parts_rounds(make(), it)
    assert (first.status, first.read, first.approvals) == ("ok", 2, 2)
    assert (second.status, second.not_modified, second.read) == ("ok", 1, 0)


def parts_rounds(parts: Assembly, it: Source) -> list[Counts]:
    return [parts.watch().round([it])[0] for _ in range(2)]

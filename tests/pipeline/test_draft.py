"""`greenlit sources add`: a file from a live page, as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from outlet import article, feed
from web import Web

from config.source import Source, load_sources
from pipeline.cli.draft import source_toml

TITLES = [f"产品{n}号大模型通过生成式人工智能服务备案" for n in range(6)]
LIST = "<html><head><title>要闻 - 示例网</title>{head}</head><body><ul class='news'>{items}</ul></body></html>"


def page(head: str = "") -> str:
    items = "".join(
        f"<li><a href='/2026/{n}.html'>{t}</a><span>2026-03-0{n + 1}</span></li>" for n, t in enumerate(TITLES)
    )
    return LIST.format(head=head, items=items)


@pytest.fixture
def web():
    with Web() as server:
        for n in range(6):
            server.serve(f"/2026/{n}.html", article(n), headers={"Content-Type": "text/html; charset=utf-8"})
            server.serve(f"/{n}.html", article(n), headers={"Content-Type": "text/html; charset=utf-8"})
        yield server


@pytest.fixture
def add(tmp_path: Path, web: Web):
    """Runs `greenlit sources add`, on loopback; its own sources are below `tmp_path`."""
    (tmp_path / "mine").mkdir()
    env = {
        **os.environ,
        "GREENLIT_DATA_DIR": str(tmp_path / "data"),
        "GREENLIT_SOURCES_DIR": str(tmp_path / "mine"),
        "GREENLIT_ALLOW_PRIVATE_NETWORKS": "1",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from pipeline.cli.main import run; run()", "sources", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, check=False)
        assert "Traceback" not in done.stderr
        return done

    return run


def drafted(done: subprocess.CompletedProcess[str]) -> Source:
    assert done.returncode == 0, done.stderr
    return Source.model_validate(tomllib.loads(done.stdout))


def test_a_list_on_a_page_becomes_a_source_in_shadow(web, add):
    web.serve("/news/", page(), headers={"Content-Type": "text/html; charset=utf-8"})
    done = add("add", f"{web.url}/news/", "--id", "example")
    source = drafted(done)
    assert (source.id, source.name, source.language, source.shadow) == ("example", "示例网", "zh", True)
    assert source.listing is not None
    assert (source.listing.kind, source.listing.items, source.listing.published) == ("html", "ul.news > li", "span")
    assert source.expect.links == 3
    comments = [line for line in done.stdout.splitlines() if line.startswith("#")]
    assert comments[0] == "# 6 links, 6 with a time"
    assert "# First article: 产品0号通过备案, 2026-03-01 09:00:00+08:00" in comments
    assert "# extracted: 1 approvals, 0 stated totals" in comments


def test_a_written_draft_is_right_and_can_be_read_at_once(web, add, tmp_path):
    web.serve("/news/", page(), headers={"Content-Type": "text/html; charset=utf-8"})
    assert add("add", f"{web.url}/news/", "--id", "example", "--write").returncode == 0
    files = load_sources([tmp_path / "mine"])
    assert (list(files.sources), files.problems) == (["example"], ())
    assert add("check").returncode == 0
    tried = json.loads(add("test", "example", "--live", "--json").stdout)
    assert (len(tried["links"]), tried["problems"]) == (6, [])
    again = add("add", f"{web.url}/news/", "--id", "example", "--write")
    assert again.returncode == 2 and "there is a source 'example' already" in again.stderr


def test_a_feed_that_the_page_names_goes_before_a_guess(web, add):
    web.serve("/feed.xml", feed(web, 4))
    head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    web.serve("/news/", page(head), headers={"Content-Type": "text/html; charset=utf-8"})
    done = add("add", f"{web.url}/news/", "--id", "example")
    listing = drafted(done).listing
    assert listing is not None and (listing.kind, listing.url) == ("feed", f"{web.url}/feed.xml")
    assert f"also found: html {web.url}/news/ (6 links)" in done.stderr
    chosen = drafted(add("add", f"{web.url}/news/", "--id", "example", "--kind", "html")).listing
    assert chosen is not None and chosen.kind == "html"


def test_a_feed_that_carries_whole_articles_says_where(web, add):
    body = "<p>" + "公司表示，产品将在近期向公众开放。" * 60 + "</p>"
    items = "".join(
        f"<item><title>{t}</title><link>{web.url}/{n}.html</link><description><![CDATA[{body}]]></description></item>"
        for n, t in enumerate(TITLES)
    )
    web.serve("/rss", f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>')
    listing = drafted(add("add", f"{web.url}/rss", "--id", "example")).listing
    assert listing is not None and (listing.kind, listing.content) == ("feed", "summary")
    assert not [path for path in web.paths() if path.endswith(".html")]


def test_wordpress_is_found_by_what_its_pages_say(web, add):
    posts = [
        {
            "link": f"{web.url}/{n}.html",
            "date": "2026-03-01T09:00:00",
            "title": {"rendered": t},
            "content": {"rendered": article(n)},
        }
        for n, t in enumerate(TITLES)
    ]
    web.serve("/wp-json/wp/v2/posts", json.dumps(posts))
    web.serve("/", '<html><title>示例</title><link rel="https://api.w.org/" href="/wp-json/"></html>')
    listing = drafted(add("add", f"{web.url}/", "--id", "example")).listing
    assert listing is not None and (listing.kind, listing.url) == ("wordpress", f"{web.url}/")


def test_usual_places_are_asked_only_on_demand(web, add):
    web.serve("/", "<html><title>示例</title><p>欢迎</p></html>")
    urls = "".join(f"<url><loc>{web.url}/2026/{n}.html</loc></url>" for n in range(6))
    web.serve("/map.xml", f"<urlset>{urls}</urlset>")
    web.serve("/robots.txt", "Sitemap: /map.xml")
    none = add("add", f"{web.url}/", "--id", "example")
    assert none.returncode == 1
    assert "found no feed" in none.stderr and "--probe" in none.stderr and "--browser" in none.stderr
    assert web.paths() == ["/robots.txt", "/"]
    listing = drafted(add("add", f"{web.url}/", "--id", "example", "--probe", "--kind", "sitemap")).listing
    assert listing is not None and (listing.kind, listing.url) == ("sitemap", f"{web.url}/map.xml")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kind", "json"], "give one of feed, html, sitemap, wordpress"),
        (["--id", "No Good"], "--id: 'No Good' is no id: use lower-case letters"),
        (["--id", "cac", "--write"], "there is a source 'cac' already"),
    ],
)
def test_wrong_wishes_are_wrong_usage(web, add, words, says):
    web.serve("/", page())
    done = add("add", f"{web.url}/", *words)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_a_page_that_is_not_there_is_one_line(web, add):
    done = add("add", f"{web.url}/nothing", "--id", "example")
    assert done.returncode == 1
    assert "status 404" in done.stderr


def test_names_and_comments_from_a_page_stay_data_in_the_file():
    hostile = 'x"\n[listing]\nurl = "https://evil.example"\x7f\u2028\\'
    source = Source(id="it", name=hostile, kind="media", language="zh", enabled=False)
    text = source_toml(source, (f"told {hostile}\x00\x1b[31m",))
    assert tomllib.loads(text) == {"id": "it", "name": hostile, "kind": "media", "language": "zh", "enabled": False}


@pytest.mark.browser
def test_a_page_that_scripts_build_is_drafted_with_a_browser(web, add):
    listed = page().partition("<body>")[2].partition("</body>")[0].replace("\n", "")
    web.serve(
        "/news/",
        f"<html><title>示例网</title><body><script>document.body.innerHTML = {json.dumps(listed)}</script></body></html>",
    )
    listing = drafted(add("add", f"{web.url}/news/", "--id", "example", "--browser")).listing
    assert listing is not None
    assert (listing.kind, listing.browser, listing.items) == ("html", True, "ul.news > li")

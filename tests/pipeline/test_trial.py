"""A source on trial: its samples, or its site on a real server; nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from outlet import article, feed, open_outlet
from sqlalchemy import text
from web import Web

from config.companies import load_companies
from config.settings import Settings
from config.source import Source, built_in_sources, load_sources, read_source, samples_of
from extractors.records import Article, Facts
from extractors.understand import Analyst
from pipeline.cli.main import main
from pipeline.trial import NothingToTry, try_samples
from storage.database import open_database

BUILT_IN = load_sources([built_in_sources()])
WITH_LISTING = sorted(id for id, source in BUILT_IN.sources.items() if source.listing)
HEAD = 'id = "mine"\nname = "我的"\nkind = "media"\nlanguage = "zh"\n'


@pytest.fixture(scope="module")
def understand() -> Callable[[Article], Facts]:
    return Analyst.of(load_companies()).facts


@pytest.fixture
def web():
    with Web() as server:
        yield server


class Said:
    """What one command said: its exit code, and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def greenlit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a command in this process, with a data folder of its own and `own` as the operator's sources."""
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GREENLIT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GREENLIT_SOURCES_DIR", str(own))

    def run(*words: str) -> Said:
        code = main(list(words))
        return Said(code, *capsys.readouterr())

    return run


def mine(tmp_path: Path, listing: str) -> Source:
    (tmp_path / "own" / "mine.toml").write_text(HEAD + listing, encoding="utf-8")
    found = read_source(tmp_path / "own" / "mine.toml")
    assert isinstance(found, Source), found
    return found


def rows(tmp_path: Path) -> int:
    """How many rows the database holds, in all tables but that of its version and those that FTS5 keeps for itself."""
    database = open_database(Settings(data_dir=tmp_path / "data").database)
    with database.read() as session:
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        kept = [name for name in tables if not name.startswith(("alembic_version", "sqlite_", "search_grams_"))]
        held = sum(session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in kept)
    database.close()
    return held


@pytest.mark.parametrize("id", WITH_LISTING)
def test_every_source_with_samples_passes_its_trial(id, understand):
    trial = try_samples(BUILT_IN.sources[id], samples_of(BUILT_IN.paths[id]), understand, count().__next__)
    assert trial.problems == []
    assert trial.links
    assert (trial.article is None) is (trial.note is not None)
    assert (trial.facts is None) is (trial.article is None)
    assert trial.seconds == dict.fromkeys(["list", *(["read", "understand"] if trial.article else [])], 1)


def test_a_source_that_nobody_has_read_can_not_be_tried(tmp_path, understand):
    with pytest.raises(NothingToTry, match="no \\[listing\\]"):
        try_samples(BUILT_IN.sources["cac_hubei"], tmp_path, understand, count().__next__)


def test_a_sample_that_its_rules_do_not_fit_is_a_problem_in_words(tmp_path, understand):
    (tmp_path / "listing.json").write_text('{"other": []}')
    trial = try_samples(BUILT_IN.sources["cac"], tmp_path, understand, count().__next__)
    assert trial.links == () and trial.facts is None
    assert trial.problems == ['no list at "list" in the reply; it has: other']


def test_the_samples_of_a_built_in_source_on_the_command_line(greenlit, tmp_path):
    said = greenlit("sources", "test", "stcn")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "stcn: 证券时报网·快讯, from its samples"
    assert "no time\t示例金钟：“金钟”大模型通过备案\thttps://www.stcn.com/article/detail/3500001.html" in lines
    assert "links       3; 1 with a time" in lines
    assert "published   2026-01-09 15:30" in lines
    assert any(line.startswith("approval") and "金钟" in line and "genai_filing" in line for line in lines)
    assert lines[-1].startswith("time        list ")
    assert not (tmp_path / "data" / "greenlit.db").exists()


def test_a_trial_for_programs(greenlit):
    said = greenlit("sources", "test", "stcn", "--json")
    trial = json.loads(said.out)
    assert [link["published"] for link in trial["links"]] == [None, None, "2025-12-31T18:20:00+08:00"]
    assert trial["article"]["published"] == "2026-01-09T15:30:00+08:00"
    assert trial["facts"]["approvals"][0]["product"] == "金钟"
    assert list(trial["seconds"]) == ["list", "read", "understand"]
    assert (trial["problems"], trial["note"]) == ([], None)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sources", "test", "ithone"], ["'ithone'", "ithome", "greenlit sources list"]),
        (["fetch", "ithone"], ["'ithone'", "ithome"]),
        (["sources", "test", "cac_hubei"], ["cac_hubei has no [listing] yet", "docs/sources.md"]),
        (["sources", "test", "mine"], ["mine has no sample", "own/samples/mine/listing.*", "--live"]),
        (["sources", "test", "broken"], ["'broken'", "broken.toml", "line 1", "colour"]),
    ],
)
def test_what_can_not_be_tried_is_said_in_one_line(greenlit, tmp_path, words, says):
    mine(tmp_path, '[listing]\nkind = "feed"\nurl = "https://a.example/feed"\n')
    (tmp_path / "own" / "broken.toml").write_text('colour = "red"\n')
    said = greenlit(*words)
    assert (said.code, said.out) == (2, "")
    message = [line for line in said.err.splitlines() if not line.startswith("source not taken")]
    assert len(message) == 1
    for part in says:
        assert part in message[0]


def test_an_operators_samples_lie_in_the_operators_folder(greenlit, tmp_path, web):
    mine(tmp_path, '[listing]\nkind = "feed"\nurl = "https://a.example/feed"\n')
    folder = tmp_path / "own" / "samples" / "mine"
    folder.mkdir(parents=True)
    (folder / "listing.xml").write_text(feed(web, 2), encoding="utf-8")
    (folder / "article.html").write_text(article(0), encoding="utf-8")
    said = greenlit("sources", "test", "mine")
    assert said.code == 0
    assert "approval" in said.out and "产品0号" in said.out
    assert web.log == []


def test_a_live_trial_asks_as_a_round_does_and_stores_nothing(greenlit, tmp_path, web, monkeypatch):
    monkeypatch.setenv("GREENLIT_ALLOW_PRIVATE_NETWORKS", "true")
    open_outlet(web, tmp_path / "own", 3)
    said = greenlit("sources", "test", "outlet", "--live")
    assert (said.code, said.err) == (0, "")
    assert "outlet: outlet, from its site" in said.out and "links       3; 0 with a time" in said.out
    assert "approval" in said.out and "产品0号" in said.out
    assert web.paths() == ["/robots.txt", "/feed.xml", "/0.html"]
    assert web.log[2].headers["referer"] == f"{web.url}/feed.xml"
    assert rows(tmp_path) == 0


def test_a_feed_of_the_operators_own_host_needs_five_lines(greenlit, tmp_path, web, monkeypatch):
    """An RSSHub of the user's own: GREENLIT_PRIVATE_HOSTS opens it, and it alone, for the listing."""
    monkeypatch.setenv("GREENLIT_PRIVATE_HOSTS", f"127.0.0.1:{web.port}")
    web.serve("/rsshub/feed", feed(web, 2))
    source = mine(tmp_path, f'listing = {{ kind = "feed", url = "{web.url}/rsshub/feed" }}\n')
    assert len((tmp_path / "own" / "mine.toml").read_text().splitlines()) == 5
    assert source.enabled and not source.shadow
    said = greenlit("sources", "test", "mine", "--live")
    assert said.code == 3
    assert "links       2" in said.out and "产品1号通过备案" in said.out
    assert said.err.startswith(f"problem: {web.url}/0.html: ")
    assert web.paths() == ["/robots.txt", "/rsshub/feed"]


def test_a_feed_of_the_operators_own_host_may_carry_the_articles(greenlit, tmp_path, web, monkeypatch):
    monkeypatch.setenv("GREENLIT_PRIVATE_HOSTS", f"127.0.0.1:{web.port}")
    words = "<p>杭州海棠语音科技有限公司的“棠音”大模型3月5日通过生成式人工智能服务备案。</p>"
    item = f"<item><title>棠音</title><link>https://a.example/1</link><description><![CDATA[{words}]]></description></item>"
    web.serve("/rsshub/feed", f'<rss version="2.0"><channel><title>t</title>{item}</channel></rss>')
    mine(tmp_path, f'listing = {{ kind = "feed", url = "{web.url}/rsshub/feed", content = "summary" }}\n')
    said = greenlit("sources", "test", "mine", "--live")
    assert (said.code, said.err) == (0, "")
    assert "棠音: genai_filing" in said.out
    said = greenlit("fetch", "mine", "--json")
    assert (said.code, json.loads(said.out)[0]["approvals"]) == (0, 1)


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (b"PK\x03\x04 and the rest", 0, "note        the first link is a document: docx or xlsx, 17 bytes"),
        (b"<html><body>no Referer</body></html>", 3, "problem: {url}/a.docx: no document came"),
    ],
)
def test_a_live_trial_looks_at_what_an_attachment_is(greenlit, tmp_path, web, monkeypatch, body, code, says):
    monkeypatch.setenv("GREENLIT_ALLOW_PRIVATE_NETWORKS", "true")
    web.serve("/register", '<html><body><a href="/a.docx">附件：名单</a></body></html>')
    web.serve("/a.docx", body)
    mine(tmp_path, f'listing = {{ kind = "register", url = "{web.url}/register" }}\n')
    said = greenlit("sources", "test", "mine", "--live")
    assert said.code == code
    assert says.format(url=web.url) in said.out + said.err


def test_a_live_listing_that_fails_or_is_too_short_is_no_success(greenlit, tmp_path, web, monkeypatch):
    monkeypatch.setenv("GREENLIT_ALLOW_PRIVATE_NETWORKS", "true")
    folder = open_outlet(web, tmp_path / "own", 1)
    with (folder / "outlet.toml").open("a", encoding="utf-8") as file:
        file.write("[expect]\nlinks = 5\n")
    said = greenlit("sources", "test", "outlet", "--live")
    assert (said.code, "1 links, at least 5 are expected" in said.err) == (3, True)
    web.serve("/feed.xml", "<html><title>gone</title></html>")
    said = greenlit("sources", "test", "outlet", "--live")
    assert (said.code, "an HTML page where a feed was expected" in said.err) == (1, True)


def test_the_list_says_what_is_watched_in_shadow_and_off(greenlit):
    said = greenlit("sources", "list")
    states = {line.split("\t")[0]: line.split("\t")[-1] for line in said.out.splitlines()}
    assert said.code == 0
    assert (states["cac"], states["pandaily"]) == ("watched", "shadow")
    assert states["kr36"].startswith("off: The feed is only known to answer to a browser's User-Agent")
    counted = {name: sum(state.startswith(name) for state in states.values()) for name in ("watched", "shadow", "off")}
    assert said.err.strip() == ", ".join(f"{number} {name}" for name, number in counted.items())


def test_check_names_doubles_and_faults_for_programs_too(greenlit, tmp_path):
    mine(tmp_path, f'listing = {{ kind = "feed", url = "{BUILT_IN.sources["ithome"].listing.url}" }}\n')
    (tmp_path / "own" / "broken.toml").write_text('id = "broken"\nlanguage = "fr"\n')
    said = greenlit("sources", "check", "--json")
    assert said.code == 3
    problems = {Path(p["path"]).name: p["message"] for p in json.loads(said.out)["problems"]}
    assert problems["mine.toml"].startswith("line 5, listing.url: the source ithome reads the same links")
    assert "line 2, language" in problems["broken.toml"]
    said = greenlit("sources", "check")
    assert "mine.toml: line 5" in said.err and "2 files have a fault" in said.out

import re
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import feedparser
import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from config.companies import load_companies
from config.source import Source, load_sources
from pipeline.demo.press import Press, Reply, companies_file

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    with Press(TODAY) as running:
        yield running


@pytest.fixture(scope="module")
def sources(press: Press, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    folder = tmp_path_factory.mktemp("press") / "sources"
    press.sources(folder)
    loaded = load_sources([folder])
    assert loaded.problems == ()
    return loaded.sources


def get(press: Press, path: str, **headers: str) -> httpx.Response:
    return httpx.get(urljoin(press.base, path), headers={"Referer": press.base, **headers}, trust_env=False)


def decoded(reply: Reply) -> str:
    return reply.body.decode("gb18030" if "gb2312" in reply.content_type else "utf-8")


def stories(press: Press) -> dict[str, str]:
    listings = ("/robots.txt", "/a/feed.xml", "/wire/feed.xml", "/official/list.json")
    return {path: decoded(r) for path, r in press.replies.items() if path not in listings and not path.endswith("/")}


def listed(source: Source) -> list[str]:
    """The links of a source's listing, found by that source's own rules."""
    rules = source.listing
    assert rules is not None
    headers = {"Referer": rules.referer} if rules.referer else {}
    reply = httpx.request(rules.method, rules.address(), headers=headers, trust_env=False)
    if rules.kind == "feed":
        links = [entry.link for entry in feedparser.parse(reply.content).entries]
    elif rules.kind == "json":
        links = [item[rules.link or ""] for item in reply.json()[rules.items]]
    else:
        boxes = LexborHTMLParser(reply.content).css(rules.items)
        links = [box.css(rules.link or "")[0].attributes["href"] or "" for box in boxes]
    return [urljoin(rules.address(), link) for link in links]


def test_the_listings_lead_to_every_story_and_each_answers(press: Press, sources: dict[str, Source]) -> None:
    links = {source.id: listed(source) for source in sources.values()}
    for source in sources.values():
        assert len(links[source.id]) == source.expect.links
    addresses = [link for group in links.values() for link in group]
    assert {urlsplit(link).path for link in addresses} == set(stories(press))
    assert {get(press, link).status_code for link in addresses} == {200}


def test_each_source_s_selectors_match_its_stories_once(press: Press, sources: dict[str, Source]) -> None:
    for source in sources.values():
        for link in listed(source):
            tree = LexborHTMLParser(decoded(press.replies[urlsplit(link).path]))
            rules = source.article
            for selector in (*rules.title, *rules.body, *rules.published):
                assert len(tree.css(selector)) == 1, (link, selector)


def test_links_inside_the_press_resolve(press: Press) -> None:
    for path, text in stories(press).items():
        for href in re.findall(r'href="([^"]+)"', text):
            if "://" not in href:
                assert urljoin(path, href) in press.replies, (path, href)


def test_no_placeholder_is_left(press: Press) -> None:
    for path, reply in press.replies.items():
        assert not re.search(r"\{(day:|[a-z]+\})", decoded(reply)), path
    assert not re.search(r"\{day:", repr(press.expected()))


def test_a_page_s_charset_is_the_declared_one(press: Press) -> None:
    reply = get(press, "/b/yueyan.html")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<meta charset="utf-8">' in reply.content.decode("utf-8")


def test_the_gb2312_page_holds_gb18030_that_nothing_narrower_decodes(press: Press) -> None:
    reply = get(press, "/a/huisheng.html")
    assert reply.headers["Content-Type"] == "text/html; charset=gb2312"
    assert b"charset=gb2312" in reply.content
    for charset in ("utf-8", "gb2312", "gbk", "big5"):
        with pytest.raises(UnicodeDecodeError):
            reply.content.decode(charset)
    assert "成都锦里回声科技有限公司" in reply.content.decode("gb18030")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_official_site_answers_nothing_without_a_referer(press: Press, method: str) -> None:
    address = f"{press.base}/official/list.json"
    bare = httpx.request(method, address, trust_env=False)
    assert (bare.status_code, bare.content) == (200, b"")
    asked = httpx.request(method, address, headers={"Referer": f"{press.base}/official/"}, trust_env=False)
    assert len(asked.json()["list"]) == asked.json()["totalRec"] == 2


def test_an_unchanged_page_is_304_and_a_changed_one_is_sent(press: Press) -> None:
    first = get(press, "/a/feed.xml")
    again = get(press, "/a/feed.xml", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = get(press, "/a/feed.xml", **{"If-None-Match": '"0000000000000000"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_an_unknown_page_is_404_and_robots_allow_the_outlets(press: Press) -> None:
    assert get(press, "/a/none.html").status_code == 404
    robots = httpx.get(f"{press.base}/robots.txt", trust_env=False)
    assert robots.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert not any(f"Disallow: {path[:3]}" in robots.text for path in press.replies)


def test_the_log_tells_method_path_referer_and_status() -> None:
    with Press(TODAY) as press:
        httpx.get(f"{press.base}/official/?x=1", trust_env=False)
        get(press, "/none")
        first, second = press.log
        assert (first.method, first.path, first.referer, first.status) == ("GET", "/official/?x=1", None, 200)
        assert (second.path, second.referer, second.status) == ("/none", press.base, 404)


def test_dates_follow_the_day_across_a_year_s_end(press: Press) -> None:
    assert "2025年12月29日" in decoded(press.replies["/official/notice.html"])
    assert "Wed, 31 Dec 2025 09:12:00 +0800" in decoded(press.replies["/a/feed.xml"])
    assert "on Wednesday" in decoded(press.replies["/wire/lanxu.html"])
    leap = Press(date(2028, 3, 1))
    with leap:
        assert "Zhejiang-TingChaoDaMoXing-202802050131" in decoded(leap.replies["/official/notice.html"])
        assert leap.expected().approvals[0].filing_no == "Zhejiang-TingChaoDaMoXing-202802050131"


def test_every_story_is_dated_within_the_last_days(press: Press) -> None:
    for path, text in stories(press).items():
        dates = [date.fromisoformat(found) for found in re.findall(r"\d{4}-\d\d-\d\d", text)]
        assert dates and all(1 <= (TODAY - day).days <= 7 for day in dates), path


def test_what_is_expected_stands_on_the_pages(press: Press) -> None:
    told, pages = press.expected(), stories(press)
    for approval in told.approvals:
        assert all(any(name in pages[path] for name in approval.companies) for path in approval.pages)
        assert any(product in pages[path] for product in approval.products for path in approval.pages)
        numbered = [path for path in approval.pages if approval.filing_no and approval.filing_no in pages[path]]
        assert bool(numbered) == bool(approval.filing_no)
    for claim in told.claims:
        assert all(str(figure) in pages[claim.page] for figure in (claim.count, claim.cumulative) if figure)
    telling = {path for approval in told.approvals for path in approval.pages}
    assert telling | set(told.negatives) == set(pages)
    assert not telling & set(told.negatives)
    assert len(told.approvals[0].pages) == 3


def test_the_company_of_three_names_has_them_in_its_entry(press: Press) -> None:
    (entry,) = load_companies(companies_file())
    assert set(press.expected().approvals[0].companies) <= set(entry.names)


def test_a_client_that_goes_away_leaves_no_trace_and_the_press_answers_on(capfd: pytest.CaptureFixture[str]) -> None:
    with Press(TODAY) as press:
        host, port = press.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.sendall(b"GET /a/ HTTP/1.1\r\n")
        assert get(press, "/a/").status_code == 200
    assert capfd.readouterr().err == ""


def test_the_press_is_free_of_its_port_once_stopped() -> None:
    with Press(TODAY) as press:
        port = int(press.base.rpartition(":")[2])
    with pytest.raises(httpx.ConnectError):
        get(press, "/a/")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def test_sources_are_written_anew_into_a_folder_that_exists(press: Press, tmp_path: Path) -> None:
    press.sources(tmp_path)
    press.sources(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    assert all(press.base in path.read_text(encoding="utf-8") for path in tmp_path.iterdir())

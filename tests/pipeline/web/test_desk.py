"""The desk over real HTTP: what it shows, what it escapes, what it refuses."""

import json
import logging
import socket
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import text
from telling import NOON, database_at, fact, tell

from config.settings import ConfigError, Settings
from extractors.records import Claim, Kind
from pipeline.export import RETYPED, RIGHTS
from pipeline.web.app import make_app
from pipeline.web.health import Check, heartbeat, no_checks
from pipeline.web.query import PAGE
from pipeline.web.serve import serve
from storage.records import Origin
from storage.tables import SourceState, StoredApproval, StoredMention


class Desk:
    """A client: status, headers and text of a path; no redirect is followed."""

    def __init__(self, url):
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())

    def get(self, path, method="GET"):
        request = urllib.request.Request(self.url + path, method=method)
        try:
            response = self._opener.open(request, timeout=10)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return response.status, response.headers, response.read().decode()

    def page(self, path):
        status, _, html = self.get(path)
        assert status == 200
        return LexborHTMLParser(html)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    yield opened
    opened.close()


@contextmanager
def desk_over(database, health=no_checks):
    settings = Settings(web_port=0)
    with serve(make_app(database, settings, health), settings) as url:
        yield Desk(url)


@pytest.fixture
def desk(database):
    with desk_over(database) as client:
        yield client


def products(tree):
    return [heading.text().split("—")[-1].strip() for heading in tree.css("article h2")]


def test_an_empty_register_says_so(desk):
    tree = desk.page("/")
    assert "No approval is known yet." in tree.text()
    assert "No source was checked yet." in tree.text()
    assert RIGHTS in tree.text()


def test_the_first_page_shows_totals_approvals_and_sources(database, desk):
    tell(
        database,
        fact(names=("澜序科技", "Lanxu Tech"), filing_no="Beijing-LanXu-202603030012"),
        fact("潮汐智能", "听潮", kind=Kind.GENAI_REGISTRATION),
        claims=(Claim(Kind.GENAI_FILING, cumulative=346, date="2025-03-31"),),
    )
    with database.write() as session:
        session.add(
            SourceState(
                id="press",
                last_ok_at=NOON,
                next_check_at=NOON + timedelta(minutes=30),
                failures=2,
                last_error="503 <b>busy</b>",
            )
        )
    tree = desk.page("/")
    shown = tree.text()
    for expected in (
        *("澜序科技", "Lanxu Tech", "澜序大模型", "Beijing-LanXu-202603030012", "2026-03-03", "新一批大模型通过备案"),
        *("1 known, of a stated total of 346 (2025-03-31)", "1 known; no stated total is known", RIGHTS),
        *("press", "2026-03-05 12:00", "2026-03-05 12:30", "503 <b>busy</b>"),
    ):
        assert expected in shown
    assert [b.attributes["class"] for b in tree.css("article .badge")] == ["badge reported"] * 2
    assert "澜序科技的澜序大模型已通过备案。" in [quote.text() for quote in tree.css("blockquote")]


def test_search_and_filters(database, desk):
    tell(database, fact(), fact("潮汐智能", "听潮", kind=Kind.GENAI_REGISTRATION), fact("丙", "疑似", confidence=0.5))
    assert sorted(products(desk.page("/"))) == ["听潮", "澜序大模型"]
    assert products(desk.page("/?q=" + urllib.parse.quote("潮汐"))) == ["听潮"]
    assert products(desk.page("/?q=&kind=genai_registration&status=")) == ["听潮"]
    assert products(desk.page("/?status=held")) == ["疑似"]
    tree = desk.page("/?kind=genai_filing&q=%22%3E%3Cscript%3E")
    assert products(tree) == []
    assert tree.css_first("input[name=q]").attributes["value"] == '"><script>'
    assert tree.css_first("select[name=kind] option[selected]").attributes["value"] == "genai_filing"


def test_pages_lead_on_and_keep_the_search(database, desk):
    tell(database, *(fact(f"公司{n}", f"产品{n}号") for n in range(PAGE + 5)))
    first = desk.page("/?q=" + urllib.parse.quote("产品"))
    assert len(products(first)) == PAGE
    second = desk.page(first.css_first("a[rel=next]").attributes["href"])
    assert len(products(second)) == 5
    assert not set(products(first)) & set(products(second))
    assert second.css_first("a[rel=next]") is None
    back = desk.page(second.css_first("a[rel=prev]").attributes["href"])
    assert products(back) == products(first)
    assert products(desk.page("/?page=9999")) == []


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("kind=x", "genai_filing"),
        ("status=x", "confirmed"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=" + "9" * 99, "page"),
    ],
)
def test_a_wrong_query_is_a_plain_page_that_says_what_is_allowed(desk, query, word):
    status, headers, html = desk.get("/?" + query)
    assert status == 400
    assert headers.get_content_type() == "text/html"
    assert word in LexborHTMLParser(html).css_first("main").text()


def test_odd_bytes_in_a_search_find_nothing_and_break_nothing(desk):
    for query in ("q=%00", "q=%ff%fe", "q=%ED%A0%80", "q=%E2%80%AE", "q=" + "a" * 5_000, "q=%25", "&&==", "q=1&q=2"):
        assert desk.get("/?" + query)[0] == 200


def test_one_approval_with_all_its_evidence(database, desk):
    (approval_id,) = tell(database, fact()).approvals
    tell(
        database,
        fact(quote="北京网信办公布：澜序科技，澜序大模型。", filing_no="Beijing-LanXu-202603030012", province="北京"),
        url="https://official.example/list",
        title="公告",
    )
    tree = desk.page(f"/approvals/{approval_id}")
    assert [quote.text() for quote in tree.css("section blockquote")] == [
        "澜序科技的澜序大模型已通过备案。",
        "北京网信办公布：澜序科技，澜序大模型。",
    ]
    assert [a.attributes["href"] for a in tree.css("section td a")][-2:] == ["#article-2"] * 2
    links = {a.attributes["href"]: a.attributes for a in tree.css("section article a")}
    assert set(links) == {"https://news.example/1", "https://official.example/list"}
    assert all(link["rel"] == "noopener noreferrer" for link in links.values())
    supports = [[dd.text() for dd in article.css("dd")] for article in tree.css("section article")]
    assert "Beijing-LanXu-202603030012" not in supports[0]
    assert {"Beijing-LanXu-202603030012", "北京"} <= set(supports[1])


def test_a_retyped_approval_says_so(database, desk):
    (approval_id,) = tell(database, fact(), origin=Origin.SEED).approvals
    assert RETYPED in desk.page("/").text()
    assert RETYPED in desk.page(f"/approvals/{approval_id}").text()


def test_a_merged_approval_leads_to_its_heir(database, desk):
    first, second = tell(database, fact(), fact("潮汐智能", "听潮")).approvals
    with database.write() as session:
        session.get_one(StoredApproval, first).merged_into = second
    status, headers, _ = desk.get(f"/approvals/{first}")
    assert (status, headers["Location"]) == (301, f"/approvals/{second}")


@pytest.mark.parametrize(
    "path", ["/approvals/1", f"/approvals/{2**31}", "/approvals/" + "9" * 99, "/approvals/x", "/nothing"]
)
def test_what_is_not_there_is_a_plain_404(desk, path):
    status, headers, html = desk.get(path)
    assert status == 404
    assert LexborHTMLParser(html).css_first("h1").text() == "404"
    assert "Content-Security-Policy" in headers


def test_nothing_can_be_posted(desk):
    assert desk.get("/", "POST")[0] == 405


def test_head_is_answered_without_a_body(desk):
    status, _, body = desk.get("/", "HEAD")
    assert (status, body) == (200, "")


@pytest.mark.parametrize("path", ["/", "/style.css", "/healthz", "/nothing", "/?page=x"])
def test_every_answer_carries_the_security_headers(desk, path):
    _, headers, _ = desk.get(path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] is None


def test_pages_keep_to_their_own_policy(database, desk):
    (approval_id,) = tell(database, fact()).approvals
    for path in ("/", f"/approvals/{approval_id}"):
        tree = desk.page(path)
        assert tree.css("script, style, img, [style], [onclick]") == []
        assert [link.attributes["href"] for link in tree.css("link")] == ["/style.css", "/feed.atom", "/feed.json"]
        assert tree.css_first("meta[name=viewport]").attributes["content"].startswith("width=device-width")
    assert desk.get("/style.css")[1].get_content_type() == "text/css"


HOSTILE = '<script>alert(1)</script>\u202e{{7*7}}"\' onclick="x\n'


def test_hostile_texts_stay_texts(database, desk):
    said = fact(HOSTILE, HOSTILE, names=(HOSTILE,), quote=HOSTILE, filing_no=HOSTILE, province=HOSTILE)
    (approval_id,) = tell(database, said, url="javascript:alert(1)//", title=HOSTILE).approvals
    for path in ("/", f"/approvals/{approval_id}"):
        tree = desk.page(path)
        assert tree.css("script, [onclick]") == []
        assert "<script>alert(1)</script>{{7*7}}" in tree.text()
        assert "\u202e" not in tree.html
        assert "49" not in tree.text()
        assert not [a for a in tree.css("a") if "javascript" in (a.attributes["href"] or "").lower()]


def test_healthz_is_ok_while_the_database_answers(desk):
    status, headers, body = desk.get("/healthz")
    quiet = "0 open, 0 could not be mailed"
    assert (status, json.loads(body)) == (200, {"status": "ok", "database": "reachable", "alarms": quiet})
    assert headers.get_content_type() == "application/json"


def test_healthz_fails_without_tables(database, desk):
    with database.write() as session:
        session.execute(text("ALTER TABLE approvals RENAME TO lost"))
    status, _, body = desk.get("/healthz")
    assert (status, json.loads(body)["status"]) == (503, "failing")
    assert "sqlite" not in body.lower()


def test_healthz_fails_with_any_check_that_does(database):
    with desk_over(database, lambda: (Check("service", False, "not started"),)) as desk:
        status, _, body = desk.get("/healthz")
    said = json.loads(body)
    assert (status, said["status"], said["database"], said["service"]) == (503, "failing", "reachable", "not started")


@pytest.mark.parametrize(("seconds", "ok"), [(0, True), (60, True), (61, False)])
def test_a_heartbeat_may_be_as_old_as_its_bound(seconds, ok):
    check = heartbeat(lambda: NOON, lambda: NOON + timedelta(seconds=seconds), timedelta(seconds=60))
    assert check() == (Check("service", ok, f"last sign of life {seconds} s ago"),)


def test_a_service_that_never_beat_is_not_healthy():
    assert heartbeat(lambda: None, lambda: NOON)()[0].ok is False


def test_a_broken_page_tells_readers_nothing_and_the_log_why(database, caplog):
    with database.write() as session:
        session.execute(text("ALTER TABLE approvals RENAME TO lost"))
    with caplog.at_level(logging.ERROR), desk_over(database) as desk:
        status, headers, html = desk.get("/")
    assert status == 500
    assert "Content-Security-Policy" in headers
    for secret in ("Traceback", "lost", "SELECT", "sqlalchemy", ".py"):
        assert secret not in html
    assert any(record.exc_info for record in caplog.records)


def test_an_approval_without_evidence_is_still_shown(database, desk):
    (approval_id,) = tell(database, fact()).approvals
    with database.write() as session:
        for mention in session.query(StoredMention):
            session.delete(mention)
    assert "No page supports this entry any more." in desk.page(f"/approvals/{approval_id}").text()
    assert desk.get("/")[0] == 200


def test_a_port_in_use_is_named(database):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(web_port=taken.getsockname()[1])
        with pytest.raises(ConfigError, match="GREENLIT_WEB_PORT"), serve(make_app(database, settings), settings):
            pass


def test_the_desk_stops_and_frees_its_port(database):
    settings = Settings(web_port=0)
    with serve(make_app(database, settings), settings) as url:
        port = int(url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
    again = settings.model_copy(update={"web_port": port})
    with serve(make_app(database, again), again) as url:
        assert Desk(url).get("/healthz")[0] == 200


def test_the_reconciliation_shows_gaps_and_lists_and_escapes_them(database, desk):
    from official_lists import FILED_2025, as_docx
    from registry import rows

    from extractors.registers.reading import ListContext, read_register
    from extractors.understand.lexicon import Lexicon
    from storage.editions import ListFile, save_edition
    from storage.records import Policy

    table = rows(FILED_2025, 3)
    name = "<b>备案信息</b>（2026年3月）"
    read = read_register(as_docx([(FILED_2025, [table[0], table[2]])]), name, ListContext())
    with database.write() as session:
        save_edition(session, ListFile("cac", name, "0", read, NOON, Origin.LIVE), Lexicon.build([]), Policy())
    tell(database, claims=(Claim(Kind.GENAI_FILING, cumulative=40, date="2027-01-28"),), url="https://a.example/9")
    page = desk.page("/reconcile")
    assert "serials 2 are missing" in page.body.text()
    assert name in page.body.text() and page.css_first("h2 b") is None
    assert [cell.text() for cell in page.css("td.number")] == ["40", "2", "2", "38"]
    assert desk.page("/").css_first("a[href='/reconcile']") is not None


def test_what_waits_for_review_is_shown_escaped_and_with_its_page(desk, database):
    assert "Nothing waits." in desk.page("/review").body.text()
    tell(database, fact("<b>青禾</b>智能", "禾苗", confidence=0.5), url="https://a.example/9")
    page = desk.page("/review")
    assert page.css_first("li b") is None
    assert [link.attributes["href"] for link in page.css("li a")] == ["/approvals/1", "https://a.example/9"]
    assert "<b>青禾</b>智能" in page.body.text()
    assert desk.page("/").css_first("a[href='/review']") is not None


def test_a_search_shows_companies_and_articles_too(database, desk):
    tell(database, fact("海棠语音", "棠音"))
    page = desk.page("/?q=" + urllib.parse.quote("海棠語音"))
    assert [link.attributes["href"] for link in page.css("section ul a")][:1] == [
        "/?" + urllib.parse.urlencode({"q": "海棠语音"})
    ]
